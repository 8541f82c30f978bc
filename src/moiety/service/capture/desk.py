"""Where a connection's ceremony is opened and completed: the same functions that the routes call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from moiety.face.gate import Gate
from moiety.finger.seen import SeenHand
from moiety.liveness import Challenge
from moiety.liveness.challenge import Motion
from moiety.presence import Watch


@dataclass(slots=True, repr=False, eq=False, weakref_slot=True)
class Taken:
    """What one connection has captured so far; gone with it.

    Attributes:
        faces: JPEGs of the face.
        hands: the fingers found in a photograph of four, by side.
        live: the frames of a challenge, looked at.
        attempted_at: when that challenge was counted, UTC seconds.
    """

    faces: list[bytes] = field(default_factory=list)
    hands: dict[str, SeenHand] = field(default_factory=dict)
    live: Watch | None = None
    attempted_at: int | None = None

    def clear(self) -> None:
        """Let go of everything."""
        self.faces.clear()
        self.hands.clear()
        self.live = self.attempted_at = None


class Desk(Protocol):
    """One ceremony of one caller. Its methods may block: they are called in a worker thread."""

    @property
    def face_gate(self) -> Gate:
        """What a picture of the face must pass."""
        ...

    @property
    def most_faces(self) -> int:
        """How many pictures of the face it takes."""
        ...

    @property
    def hands(self) -> tuple[str, ...]:
        """Which hands are photographed after the face, by side."""
        ...

    def challenge(self, motion: Motion, *, flash: bool) -> tuple[Challenge, int]:
        """The challenge that belongs to the ceremony, and when the attempt at it was counted; with colours of
        the screen only if agreed to.

        Raises:
            RateLimited: three attempts have failed.
        """
        ...

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Complete the ceremony, once; returns what the page is told.

        Raises:
            MoietyError: as the ceremony's own function.
        """
        ...
