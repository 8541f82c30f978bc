"""Presentation attack detection: a challenge that nobody can foresee, and a judge of how it was met.

Read `challenge` first, then `judge`. Everything here is pure: landmarks and measures come in as data, so the
judge is the same for pages, command line and tests. Pictures are read by `moiety.presence`.
"""

from moiety.liveness.challenge import Challenge, Flash, Kind, Motion, Step
from moiety.liveness.judge import judge
from moiety.liveness.level import Liveness
from moiety.liveness.verdict import Cues, Observation, Presence

__all__ = [
    "Challenge",
    "Cues",
    "Flash",
    "Kind",
    "Liveness",
    "Motion",
    "Observation",
    "Presence",
    "Step",
    "judge",
]
