"""Whether what turned has a face's depth: how far its nose stood out for how far it turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, TURNS
from moiety.liveness.motion import Trace
from moiety.liveness.relief import Layer, frontal, relief
from moiety.liveness.runs import Run, Stepped


def judge_depth(runs: Sequence[Run], trace: Trace, faces: NDArray[np.uint8] | None, found: Stepped) -> None:
    """Whether a nose stood out of what turned, for how far it turned.

    A point turned by an angle moves by its depth times the tangent: so the heights of all turns over the
    tangents of their angles are a depth. A bent sheet has little of it, however far it is turned.

    `faces` are the level faces (n, side, side) of the trace's frames; None where they were not kept, and then
    no live person is shown.
    """
    turns = [run for run in runs if MOVES[run.way] in TURNS]
    if faces is None:
        text = "The pixels of the turns were not looked at, so that nothing is known of their depth."
        found.doubts.append(Finding("liveness-no-relief", text))
        return
    front = frontal(faces[: trace.frontal])
    looks = [_look(run, trace, faces, front) for run in turns]
    found.measures.update({f"relief_{number}": one.height for number, one in enumerate(looks, 1)})
    moved = sum(one.height + parameters.NOSE_SHARE * one.nose for one in looks)
    found.measures["standing"] = standing = moved / sum(one.tangent for one in looks)
    if standing < parameters.STANDING_LEAST:
        text = "The nose of what turned does not stand out: a picture of a face turns like this."
        found.against.append(Finding("liveness-flat", text, standing, parameters.STANDING_LEAST))


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


def _look(run: Run, trace: Trace, faces: NDArray[np.uint8], front: list[Layer]) -> _Look:
    """The nose of a turn, in frames that are neither hardly turned nor turned so far that half is hidden.

    A registration that fails ends at nought. So the lower heights do not count.
    """
    way = 1 if MOVES[run.way] == "left" else -1
    inside = np.arange(run.first, run.last + 1)
    nose = way * trace.nose[inside, 0]
    nearest = np.argsort(np.abs(nose - parameters.RELIEF_AT), kind="stable")[: parameters.RELIEF_FRAMES]
    heights = np.sort([relief(front, faces[i], way) for i in inside[nearest]])
    alike = _alike(nose, nearest)
    return _Look(
        height=float(heights[-parameters.RELIEF_COUNTED :].mean()),
        nose=float(np.median(nose[alike])),
        tangent=_tangent(float(np.median(trace.narrow[inside][alike]))),
    )


def _alike(nose: NDArray[np.float64], looked: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which frames of a turn are turned about as far as those looked at: landmarks of few tell angles badly.

    Those that are turned much less are left out, or a glimpse of a far turn would pass for a small one.
    """
    near = parameters.ALIKE
    alike = (nose >= near * nose[looked].min()) & (nose <= nose[looked].max() / near)
    alike[looked] = True
    return np.asarray(alike, np.bool_)


def _tangent(narrow: float) -> float:
    """The tangent of a turn's angle: it narrows a face by its cosine, whatever turns."""
    angle = np.arccos(np.clip(narrow, 0.0, 1.0))
    return max(float(np.tan(angle)), parameters.TANGENT_LEAST)
