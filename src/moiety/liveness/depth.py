"""Whether what turned has a face's depth: how far its nose stood out, by the pixels of its turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS, Motion
from moiety.liveness.motion import Trace
from moiety.liveness.relief import Layer, frontal, relief
from moiety.liveness.runs import Run, Stepped


def judge_depth(
    runs: Sequence[Run], trace: Trace, faces: NDArray[np.uint8] | None, motion: Motion, found: Stepped
) -> None:
    """Whether a nose stood out of what turned.

    `faces` are the level faces (n, side, side) of the trace's frames; None where they were not kept, and then
    no live person is shown.
    """
    turns = [run for run in runs if MOVES[run.way] in TURNS]
    if faces is None:
        text = "The pixels of the turns were not looked at, so that nothing is known of their depth."
        found.doubts.append(Finding("liveness-no-relief", text))
        return
    front, misfit = frontal(faces[: trace.frontal]), parameters.TURNING[motion].misfit
    looks = [_look(run, trace, faces, front, misfit) for run in turns]
    found.measures.update({f"relief_{number}": one.height for number, one in enumerate(looks, 1)})
    standing = _of_far_turns(looks, turns, trace) if motion == "turn" else _of_small_turns(looks)
    found.measures["standing"] = standing
    least = parameters.TURNING[motion].standing
    if standing < least:
        text = "The nose of what turned does not stand out: a picture of a face turns like this."
        found.against.append(Finding("liveness-flat", text, standing, least))


def _of_small_turns(looks: Sequence[_Look]) -> float:
    """How far the nose moved for how far the face turned, over all turns: its depth, in eye distances.

    A point turned by an angle moves by its depth times the tangent. A bent sheet has little depth; what it
    seems to have besides grows faster than the tangent, and so a power of it is what heights are divided by.
    """
    moved = np.mean([one.height + parameters.NOSE_SHARE * one.nose for one in looks])
    tangent = np.mean([one.tangent for one in looks])
    return float(moved / tangent**parameters.TANGENT_POWER)


def _of_far_turns(looks: Sequence[_Look], turns: Sequence[Run], trace: Trace) -> float:
    """How far the nose moved, and a share of how far its landmark did for what the face narrowed by.

    In far turns half of a nose is hidden, and a head's height no longer grows: to divide it by the angle
    would take from the head alone.
    """
    height = float(np.mean([min(one.height, parameters.RELIEF_CAP) for one in looks]))
    return height + parameters.SOLID_SHARE * min(_solid(turns, trace), parameters.SOLID_CAP)


def _solid(turns: Sequence[Run], trace: Trace) -> float:
    """How far the nose's landmark moved for what the face narrowed by, in the farthest frames."""
    moved = tangent = 0.0
    for run in turns:
        part = slice(run.first, run.last + 1)
        nose = np.abs(trace.nose[part, 0])
        best = np.argsort(nose)[-parameters.SOLID_FRAMES :]
        moved += float(nose[best].mean())
        tangent += _tangent(float(np.median(trace.narrow[part][best])), parameters.SOLID_TANGENT)
    return moved / tangent


@dataclass(frozen=True, slots=True)
class _Look:
    """What a turn showed, in the frames that tell the most.

    Attributes:
        height: how far the nose moved by itself in the pixels, in eye distances.
        nose: how far its landmark did.
        tangent: of the angle that the face was turned by meanwhile.
    """

    height: float
    nose: float
    tangent: float


def _look(run: Run, trace: Trace, faces: NDArray[np.uint8], front: list[Layer], misfit: float) -> _Look:
    """The nose of a turn, in frames that are neither hardly turned nor turned so far that half is hidden.

    A registration that fails ends at nought. So the lower heights do not count.
    """
    way = 1 if MOVES[run.way] == "left" else -1
    inside = np.arange(run.first, run.last + 1)
    nose = way * trace.nose[inside, 0]
    nearest = np.array(told_by(run, trace)) - run.first
    heights = np.sort([relief(front, faces[i], way, misfit) for i in inside[nearest]])
    alike = _alike(nose, nearest)
    return _Look(
        height=float(heights[-parameters.RELIEF_COUNTED :].mean()),
        nose=float(np.median(nose[alike])),
        tangent=_tangent(float(np.median(trace.narrow[inside][alike])), parameters.TANGENT_LEAST),
    )


def told_by(run: Run, trace: Trace) -> list[int]:
    """The frames of a turn whose depth is judged, those that tell the most first."""
    way = 1 if MOVES[run.way] == "left" else -1
    inside = np.arange(run.first, run.last + 1)
    away = np.abs(way * trace.nose[inside, 0] - parameters.RELIEF_AT)
    return [int(i) for i in inside[np.argsort(away, kind="stable")[: parameters.RELIEF_FRAMES]]]


def _alike(nose: NDArray[np.float64], looked: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which frames of a turn are turned about as far as those looked at: landmarks of few tell angles badly.

    Those that are turned much less are left out, or a glimpse of a far turn would pass for a small one.
    """
    near = parameters.ALIKE
    alike = (nose >= near * nose[looked].min()) & (nose <= nose[looked].max() / near)
    alike[looked] = True
    return np.asarray(alike, np.bool_)


def _tangent(narrow: float, least: float) -> float:
    """The tangent of a turn's angle, at least `least`: it narrows a face by its cosine, whatever turns."""
    angle = np.arccos(np.clip(narrow, 0.0, 1.0))
    return max(float(np.tan(angle)), least)
