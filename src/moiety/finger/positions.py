"""Which finger: the ten positions of ISO/IEC 19794-2:2005, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from moiety.errors import UsageError

FOUR_FINGERS: Final = ("index", "middle", "ring", "little")
"""What a photograph of a hand shows unless it says otherwise."""


class FingerPosition(IntEnum):
    """A finger of a hand; the numbers are those of ISO/IEC 19794-2:2005."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @property
    def label(self) -> str:
        """The name for people and command lines, such as "right-index"."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of_label(cls, label: str) -> FingerPosition:
        """The position of a name such as "right-index".

        Raises:
            UsageError: no finger has that name.
        """
        known = {one.label: one for one in cls if one is not cls.UNKNOWN}
        if label not in known:
            raise UsageError(f"No finger is called {label!r}.", remedy=f"Name one of: {', '.join(known)}.")
        return known[label]


@dataclass(frozen=True, slots=True)
class HandShown:
    """Whose hand a photograph shows, and which fingers of it are held out, thumb side first."""

    side: str
    fingers: tuple[str, ...] = FOUR_FINGERS

    @classmethod
    def of_label(cls, label: str) -> HandShown:
        """The hand of a name: "right", or "right:index,middle,little" where a finger is injured or missing.

        Raises:
            UsageError: no such side or finger, or a finger twice.
        """
        side, colon, rest = label.partition(":")
        if side not in ("right", "left"):
            raise UsageError(f"No hand is called {side!r}.", remedy="Say right or left.")
        order = ("thumb", *FOUR_FINGERS)
        named = tuple(rest.split(",")) if colon else FOUR_FINGERS
        if not set(named) <= set(order) or len(set(named)) != len(named):
            raise UsageError(
                f"The {side} hand's fingers are not known: {rest!r}.",
                remedy=f"Name each that is shown once: {', '.join(order)}.",
            )
        return cls(side, tuple(name for name in order if name in named))
