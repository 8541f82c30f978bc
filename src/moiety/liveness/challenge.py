"""The challenge: which head movements are asked for, and when, drawn from the session's nonce."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Final, Literal, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moiety.errors import UsageError
from moiety.liveness import parameters

Motion = Literal["turn", "low"]
Kind = Literal["centre", "left", "right", "tilt-left", "tilt-right"]

TURNS: Final[tuple[Kind, ...]] = ("left", "right")
TILTS: Final[tuple[Kind, ...]] = ("tilt-left", "tilt-right")
MOVES: Final[tuple[Kind, ...]] = (*TURNS, *TILTS)
"""What can be asked for, as the person who is captured sees it: a turn to their own left, a tilt towards
their own left shoulder. A tilt shows no depth, but nobody can know when it comes."""

ORDERS: Final[tuple[tuple[Kind, ...], ...]] = tuple(
    order
    for order in product(MOVES, repeat=parameters.MOVE_COUNT)
    if all(one != other for one, other in pairwise(order)) and set(order) & set(TURNS)
)
"""All orders of a challenge: none twice in a row, and at least one turn, since only a turn shows depth."""

_T = TypeVar("_T")

_DRAWN_BYTES: Final = 64
"""512 bits; a challenge uses under 60 of them, so that the choice by remainder has no bias to speak of."""


@dataclass(frozen=True, slots=True)
class Step:
    """One prompt.

    Attributes:
        kind: how to move. In the low-motion way the camera may go round the head instead: "left" then means
            that the camera sees the face as if it had turned to its left, so whoever holds the camera moves
            it to the person's right; for "tilt-left" they turn it anticlockwise, as they see its picture.
        onset_ms: when the prompt appears, in milliseconds from the start of the challenge.
        hold_ms: how long it stays, until the next one appears.
    """

    kind: Kind
    onset_ms: int
    hold_ms: int

    @property
    def end_ms(self) -> int:
        """When the next prompt takes its place."""
        return self.onset_ms + self.hold_ms


@dataclass(frozen=True, slots=True)
class Flash:
    """One colour of the screen: red, green and blue, 0 to 255, from `onset_ms` for `hold_ms`."""

    rgb: tuple[int, int, int]
    onset_ms: int
    hold_ms: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a person is asked to do, and when. Deterministic for a nonce, and unforeseeable without it.

    Attributes:
        motion: "turn", or "low" for people who cannot turn their heads.
        steps: the prompts in order; the first and the last are "centre".
        flash: the colours of the screen in order; empty unless asked for.
    """

    motion: Motion
    steps: tuple[Step, ...]
    flash: tuple[Flash, ...] = ()

    @classmethod
    def from_nonce(cls, nonce: bytes, *, motion: Motion = "turn", flash: bool = False) -> Challenge:
        """The one challenge that belongs to a session's nonce (HKDF-SHA256, RFC 5869).

        Args:
            nonce: 16 to 64 bytes that the session drew at random, used once.
            motion: "turn" asks for turns of 20 degrees and more; "low" for half as much, more slowly, and by
                the camera if not by the head.
            flash: also draw a sequence of screen colours; only after the person agreed to it.

        Raises:
            UsageError: a nonce of another length, or an unknown motion.
        """
        if not parameters.NONCE_LEAST <= len(nonce) <= parameters.NONCE_MOST:
            raise UsageError(
                f"A nonce has {parameters.NONCE_LEAST} to {parameters.NONCE_MOST} bytes, not {len(nonce)}."
            )
        if motion not in ("turn", "low"):
            raise UsageError(f"There is no motion {motion!r}.", remedy="Choose turn or low.")
        drawn = _Draw(nonce, f"{motion}/{'flash' if flash else 'plain'}")
        steps = _steps(drawn, motion)
        return cls(motion, steps, _flash(drawn, steps[-1].end_ms) if flash else ())

    @property
    def duration_ms(self) -> int:
        """From the first prompt to the end of the last, in milliseconds."""
        return self.steps[-1].end_ms

    @property
    def moves(self) -> tuple[Step, ...]:
        """The steps that ask for a turn or a tilt."""
        return tuple(one for one in self.steps if one.kind != "centre")

    @property
    def compared_ms(self) -> tuple[float, float]:
        """When the two faces are taken that are compared: one before the moves, one after.

        They are fixed in advance, so that nobody has a frame chosen by making it larger or sharper.
        """
        last = self.steps[-1].onset_ms + parameters.TIMING[self.motion].compared
        return self.moves[0].onset_ms * parameters.COMPARED_FIRST, float(last)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a page. Times are milliseconds from the start."""
        return {
            "motion": self.motion,
            "duration_ms": self.duration_ms,
            "steps": [
                {"kind": one.kind, "onset_ms": one.onset_ms, "hold_ms": one.hold_ms} for one in self.steps
            ],
            "flash": [
                {"rgb": list(one.rgb), "onset_ms": one.onset_ms, "hold_ms": one.hold_ms} for one in self.flash
            ],
        }


def bits(motion: Motion = "turn") -> float:
    """Bits of unpredictability in the order, the onsets and the holds; the flash is not counted."""
    timing = parameters.TIMING[motion]
    return math.log2(len(ORDERS) * len(timing.first) * len(timing.hold) ** parameters.MOVE_COUNT)


class _Draw:
    """Choices drawn one after another from one long number."""

    def __init__(self, nonce: bytes, label: str) -> None:
        info = b"moiety/challenge/1\0" + label.encode()
        derived = HKDF(algorithm=hashes.SHA256(), length=_DRAWN_BYTES, salt=None, info=info).derive(nonce)
        self._left = int.from_bytes(derived)

    def one_of(self, choices: Sequence[_T]) -> _T:
        self._left, at = divmod(self._left, len(choices))
        return choices[at]


def _steps(drawn: _Draw, motion: Motion) -> tuple[Step, ...]:
    timing = parameters.TIMING[motion]
    steps = [Step("centre", 0, drawn.one_of(timing.first))]
    for kind in drawn.one_of(ORDERS):
        steps.append(Step(kind, steps[-1].end_ms, drawn.one_of(timing.hold)))
    steps.append(Step("centre", steps[-1].end_ms, timing.last))
    return tuple(steps)


def _flash(drawn: _Draw, until: int) -> tuple[Flash, ...]:
    colours: list[Flash] = []
    for onset in range(0, until, parameters.FLASH_MS):
        choices = [one for one in parameters.FLASH_COLOURS if not colours or one != colours[-1].rgb]
        colours.append(Flash(drawn.one_of(choices), onset, min(parameters.FLASH_MS, until - onset)))
    return tuple(colours)
