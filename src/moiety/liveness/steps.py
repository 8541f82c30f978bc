"""Whether the turns that were asked for were made: in order, in time, as far as asked, and with depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS, Challenge, Step
from moiety.liveness.depth import judge_depth
from moiety.liveness.motion import Trace
from moiety.liveness.runs import Run, Stepped, reached_by, runs_of


def judge_steps(challenge: Challenge, trace: Trace, faces: NDArray[np.uint8] | None) -> Stepped:
    """Judge a head's movement against a challenge; `faces` are the level ones of the trace (`relief`)."""
    found = Stepped()
    reached = reached_by(trace, challenge.motion)
    runs = runs_of(reached, trace.at, challenge.motion)
    asked = [MOVES.index(one.kind) for one in challenge.moves]
    made = [one.way for one in runs]
    found.measures["turns"] = float(len(made))
    if made != asked:
        found.against.append(_order(asked, made))
        return found
    for number, (step, run) in enumerate(zip(challenge.moves, runs, strict=True), 1):
        _judge_step(step, run, reached[:, run.way], trace.at, challenge, number, found)
    judge_depth(runs, trace, faces, challenge.motion, found)
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
    run: Run,
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
        text = "A turn did not go far enough: turn a little further."
        found.doubts.append(Finding("liveness-turn-not-far", text, depth, 1))
    elif depth < 1:
        text = "A tilt did not go far enough: lean further towards the shoulder."
        found.doubts.append(Finding("liveness-not-far", text, depth, 1))


def lost(challenge: Challenge, trace: Trace) -> bool:
    """Whether the movement so far can no longer be what the challenge asks, whatever follows."""
    now = float(trace.at[-1])
    due = [one.kind for one in challenge.moves if one.end_ms + parameters.RELEASE_MS <= now]
    runs = runs_of(reached_by(trace, challenge.motion), trace.at, challenge.motion)
    made = [MOVES[run.way] for run in runs]
    return made[: len(due)] != due


def _judge_return(challenge: Challenge, last: Run, trace: Trace, found: Stepped) -> None:
    end = challenge.steps[-1]
    left = float(trace.at[last.last]) - end.onset_ms
    if left > parameters.TIMING[challenge.motion].latest:
        text = "At the end, look straight at the camera again."
        found.doubts.append(Finding("liveness-not-returned", text, left))
