"""The judge: a challenge and what was seen of it in, one level with its reasons out. One stage a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.liveness import motion, parameters
from moiety.liveness.challenge import Challenge
from moiety.liveness.level import Liveness
from moiety.liveness.steps import judge_steps
from moiety.liveness.stream import continuity, covered
from moiety.liveness.verdict import Observation, Presence


def judge(challenge: Challenge, observations: Sequence[Observation]) -> Presence:
    """Whether the frames show a live person who did what the challenge asked, when it asked.

    What speaks against a live person ends in `NOT_SHOWN`. What keeps the frames from being judged, such as
    too few of them or a turn that came late, ends in `INCONCLUSIVE`. `SHOWN` needs every check to hold; no
    number of attempts replaces one.

    Raises:
        UsageError: times that do not rise, numbers that are not finite, or too many frames.
    """
    _refuse_malformed(observations)
    # 1. One face throughout, often enough, from the first prompt to the last.
    doubts = list(covered(challenge, observations))
    seen = [one for one in observations if one.landmarks is not None and motion.proper(one.landmarks)]
    at = np.array([one.at_ms for one in seen], np.float64)
    ready = at <= challenge.moves[0].onset_ms + parameters.EARLIEST_MS
    if int(ready.sum()) < parameters.FRONTAL_LEAST:
        return _presence([], doubts or [Finding("liveness-too-few-frames", _NO_FRONT)], {})
    # 2. The frontal pose, and the head's movement against it.
    points = np.stack([one.landmarks for one in seen if one.landmarks is not None])
    trace = motion.trace(at, points, int(ready.sum()))
    # 3. No cut from one recording to another.
    against = list(continuity(trace))
    # 4. The turns that were asked for, in their order and at their times, and with depth.
    stepped = judge_steps(challenge, trace)
    return _presence(
        [*against, *stepped.against], [*doubts, *stepped.doubts], {**stepped.measures, **_measures(at)}
    )


_NO_FRONT = "Look straight at the camera until the first turn is asked for."


def _presence(against: list[Finding], doubts: list[Finding], measures: dict[str, float]) -> Presence:
    level = Liveness.NOT_SHOWN if against else Liveness.INCONCLUSIVE if doubts else Liveness.SHOWN
    return Presence(level, (*against, *doubts), measures)


def _measures(at: NDArray[np.float64]) -> dict[str, float]:
    return {"frames": float(len(at)), "rate": 1000.0 * (len(at) - 1) / max(float(at[-1] - at[0]), 1.0)}


def _refuse_malformed(observations: Sequence[Observation]) -> None:
    if len(observations) > parameters.FRAMES_MOST:
        raise UsageError(f"{len(observations)} frames were given; {parameters.FRAMES_MOST} at most are read.")
    times = np.array([one.at_ms for one in observations], np.float64)
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise UsageError("The times of the frames are not finite and rising.")
    for one in observations:
        if (one.landmarks is None) == (one.faces == 1) or one.faces < 0:
            raise UsageError("A frame has landmarks exactly where it has one face.")
        if one.landmarks is not None and (
            one.landmarks.shape != (5, 2) or not np.isfinite(one.landmarks).all()
        ):
            raise UsageError("Landmarks are five finite points.")
        if any(not np.isfinite(value) for value in (one.moire, one.bezel, one.passive) if value is not None):
            raise UsageError("A measure of a frame is not finite.")
        if one.colour is not None and (one.colour.shape != (3,) or not np.isfinite(one.colour).all()):
            raise UsageError("A colour is three finite numbers.")
