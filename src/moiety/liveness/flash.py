"""Whether a face reflects the colours that the screen showed, in their order and at their times.

A recording carries the light of another moment. The order is random (Tang et al. 2018, Face Flashing; Liu
et al. 2019, Aurora Guard), so what counts is that the asked sequence fits the face better than others would
have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.liveness import parameters
from moiety.liveness.challenge import Flash

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reflection:
    """How well a face followed a sequence of colours.

    Attributes:
        correlation: between the face's colour and the screen's, -1 to 1.
        chance: share of other orders of the same colours that fit the face as well, 0 to 1.
    """

    correlation: float
    chance: float


def face_colour(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean linear red, green and blue of an aligned face, uint8 (112, 112, 3): cheeks, nose and chin."""
    inner = crop[parameters.FLASH_FACE].reshape(-1, 3).astype(np.float64) / 255.0
    return np.asarray((inner**2.2).mean(axis=0), np.float64)


def reflection(
    flash: Sequence[Flash], at: Series, colours: NDArray[np.float64], movement: NDArray[np.float64]
) -> Reflection:
    """Compare a face's colours (n, 3) at times `at` (n,) with the screen's.

    `movement` (n, k) is what else changes the light on a face, such as its turn; what it explains is taken
    off first, and so are slow changes.
    """
    seen = np.log(np.maximum(colours, 1e-6))
    seen = seen[:, :2] - seen[:, 2:]  # red and green against blue: brightness alone says nothing
    time = (at - at.mean()) / max(float(np.ptp(at)), 1.0)
    nuisance = np.column_stack([np.ones_like(time), time, time**2, movement])
    seen = _without(seen, nuisance)
    asked = _fit(seen, _without(_shown(flash, [one.rgb for one in flash], at), nuisance))
    rng = np.random.default_rng(0)
    others = 0
    for _ in range(parameters.FLASH_OTHERS):
        order = [flash[i].rgb for i in rng.permutation(len(flash))]
        others += _fit(seen, _without(_shown(flash, order, at), nuisance)) >= asked
    return Reflection(asked, (others + 1) / (parameters.FLASH_OTHERS + 1))


def _shown(flash: Sequence[Flash], order: Sequence[tuple[int, int, int]], at: Series) -> NDArray[np.float64]:
    """The screen's colour at each time, as a camera sees it: a little late, and never sharply."""
    onsets = np.array([one.onset_ms for one in flash], np.float64)
    linear = (np.array(order, np.float64) / 255.0) ** 2.2
    told = np.zeros((len(at), 3))
    for late in parameters.FLASH_LATE_MS:
        where = np.clip(np.searchsorted(onsets, at - late, side="right") - 1, 0, len(flash) - 1)
        told += linear[where] / len(parameters.FLASH_LATE_MS)
    return np.asarray(told[:, :2] - told[:, 2:], np.float64)


def _without(series: NDArray[np.float64], nuisance: NDArray[np.float64]) -> NDArray[np.float64]:
    explained, *_ = np.linalg.lstsq(nuisance, series, rcond=None)
    return np.asarray(series - nuisance @ explained, np.float64)


def _fit(seen: NDArray[np.float64], shown: NDArray[np.float64]) -> float:
    """Correlation over both colour axes together."""
    across = float(np.sqrt((seen**2).sum() * (shown**2).sum()))
    return float((seen * shown).sum()) / across if across > 0 else 0.0
