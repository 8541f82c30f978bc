"""From what a frame shows to one hint at a time: what the person before the camera should do next.

Read `sight` (one frame, measured) first, then `hints` (the one thing to say about it), `steady` (when to say
it), `best` (which frames to keep) and `hands`. Nothing here decides anything: the gates and the decision do.
"""

from __future__ import annotations

from moiety.guidance.best import Best, margin
from moiety.guidance.hands import look_at_hand
from moiety.guidance.hints import Hint, Want, hint_for, progress
from moiety.guidance.sight import Sight, look
from moiety.guidance.steady import Steady

__all__ = [
    "Best",
    "Hint",
    "Sight",
    "Steady",
    "Want",
    "hint_for",
    "look",
    "look_at_hand",
    "margin",
    "progress",
]
