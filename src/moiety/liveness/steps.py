"""Whether the turns that were asked for were made: in order, in time, as far as asked, and with depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS, Challenge, Step
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
    turning = parameters.TURNING[challenge.motion]
    across, tilt = trace.nose[:, 0] / turning.across, trace.tilt / turning.tilt
    reached = np.stack([across, -across, tilt, -tilt], axis=1)  # in the order of MOVES
    runs = _runs(_ways(reached, turning.begun))
    asked = [MOVES.index(one.kind) for one in challenge.moves]
    made = [one.way for one in runs]
    found.measures["turns"] = float(len(made))
    if made != asked:
        found.against.append(_order(asked, made))
        return found
    for number, (step, run) in enumerate(zip(challenge.moves, runs, strict=True), 1):
        _judge_step(step, run, reached[:, run.way], trace.at, challenge, number, found)
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


def _judge_return(challenge: Challenge, last: _Run, trace: Trace, found: Stepped) -> None:
    end = challenge.steps[-1]
    left = float(trace.at[last.last]) - end.onset_ms
    if left > parameters.TIMING[challenge.motion].latest:
        text = "At the end, look straight at the camera again."
        found.doubts.append(Finding("liveness-not-returned", text, left))


def _ways(reached: NDArray[np.float64], begun: float) -> NDArray[np.int_]:
    """Which way each frame is turned, after a median over three frames, or `_CENTRE`."""
    padded = np.concatenate([reached[:1], reached, reached[-1:]])
    smooth = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return np.where(smooth.max(axis=1) >= begun, smooth.argmax(axis=1), _CENTRE)


def _runs(ways: NDArray[np.int_]) -> list[_Run]:
    """The turns in their order: at least two frames one way, with what interrupts them for one frame."""
    runs: list[_Run] = []
    starts = np.flatnonzero(np.diff(ways, prepend=-2))
    for first, last in zip(starts, [*(starts[1:] - 1), len(ways) - 1], strict=True):
        way = int(ways[first])
        if way == _CENTRE or last == first:
            continue
        if runs and runs[-1].way == way and first - runs[-1].last <= 2:
            runs[-1] = _Run(way, runs[-1].first, int(last))
        else:
            runs.append(_Run(way, int(first), int(last)))
    return runs
