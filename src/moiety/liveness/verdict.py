"""What the judge is given of each frame, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness.level import Liveness


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Observation:
    """What was seen in one frame.

    Attributes:
        at_ms: when, in milliseconds from the start of the challenge, by the clock that showed the prompts.
        faces: how many faces were found.
        landmarks: float array of shape (5, 2), the person's right eye, left eye, nose tip, right and left
            corner of the mouth, x to the right and y down, in widths of the picture, not mirrored; None
            unless there is exactly one face.
        colour: float array of shape (3,), mean linear red, green, blue of the face, for the flash; or None.
        repeated: whether the picture is, to the last bit, the one before.
        face: uint8 array (40, 40), the face in grey with its eyes and the corners of its mouth brought to
            fixed places (`relief.level`); or None. A person's image: it is dropped with the observation.
    """

    at_ms: float
    faces: int
    landmarks: NDArray[np.float64] | None
    colour: NDArray[np.float64] | None = None
    repeated: bool = False
    face: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Cues:
    """What the pixels of a whole capture told; None where it was not measured.

    Attributes:
        moire: strength of a regular pattern on the face, as a screen's pixels give; see `cues.Patterns`.
        bezel: mean number of sides, 0 to 4, on which a straight edge frames the face; see `cues.sides`.
        around: how much changed on all sides of the face at one moment, in grey levels; see `Surroundings`.
        passive: what an operator's network answers, from 0 (attack) to 1 (bona fide).
    """

    moire: float | None = None
    bezel: float | None = None
    around: float | None = None
    passive: float | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a live person was shown, and why.

    Attributes:
        level: shown, not shown or inconclusive.
        reasons: what stood in the way, by stable codes; empty when shown.
        measures: what was measured, by name; for reports and on one's own pictures, never for remote callers.
    """

    level: Liveness
    reasons: tuple[Finding, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
