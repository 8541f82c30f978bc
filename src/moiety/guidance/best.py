"""Which of several frames to keep: those with the most room to the gate's limits."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

from moiety.face.gate import Gate
from moiety.face.quality import FaceQuality

Frame = TypeVar("Frame")


def margin(quality: FaceQuality, gate: Gate) -> float:
    """Room to the limit that is nearest, in parts of that limit's scale: below 0 the gate refuses.

    The smallest counts, since one fault is enough to spoil a picture.
    """
    rooms = (
        _room(quality.eye_distance, gate.eye_distance, 40.0),
        _room(quality.detector_score, gate.detector_score, 0.10),
        _room(quality.sharpness, gate.sharpness, 4.0),
        _room(-quality.nose_offset, _negative(gate.nose_offset), 0.30),
        _room(-quality.outside, _negative(gate.outside), 0.10),
        _room(-quality.noise, _negative(gate.noise), 5.0),
        _room(-quality.flatness, _negative(gate.flatness), 0.10),
        _room(-quality.shadows, _negative(gate.shadows), 0.25),
        _room(-quality.lights, _negative(gate.lights), 0.25),
    )
    return min(rooms)


def _negative(limit: float | None) -> float | None:
    return None if limit is None else -limit


def _room(measured: float, limit: float | None, scale: float) -> float:
    return float("inf") if limit is None else (measured - limit) / scale


@dataclass(slots=True)
class Best(Generic[Frame]):
    """Keeps the best few of all frames offered, and lets go of the others at once.

    Args:
        most: how many are kept.
        apart_ms: two kept frames are at least this far apart; of nearer ones the better stays.
    """

    most: int
    apart_ms: int = 0
    _kept: list[tuple[float, int, int, Frame]] = field(default_factory=list, repr=False)
    _order: Iterator[int] = field(default_factory=count, repr=False)

    def offer(self, frame: Frame, rank: float, at_ms: int) -> None:
        """Consider one frame of this rank, taken at this time."""
        near = [one for one in self._kept if abs(one[2] - at_ms) < self.apart_ms]
        if any(one[0] >= rank for one in near):
            return
        for one in near:
            self._kept.remove(one)
        heapq.heapify(self._kept)
        heapq.heappush(self._kept, (rank, next(self._order), at_ms, frame))
        if len(self._kept) > self.most:
            heapq.heappop(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def take(self) -> list[Frame]:
        """The frames kept, best first; afterwards none is."""
        taken = [one[3] for one in sorted(self._kept, key=lambda one: (-one[0], one[1]))]
        self._kept.clear()
        return taken
