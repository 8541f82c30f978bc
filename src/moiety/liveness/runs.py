"""The moves that a trace shows, one after another, and what is found of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import Motion
from moiety.liveness.motion import Trace

_CENTRE: Final = -1


@dataclass(slots=True)
class Stepped:
    """What speaks against a live person, what leaves doubt, and what was measured."""

    against: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Successive frames turned one way: `way` counts in `MOVES`, `first` and `last` are their indices."""

    way: int
    first: int
    last: int


def reached_by(trace: Trace, motion: Motion) -> NDArray[np.float64]:
    """How far each frame is turned or tilted each way, (n, 4) in the order of MOVES; 1 is what is asked."""
    turning = parameters.TURNING[motion]
    across, tilt = trace.nose[:, 0] / turning.across, trace.tilt / turning.tilt
    return np.stack([across, -across, tilt, -tilt], axis=1)


def runs_of(reached: NDArray[np.float64], at: NDArray[np.float64], motion: Motion) -> list[Run]:
    """The moves in their order: where frames are turned one way, far enough and for long enough to be meant.

    A median over three frames takes off what the detector errs by. A move begins at a share of what is asked
    and ends at half of that share; what interrupts it for a moment does not end it.
    """
    begun = parameters.TURNING[motion].begun
    padded = np.concatenate([reached[:1], reached, reached[-1:]])
    smooth = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    runs: list[Run] = []
    way = _CENTRE
    for i, row in enumerate(smooth):
        best = int(row.argmax())
        if row[best] >= begun:
            way = best
        elif way != _CENTRE and row[way] < begun / 2:
            way = _CENTRE
        if way != _CENTRE:
            runs.append(Run(way, i, i))
    meant = [
        one
        for one in _joined(runs, at, motion)
        if at[one.last] - at[one.first] >= parameters.LASTING_MS[motion]
        and smooth[one.first : one.last + 1, one.way].max() >= parameters.MEANT
    ]
    return _joined(meant, at, motion)


def _joined(runs: Sequence[Run], at: NDArray[np.float64], motion: Motion) -> list[Run]:
    """Runs of one way with nothing else between them, made one where they nearly touch."""
    joined: list[Run] = []
    for one in runs:
        near = bool(joined) and at[one.first] - at[joined[-1].last] <= parameters.INTERRUPTED_MS[motion]
        if near and joined[-1].way == one.way:
            joined[-1] = Run(one.way, joined[-1].first, one.last)
        else:
            joined.append(one)
    return joined
