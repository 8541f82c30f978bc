"""The one thing to say about a small frame of a hand."""

from __future__ import annotations

from statistics import median
from typing import Final

from moiety.finger.contactless import HandReading, read_hand
from moiety.finger.positions import FOUR_FINGERS
from moiety.guidance import parameters as p
from moiety.guidance.hints import GOOD, Hint
from moiety.image import Image

HAND_CODES: Final = (
    "show-hand", "spread-fingers", "one-hand", "turn-palm", "too-dark", "hand-cut", "hand-too-far",
    "hand-too-near", "glare", "good",
)  # fmt: skip
"""Every code that a hand can get."""

_OF_SCENE: Final = {
    "too-dark": "too-dark",
    "no-finger": "show-hand",
    "fingers-missing": "spread-fingers",
    "fingers-surplus": "one-hand",
    "hand-contradicts": "turn-palm",
}


def look_at_hand(image: Image, side: str, *, expected: tuple[str, ...] = FOUR_FINGERS) -> Hint:
    """What to say about a frame that should show the palm side of this hand.

    Ridges are not looked for: a small frame has none. The full-size picture meets the gate of its own.

    Raises:
        UsageError: no such side.
    """
    reading = read_hand(image.rgb, side, expected=expected)
    for finding in reading.findings:
        return Hint(_OF_SCENE.get(finding.code, "show-hand"))
    return _of_fingers(reading, min(image.width, image.height))


def _of_fingers(reading: HandReading, short: int) -> Hint:
    if not reading.fingers:
        return Hint("show-hand")
    codes = {finding.code for one in reading.fingers for finding in one.findings}
    if "finger-cut" in codes:
        return Hint("hand-cut")
    breadth = median(one.where.breadth for one in reading.fingers) / short
    if breadth < p.FINGER_FAR:
        return Hint("hand-too-far")
    if breadth > p.FINGER_NEAR:
        return Hint("hand-too-near")
    if "finger-dark" in codes:
        return Hint("too-dark")
    return Hint("glare") if "finger-glare" in codes else GOOD
