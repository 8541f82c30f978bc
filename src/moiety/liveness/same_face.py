"""One face all the way: whether the face that is compared is the one that turned.

Somebody can turn their own head and hold up a picture of another for the frames that are compared: at the
end, at the beginning, at both, or whenever the head isn't turned. So a few frames are looked at besides the
compared ones: one where the head faces the camera between two moves, one of each tilt, and of each turn one
half way out and two of those whose depth was judged. All of them must show the face that is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import motion, parameters
from moiety.liveness.challenge import MOVES, TURNS, Challenge, Motion
from moiety.liveness.depth import told_by
from moiety.liveness.runs import Run, reached_by, runs_of
from moiety.liveness.stream import usable
from moiety.liveness.verdict import Observation

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Faces:
    """Which frames of a capture tell whose face it shows, by their times.

    Attributes:
        compared: those that are compared with a reference, or enrolled.
        fronts: between the moves, and tilted: they face the camera too.
        turns: of each turn, one on the way out, half turned, and those whose depth was judged.
    """

    compared: tuple[float, ...]
    fronts: tuple[float, ...]
    turns: tuple[tuple[float, ...], ...]

    @property
    def at_ms(self) -> tuple[float, ...]:
        """All of them."""
        return (*self.compared, *self.fronts, *(at for turn in self.turns for at in turn))


def faces_of(challenge: Challenge, observations: Sequence[Observation], compared: Sequence[float]) -> Faces:
    """The frames to look at; without fronts and turned ones where the moves were not made."""
    seen = usable(observations)
    at = np.array([one.at_ms for one in seen], np.float64)
    ready = int((at <= challenge.moves[0].onset_ms + parameters.EARLIEST_MS).sum())
    if ready < parameters.FRONTAL_LEAST:
        return Faces(tuple(compared), (), ())
    points = np.stack([one.landmarks for one in seen if one.landmarks is not None])
    trace = motion.trace(at, points, ready)
    runs = runs_of(reached_by(trace, challenge.motion), at, challenge.motion)
    turns = [one for one in runs if MOVES[one.way] in TURNS]
    tilts = [_front_most(trace, one.first, one.last) for one in runs if one not in turns]
    between = [_front_most(trace, one.last, other.first) for one, other in pairwise(runs)]
    fronts = sorted(i for i in {*between, *tilts} if abs(trace.nose[i, 0]) <= parameters.FRONT)
    return Faces(
        tuple(compared),
        tuple(float(at[i]) for i in fronts if at[i] not in compared),
        tuple(tuple(float(at[i]) for i in _of_turn(one, trace, challenge.motion)) for one in turns),
    )


def _of_turn(run: Run, trace: motion.Trace, way: Motion) -> tuple[int, ...]:
    """The frame on the way out that is about half turned, then those that told the depth."""
    told = told_by(run, trace)[: parameters.TURNED_FRAMES]
    part = np.arange(max(run.first - 3, 0), min(told) + 1)
    side = 1 if MOVES[run.way] == "left" else -1
    half = side * parameters.HALF_TURNED * parameters.TURNING[way].across
    return (int(part[np.abs(trace.nose[part, 0] - half).argmin()]), *told)


def _front_most(trace: motion.Trace, first: int, last: int) -> int:
    """Of the frames from `first` to `last`, the one that is turned least."""
    return first + int(np.abs(trace.nose[first : last + 1, 0]).argmin())


def one_face(faces: Faces, rows: Rows, way: Motion, measures: dict[str, float]) -> Iterator[Finding]:
    """What speaks against one face all the way; `rows` (n, d) are the unit vectors of `faces.at_ms`.

    What was measured goes to `measures`: the least cosine of two compared faces; of one between with their
    mean; of one half turned, with it and with the mean of its turn; and of the mean of the turned ones with
    it.
    """
    compared, fronts, turns = _parts(faces, rows)
    mean = _mean(compared)
    measures["compared"] = float((compared @ compared.T).min())
    if len(fronts):
        measures["fronts"] = float((fronts @ mean).min())
    if turns:
        measures["half"] = min(float(min(one[0] @ mean, one[0] @ _mean(one[1:]))) for one in turns)
        measures["turned"] = float(_mean(np.concatenate([one[1:] for one in turns])) @ mean)
    for name, least in parameters.ONE_FACE[way].items():
        if measures.get(name, 1.0) < least:
            text = "Not all frames show the same person."
            yield Finding("liveness-several-people", text, measures[name], least)
            return


def resembling(faces: Faces, rows: Rows) -> tuple[Rows, ...]:
    """The faces that a reference must resemble besides the compared ones: between, and the turned ones' mean.

    Turned faces one by one differ too much from a reference.
    """
    _, fronts, turns = _parts(faces, rows)
    turned = [_mean(np.concatenate([one[1:] for one in turns]))] if turns else []
    return (*fronts, *turned)


def _parts(faces: Faces, rows: Rows) -> tuple[Rows, Rows, list[Rows]]:
    ends = np.cumsum([len(faces.compared), len(faces.fronts), *(len(one) for one in faces.turns)])
    compared, fronts, *turns = np.split(rows, ends[:-1])
    return compared, fronts, turns


def _mean(rows: Rows) -> Rows:
    mean = rows.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def hidden(challenge: Challenge, observations: Sequence[Observation], until: float) -> Iterator[Finding]:
    """Whether the face was out of view shortly before the frame at `until`, the last that is compared."""
    at = np.array([one.at_ms for one in usable(observations) if one.at_ms <= until], np.float64)
    begun = challenge.steps[-1].onset_ms + parameters.RETURN_MS
    near = at[max(0, int(np.searchsorted(at, begun)) - 1) :]
    away = float(np.diff(near).max()) if len(near) > 1 else float(challenge.duration_ms)
    usual = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    longest = max(float(parameters.HIDDEN_MOST_MS), parameters.HIDDEN_MOST * usual)
    if away > longest:
        text = "The face was hidden for a moment before it was compared: stay in the picture until the end."
        yield Finding("liveness-hidden", text, away, longest)
