"""What comes in: binary frames and their limits. A frame is a 12-byte header and one JPEG."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from moiety.errors import RequestMalformed
from moiety.service.capture import parameters as p

HEADER: Final = struct.Struct(">BB2xII")
SMALL: Final = 0
FULL: Final = 1
_JPEG: Final = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Frame:
    """One frame as it came.

    Attributes:
        full: whether it is a full-size frame that was asked for.
        clock: which of the page's clocks dates it: 0 from the connection on, 1 from the challenge on.
        seq: its number; numbers only rise in a connection.
        at_ms: when it was taken, in milliseconds of that clock.
        jpeg: its bytes.
    """

    full: bool
    clock: int
    seq: int
    at_ms: int
    jpeg: bytes


def parse(data: bytes) -> Frame:
    """Read a binary message.

    Raises:
        RequestMalformed: too short, too long, of an unknown kind, or no JPEG.
    """
    if len(data) <= HEADER.size:
        raise RequestMalformed("That is no frame.")
    kind, clock, seq, at_ms = HEADER.unpack_from(data)
    if kind not in (SMALL, FULL):
        raise RequestMalformed("That is no kind of frame.")
    most = p.FULL_BYTES_MOST if kind == FULL else p.SMALL_BYTES_MOST
    if len(data) - HEADER.size > most:
        raise RequestMalformed("The frame is too large.")
    jpeg = data[HEADER.size :]
    if not jpeg.startswith(_JPEG):
        raise RequestMalformed("A frame is a JPEG.")
    return Frame(kind == FULL, clock, seq, at_ms, jpeg)


@dataclass(slots=True)
class Pace:
    """A bucket of permits: so many at once, so many a second."""

    most: float = float(p.FRAMES_AT_ONCE)
    a_second: float = p.FRAMES_A_SECOND
    _left: float = field(default=float(p.FRAMES_AT_ONCE), repr=False)
    _at: float = field(default=0.0, repr=False)

    def allows(self, now: float) -> bool:
        """Whether one more may pass at `now`, in seconds of a clock that never goes back."""
        self._left = min(self.most, self._left + max(0.0, now - self._at) * self.a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Waiting:
    """The frames that wait to be looked at: few, the newest; an older one gives way and is gone."""

    def __init__(self, most: int = p.WAITING_MOST) -> None:
        self._small: deque[Frame] = deque(maxlen=most)
        self._full: deque[Frame] = deque(maxlen=p.FULL_WAITING_MOST)
        self._last = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._small) + len(self._full)

    def hold(self, most: int) -> None:
        """From now on so many small ones may wait."""
        self._small = deque(self._small, most)

    def put(self, frame: Frame) -> None:
        """Take one in.

        Raises:
            RequestMalformed: its number does not rise.
        """
        if frame.seq <= self._last:
            raise RequestMalformed("The numbers of frames only rise.")
        self._last = frame.seq
        line = self._full if frame.full else self._small
        self.dropped += len(line) == line.maxlen
        line.append(frame)

    def take(self) -> Frame | None:
        """The next to look at: full-size ones first, else in the order they came."""
        if self._full:
            return self._full.popleft()
        return self._small.popleft() if self._small else None

    def clear(self) -> None:
        """Let go of all."""
        self._small.clear()
        self._full.clear()
