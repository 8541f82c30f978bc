"""The judge: a challenge and what was seen of it in, one level with its reasons out. One stage a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.liveness import motion, parameters, steps
from moiety.liveness.challenge import Challenge
from moiety.liveness.flash import Reflection, reflection
from moiety.liveness.fusion import doubt, weigh
from moiety.liveness.level import Liveness
from moiety.liveness.relief import SIDE
from moiety.liveness.steps import judge_steps
from moiety.liveness.stream import continuity, covered, usable
from moiety.liveness.verdict import Cues, Observation, Presence


def judge(challenge: Challenge, observations: Sequence[Observation], cues: Cues | None = None) -> Presence:
    """Whether the frames show a live person who did what the challenge asked, when it asked.

    What speaks against a live person ends in `NOT_SHOWN`. What keeps the frames from being judged, such as
    too few of them or a turn that came late, ends in `INCONCLUSIVE`. `SHOWN` needs every check to hold; no
    number of attempts replaces one.

    Raises:
        UsageError: times that do not rise, numbers that are not finite, or too many frames.
    """
    _refuse_malformed(observations, cues)
    # 1. One face throughout, often enough, from the first prompt to the last.
    doubts = list(covered(challenge, observations))
    seen = usable(observations)
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
    stepped = judge_steps(challenge, trace, _faces(seen))
    # 5. What the pixels and the colours told, where they were looked at.
    known = Cues() if cues is None else cues
    reflected = _reflected(challenge, seen, trace)
    measured = {**stepped.measures, **_measures(at), **_cues(known, reflected)}
    return _presence(
        [*against, *stepped.against, *weigh(known)],
        [*doubts, *stepped.doubts, *doubt(known, reflected)],
        measured,
    )


def _faces(seen: Sequence[Observation]) -> NDArray[np.uint8] | None:
    """The level faces of all frames; None where one lacks."""
    faces = [one.face for one in seen if one.face is not None]
    return np.stack(faces) if len(faces) == len(seen) else None


def _reflected(challenge: Challenge, seen: Sequence[Observation], trace: motion.Trace) -> Reflection | None:
    """How the face followed the screen's colours; None where none were asked for."""
    if not challenge.flash:
        return None
    colours = [one.colour for one in seen]
    if any(one is None for one in colours):
        return Reflection(0.0, 1.0)
    movement = np.column_stack([trace.nose, trace.tilt / 30.0, trace.place / 10.0])
    return reflection(
        challenge.flash, trace.at, np.stack([one for one in colours if one is not None]), movement
    )


def _cues(cues: Cues, reflected: Reflection | None) -> dict[str, float]:
    told = {name: getattr(cues, name) for name in ("moire", "bezel", "around", "passive")}
    if reflected is not None:
        told.update(flash=reflected.correlation, flash_chance=reflected.chance)
    return {name: float(value) for name, value in told.items() if value is not None}


def lost(challenge: Challenge, observations: Sequence[Observation]) -> bool:
    """Whether the frames so far can no longer come to `SHOWN`, whatever follows: one may begin anew at once.

    It says no more than the person sees: that a move whose time is over was not made, or another was.
    """
    seen = usable(observations)
    at = np.array([one.at_ms for one in seen], np.float64)
    ready = int((at <= challenge.moves[0].onset_ms + parameters.EARLIEST_MS).sum())
    if ready < parameters.FRONTAL_LEAST:
        return bool(observations) and observations[-1].at_ms > challenge.moves[0].end_ms
    points = np.stack([one.landmarks for one in seen if one.landmarks is not None])
    return steps.lost(challenge, motion.trace(at, points, ready))


_NO_FRONT = "Look straight at the camera until the first turn is asked for."


def _presence(against: list[Finding], doubts: list[Finding], measures: dict[str, float]) -> Presence:
    level = Liveness.NOT_SHOWN if against else Liveness.INCONCLUSIVE if doubts else Liveness.SHOWN
    return Presence(level, (*against, *doubts), measures)


def _measures(at: NDArray[np.float64]) -> dict[str, float]:
    return {"frames": float(len(at)), "rate": 1000.0 * (len(at) - 1) / max(float(at[-1] - at[0]), 1.0)}


def _refuse_malformed(observations: Sequence[Observation], cues: Cues | None) -> None:
    if len(observations) > parameters.FRAMES_MOST:
        raise UsageError(f"{len(observations)} frames were given; {parameters.FRAMES_MOST} at most are read.")
    times = np.array([one.at_ms for one in observations], np.float64)
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise UsageError("The times of the frames are not finite and rising.")
    told = () if cues is None else (cues.moire, cues.bezel, cues.around, cues.passive)
    if any(value is not None and not np.isfinite(value) for value in told):
        raise UsageError("A measure of the pixels is not finite.")
    for one in observations:
        if (one.landmarks is None) == (one.faces == 1) or one.faces < 0:
            raise UsageError("A frame has landmarks exactly where it has one face.")
        if one.landmarks is not None and (
            one.landmarks.shape != (5, 2) or not np.isfinite(one.landmarks).all()
        ):
            raise UsageError("Landmarks are five finite points.")
        if one.colour is not None and (one.colour.shape != (3,) or not np.isfinite(one.colour).all()):
            raise UsageError("A colour is three finite numbers.")
        if one.face is not None and (one.face.shape != (SIDE, SIDE) or one.face.dtype != np.uint8):
            raise UsageError(f"A level face is {SIDE} by {SIDE} grey pixels.")
