"""What an operator can do in a scenario: look, ask for a better capture, and end it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """One action of the operator."""

    SCAN = "scan"
    CAPTURE = "capture"
    # Ask for something better.
    MORE_LIGHT = "more-light"
    LESS_LIGHT = "less-light"
    CLOSER = "closer"
    HOLD_STILL = "hold-still"
    FACE_CAMERA = "face-camera"
    UNCOVER = "uncover"
    ONE_PERSON = "one-person"
    CODE_FLAT = "code-flat"
    LOW_MOTION = "low-motion"
    USE_FINGERS = "use-fingers"
    OTHER_FINGER = "other-finger"
    # End it.
    ACCEPT = "accept"
    TURN_AWAY = "turn-away"
    OTHER_WAY = "other-way"


ENDINGS: Final = frozenset({Action.ACCEPT, Action.TURN_AWAY, Action.OTHER_WAY})
ASKS: Final = frozenset(set(Action) - ENDINGS - {Action.SCAN, Action.CAPTURE})
