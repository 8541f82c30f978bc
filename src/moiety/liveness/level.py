"""The levels of liveness that a decision repeats."""

from __future__ import annotations

from enum import StrEnum


class Liveness(StrEnum):
    """What is known of whether the sample came from a live person in front of the camera.

    `NONE`: not examined, as with a picture file. The others are the result of a presentation attack
    detection (ISO/IEC 30107-3).
    """

    NONE = "none"
    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    INCONCLUSIVE = "inconclusive"
