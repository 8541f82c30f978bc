"""When a hint is said: not on the first slip, and long enough to be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from moiety.guidance import parameters as p


@dataclass(slots=True)
class Steady:
    """Turns a code a frame into the code on the screen.

    A new code appears once it held for `APPEAR_MS`; what is shown stays for `STAY_MS`, save where the frame
    is good: nothing keeps a person who does all right from going on.
    """

    shown: str = ""
    _since_ms: int = 0
    _rising: str = field(default="", repr=False)
    _rising_ms: int = field(default=0, repr=False)

    def say(self, code: str, at_ms: int) -> str:
        """The code to show, given the newest frame's; `at_ms` is that frame's time and never goes back."""
        if not self.shown:
            return self._show(code, at_ms)
        if code == self.shown:
            self._rising = ""
            return self.shown
        if code != self._rising:
            self._rising, self._rising_ms = code, at_ms
        held = at_ms - self._rising_ms >= p.APPEAR_MS
        read = at_ms - self._since_ms >= p.STAY_MS or self.shown == "good"
        if code == "good" or (held and read):
            return self._show(code, at_ms)
        return self.shown

    def _show(self, code: str, at_ms: int) -> str:
        self.shown, self._since_ms, self._rising = code, at_ms, ""
        return code
