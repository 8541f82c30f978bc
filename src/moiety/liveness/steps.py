"""Whether the turns that were asked for were made: in order, in time, as far as asked, and with depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS, Challenge, Motion, Step
from moiety.liveness.motion import Trace

_CENTRE: Final = -1


@dataclass(slots=True)
class Stepped:
    """What speaks against a live person, what leaves doubt, and what was measured."""

    against: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Run:
    """Successive frames turned one way: `first` and `last` are their indices."""

    way: int
    first: int
    last: int


def judge_steps(challenge: Challenge, trace: Trace) -> Stepped:
    """Judge a head's movement against a challenge."""
    found = Stepped()
    reached = _reached(trace, challenge.motion)
    runs = _runs(reached, trace.at, challenge.motion)
    asked = [MOVES.index(one.kind) for one in challenge.moves]
    made = [one.way for one in runs]
    found.measures["turns"] = float(len(made))
    if made != asked:
        found.against.append(_order(asked, made))
        return found
    for number, (step, run) in enumerate(zip(challenge.moves, runs, strict=True), 1):
        _judge_step(step, run, reached[:, run.way], trace.at, challenge, number, found)
    _judge_solid(runs, trace, challenge.motion, found)
    _judge_return(challenge, runs[-1], trace, found)
    return found


def _order(asked: Sequence[int], made: Sequence[int]) -> Finding:
    rest = iter(asked)
    if all(any(way == one for one in rest) for way in made):
        text = (
            "Not every turn that was asked for was made, or not by a head: turn further, as the prompts say."
        )
        return Finding("liveness-not-turned", text, len(made), len(asked))
    text = "The turns were not those that were asked for: follow the prompts, one after another."
    return Finding("liveness-wrong-turn", text, len(made), len(asked))


def _judge_step(
    step: Step,
    run: _Run,
    reached: NDArray[np.float64],
    at: NDArray[np.float64],
    challenge: Challenge,
    number: int,
    found: Stepped,
) -> None:
    began, ended = float(at[run.first]), float(at[run.last])
    reaction = began - step.onset_ms
    found.measures[f"reaction_{number}_ms"] = reaction
    latest = parameters.TIMING[challenge.motion].latest
    if reaction < parameters.EARLIEST_MS:
        text = "A turn came before it was asked for, or sooner than anyone can react."
        found.against.append(Finding("liveness-early", text, reaction, parameters.EARLIEST_MS))
    if reaction > latest:
        text = "A turn came late: turn as soon as the prompt appears."
        found.doubts.append(Finding("liveness-late", text, reaction, latest))
    if ended < step.end_ms - parameters.RELEASE_MS:
        text = "A turn was not held: stay turned until the next prompt appears."
        found.doubts.append(Finding("liveness-not-held", text, step.end_ms - ended, parameters.RELEASE_MS))
    turning = parameters.TURNING[challenge.motion]
    best = np.sort(reached[run.first : run.last + 1])[-turning.frames :]
    depth = float(best.mean())
    found.measures[f"depth_{number}"] = depth
    if len(best) < turning.frames:
        text = "A turn was too short to be judged: stay turned until the next prompt appears."
        found.doubts.append(Finding("liveness-not-held", text, len(best), turning.frames))
    elif depth < 1 and step.kind in TURNS:
        text = "A turn did not go far enough, or what turned has too little depth for a face."
        found.against.append(Finding("liveness-flat", text, depth, 1))
    elif depth < 1:
        text = "A tilt did not go far enough: lean further towards the shoulder."
        found.doubts.append(Finding("liveness-not-far", text, depth, 1))


def _judge_solid(runs: Sequence[_Run], trace: Trace, motion: Motion, found: Stepped) -> None:
    """Whether the nose moved as far as it must for what the face narrowed by: a bent sheet's moves less.

    A turn by an angle narrows the face by its cosine, whatever turns, and moves the nose by its tangent times
    the nose's depth. All turns of the challenge are taken together.
    """
    moved = tangent = 0.0
    turning = parameters.TURNING[motion]
    for run in runs:
        if MOVES[run.way] not in TURNS:
            continue
        part = slice(run.first, run.last + 1)
        nose = np.abs(trace.nose[part, 0])
        best = np.argsort(nose)[-turning.frames :]
        cosine = min(float(np.median(trace.narrow[part][best])), parameters.NARROW_MOST)
        moved += float(nose[best].mean())
        tangent += (1 / cosine**2 - 1) ** 0.5
    solid = moved / tangent
    found.measures["solid"] = solid
    if solid < turning.solid:
        text = "What turned is too flat for a face: a bent picture turns like this."
        found.against.append(Finding("liveness-flat", text, solid, turning.solid))


def lost(challenge: Challenge, trace: Trace) -> bool:
    """Whether the movement so far can no longer be what the challenge asks, whatever follows."""
    now = float(trace.at[-1])
    due = [one.kind for one in challenge.moves if one.end_ms + parameters.RELEASE_MS <= now]
    runs = _runs(_reached(trace, challenge.motion), trace.at, challenge.motion)
    made = [MOVES[run.way] for run in runs]
    return made[: len(due)] != due


def _reached(trace: Trace, motion: Motion) -> NDArray[np.float64]:
    """How far each frame is turned or tilted each way, (n, 4) in the order of MOVES; 1 is what is asked."""
    turning = parameters.TURNING[motion]
    across, tilt = trace.nose[:, 0] / turning.across, trace.tilt / turning.tilt
    return np.stack([across, -across, tilt, -tilt], axis=1)


def _judge_return(challenge: Challenge, last: _Run, trace: Trace, found: Stepped) -> None:
    end = challenge.steps[-1]
    left = float(trace.at[last.last]) - end.onset_ms
    if left > parameters.TIMING[challenge.motion].latest:
        text = "At the end, look straight at the camera again."
        found.doubts.append(Finding("liveness-not-returned", text, left))


def _runs(reached: NDArray[np.float64], at: NDArray[np.float64], motion: Motion) -> list[_Run]:
    """The moves in their order: where frames are turned one way, far enough and for long enough to be meant.

    A median over three frames takes off what the detector errs by. A move begins at a share of what is asked
    and ends at half of that share; what interrupts it for a moment does not end it.
    """
    begun = parameters.TURNING[motion].begun
    padded = np.concatenate([reached[:1], reached, reached[-1:]])
    smooth = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    runs: list[_Run] = []
    way = _CENTRE
    for i, row in enumerate(smooth):
        best = int(row.argmax())
        if row[best] >= begun:
            way = best
        elif way != _CENTRE and row[way] < begun / 2:
            way = _CENTRE
        if way != _CENTRE:
            runs.append(_Run(way, i, i))
    meant = [
        one
        for one in _joined(runs, at)
        if at[one.last] - at[one.first] >= parameters.LASTING_MS[motion]
        and smooth[one.first : one.last + 1, one.way].max() >= parameters.MEANT
    ]
    return _joined(meant, at)


def _joined(runs: Sequence[_Run], at: NDArray[np.float64]) -> list[_Run]:
    """Runs of one way with nothing else between them, made one where they nearly touch."""
    joined: list[_Run] = []
    for one in runs:
        near = bool(joined) and at[one.first] - at[joined[-1].last] <= parameters.INTERRUPTED_MS
        if near and joined[-1].way == one.way:
            joined[-1] = _Run(one.way, joined[-1].first, one.last)
        else:
            joined.append(one)
    return joined
