"""Whether what turned has a face's depth: by its landmarks over all turns, and by its pixels in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS, Motion
from moiety.liveness.motion import Trace
from moiety.liveness.relief import frontal, relief
from moiety.liveness.runs import Run, Stepped


def judge_depth(
    runs: Sequence[Run], trace: Trace, faces: NDArray[np.uint8] | None, motion: Motion, found: Stepped
) -> None:
    """Whether a nose stood out of what turned, by landmarks and by pixels together.

    `faces` are the level faces (n, side, side) of the trace's frames; None where they were not kept, and then
    no live person is shown.
    """
    turns = [run for run in runs if MOVES[run.way] in TURNS]
    found.measures["solid"] = solid = _solid(turns, trace, motion)
    if faces is None:
        text = "The pixels of the turns were not looked at, so that nothing is known of their depth."
        found.doubts.append(Finding("liveness-no-relief", text))
        return
    heights = _heights(turns, trace, faces)
    found.measures.update({f"relief_{number}": height for number, height in enumerate(heights, 1)})
    standing = float(np.minimum(heights, parameters.RELIEF_CAP).mean())
    standing += parameters.SOLID_SHARE * min(solid, parameters.SOLID_CAP)
    found.measures["standing"] = standing
    least = parameters.TURNING[motion].standing
    if standing < least:
        text = "The nose of what turned does not stand out: a picture of a face turns like this."
        found.against.append(Finding("liveness-flat", text, standing, least))


def _solid(turns: Sequence[Run], trace: Trace, motion: Motion) -> float:
    """How far the nose's landmark moved for what the face narrowed by: a bent sheet's moves less.

    A turn by an angle narrows the face by its cosine, whatever turns, and moves the nose by its tangent times
    the nose's depth. All turns of the challenge are taken together.
    """
    moved = tangent = 0.0
    for run in turns:
        part = slice(run.first, run.last + 1)
        nose = np.abs(trace.nose[part, 0])
        best = np.argsort(nose)[-parameters.TURNING[motion].frames :]
        cosine = min(float(np.median(trace.narrow[part][best])), parameters.NARROW_MOST)
        moved += float(nose[best].mean())
        tangent += (1 / cosine**2 - 1) ** 0.5
    return moved / tangent


def _heights(turns: Sequence[Run], trace: Trace, faces: NDArray[np.uint8]) -> list[float]:
    """How far the nose stood out in the pixels of each turn: median over some of its frames."""
    front = frontal(faces[: trace.frontal])
    heights = []
    for run in turns:
        way = 1 if MOVES[run.way] == "left" else -1
        chosen = _chosen(run, way * trace.nose[:, 0])
        heights.append(float(np.median([relief(front, faces[i], way) for i in chosen])))
    return heights


def _chosen(run: Run, nose: NDArray[np.float64]) -> list[int]:
    """The frames of a turn that tell the most: neither hardly turned nor so far that half is hidden."""
    inside = np.arange(run.first, run.last + 1)
    turned = inside[nose[inside] >= parameters.RELIEF_FROM]
    if not len(turned):
        turned = inside
    nearest = np.argsort(np.abs(nose[turned] - parameters.RELIEF_AT), kind="stable")
    return [int(one) for one in turned[nearest[: parameters.RELIEF_FRAMES]]]
