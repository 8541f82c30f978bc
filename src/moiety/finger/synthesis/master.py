"""The master print: the ridges of one synthetic finger, from which all its pictures are made.

Ridges grow as in SFinGe (Cappelli, 2009): noise is filtered, round after round, with Gabor filters that
follow the local orientation and period, until ridges meet; minutiae arise where they do not fit. No minutia
is placed by hand, and none of the data of a real finger goes in.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.orientation import FloatMap, Pattern, draw_pattern, orientation_field


@dataclass(frozen=True, slots=True)
class MasterPrint:
    """One finger's ridges, as a contact print shows them (a photograph of the finger is its mirror image).

    `ridges` is float32 in [-1, 1], 512 x 416 at 500 ppi, ridges positive, the tip of the finger up.
    """

    ridges: FloatMap
    pattern: Pattern
    period: float


def master_print(rng: np.random.Generator, *, pattern: str | None = None) -> MasterPrint:
    """Grow one master print; the same generator state gives the same print on the same numpy and OpenCV."""
    height, width = p.MASTER_HEIGHT, p.MASTER_WIDTH
    drawn = draw_pattern(rng, height, width, pattern)
    scale = p.GROWTH_SCALE
    theta = orientation_field(drawn, rng, height, width)[::scale, ::scale]
    mean = float(np.clip(rng.normal(p.PERIOD_MEAN, p.PERIOD_SPREAD), 7.6, 10.6))
    period = _period_map(rng, mean, height, width)[::scale, ::scale] * np.float32(1 / scale)
    grown = _grow(theta, period, rng)
    ridges = cv2.resize(grown, (width, height), interpolation=cv2.INTER_CUBIC)
    ridges = np.tanh(1.6 * ridges / (float(np.std(ridges)) + 1e-6)).astype(np.float32)
    return MasterPrint(_with_pores(ridges, rng), drawn, mean)


def _period_map(rng: np.random.Generator, mean: float, height: int, width: int) -> FloatMap:
    """Ridge period in pixels: wider towards the joint, with a smooth waver."""
    grid = rng.normal(0, p.PERIOD_WAVER, (7, 6)).astype(np.float32)
    waver = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    slope = np.linspace(-0.05, 0.08, height, dtype=np.float32)[:, None]
    return np.asarray(mean * np.clip(1 + waver + slope, 0.82, 1.22), np.float32)


def _grow(theta: FloatMap, period: FloatMap, rng: np.random.Generator) -> FloatMap:
    """Filter noise, round after round, each pixel with its own Gabor filter."""
    kernel = _pixel_kernels(theta, period)
    height, width = theta.shape
    radius = p.GABOR_RADIUS
    state = rng.normal(0, 1, theta.shape).astype(np.float32)
    product = np.empty_like(state)
    for _ in range(p.GROWTH_ROUNDS):
        padded = cv2.copyMakeBorder(state, radius, radius, radius, radius, cv2.BORDER_REFLECT_101)
        total = np.zeros_like(state)
        for index, (dy, dx) in enumerate(_offsets()):
            window = padded[radius + dy : radius + dy + height, radius + dx : radius + dx + width]
            np.multiply(kernel[index], window, out=product)
            total += product
        state = np.tanh(total)
    return total


def _offsets() -> list[tuple[int, int]]:
    """Every offset of a filter tap, row by row, within a disc."""
    span = range(-p.GABOR_RADIUS, p.GABOR_RADIUS + 1)
    limit = (p.GABOR_RADIUS + 0.5) ** 2
    return [(dy, dx) for dy in span for dx in span if dy * dy + dx * dx <= limit]


def _pixel_kernels(theta: FloatMap, period: FloatMap) -> npt.NDArray[np.float32]:
    """Gabor weights of every tap at every pixel, mean-free, scaled to a gain of 3; shape (taps, H, W)."""
    # Across the ridge: perpendicular to (cos, -sin), as y runs downward in the picture.
    across_x = np.sin(theta)
    across_y = np.cos(theta)
    turn = (2 * np.pi / period).astype(np.float32)
    sigma = p.GABOR_SIGMA_PERIODS * period
    taps = []
    bells = []
    for dy, dx in _offsets():
        bell = np.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma))
        bells.append(bell)
        taps.append(bell * np.cos(turn * (dx * across_x + dy * across_y)))
    kernel = np.stack(taps)
    envelope = np.stack(bells)
    kernel -= envelope * (kernel.sum(0) / envelope.sum(0))
    kernel *= 3.0 / np.abs(kernel).sum(0)
    return np.asarray(kernel, np.float32)


def _with_pores(ridges: FloatMap, rng: np.random.Generator) -> FloatMap:
    """Open sweat pores along the ridges, at random but not evenly spaced places."""
    count = int(ridges.size / (p.PORE_SPACING * p.PERIOD_MEAN))
    ys = rng.integers(1, ridges.shape[0] - 1, count)
    xs = rng.integers(1, ridges.shape[1] - 1, count)
    on_ridge = ridges[ys, xs] > 0.75
    holes = np.zeros_like(ridges)
    holes[ys[on_ridge], xs[on_ridge]] = rng.uniform(0.8, 2.2, int(on_ridge.sum())).astype(np.float32)
    return np.asarray(np.clip(ridges - cv2.GaussianBlur(holes, (0, 0), 0.8) * 2.0, -1, 1), np.float32)
