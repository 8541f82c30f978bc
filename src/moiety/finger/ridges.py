"""Ridges as waves: where there are any, how far apart they lie; and a picture brought to 500 pixels an inch.

Blocks of the picture are Fourier-transformed; a block shows ridges where its spectrum has one strong peak in
the ridge band. The distance of the ridges is the period of the peak, found between bins as a centre of mass.
After Chikkerur, Cartwright and Govindaraju, "Fingerprint enhancement using STFT analysis", Pattern
Recognition 40, 2007, cut down to what a gate needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.finger import parameters as p

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RidgeMap:
    """What the blocks of a picture show.

    Attributes:
        ridged: bool (rows, columns), whether each block shows ridges.
        period: the median distance of neighbouring ridges over those blocks, in pixels; 0 without any.
        clarity: the mean share of a ridged block's energy that lies in its peak, 0 to 1; 0 without any.
        step: pixels from one block to the next.
    """

    ridged: NDArray[np.bool_]
    period: float
    clarity: float
    step: int

    def area(self, ppi: float) -> float:
        """Square millimetres that show ridges, in a picture of `ppi` pixels an inch."""
        return float(self.ridged.sum()) * (self.step * 25.4 / ppi) ** 2

    def box(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the smallest box around all ridged blocks, widened by `p.CROP_MARGIN`.

        The whole picture of `shape` where there are none.
        """
        if not self.ridged.any():
            return slice(0, shape[0]), slice(0, shape[1])
        found = []
        for axis, length in ((1, shape[0]), (0, shape[1])):
            lines = np.flatnonzero(self.ridged.any(axis=axis))
            first = int(lines[0]) * self.step - p.CROP_MARGIN
            last = int(lines[-1]) * self.step + p.RIDGE_BLOCK + p.CROP_MARGIN
            found.append(slice(max(first, 0), min(last, length)))
        return found[0], found[1]


def ridge_map(grey: Grey) -> RidgeMap:
    """Look for ridges of 3 to 25 pixels in a uint8 picture (height, width)."""
    padded = _padded(grey.astype(np.float32))
    side, step = p.RIDGE_BLOCK, p.RIDGE_STEP
    view = np.lib.stride_tricks.sliding_window_view(padded, (side, side))[::step, ::step]
    window, band, radius = _tables()
    blocks = view - view.mean(axis=(2, 3), keepdims=True)
    power = np.abs(np.fft.rfft2(blocks * window)) ** 2
    contrast = blocks.std(axis=(2, 3))
    whole = power.sum(axis=(2, 3)) + np.float32(1e-6)
    rows, columns = power.shape[:2]
    flat = np.where(band, power, 0).reshape(rows, columns, -1)
    peak = flat.argmax(axis=2)
    clarity = _peak_share(power, peak) / whole
    ridged = (clarity >= p.RIDGE_CLARITY) & (contrast >= p.RIDGE_CONTRAST)
    if not ridged.any():
        return RidgeMap(ridged, 0.0, 0.0, step)
    frequency = _between_bins(power, peak, radius)
    return RidgeMap(ridged, float(1 / np.median(frequency[ridged])), float(clarity[ridged].mean()), step)


def resample(grey: Grey, scale: float) -> Grey:
    """The picture `scale` times as large, averaged when shrinking, cubic when enlarging."""
    if abs(scale - 1) < p.SAME_RESOLUTION:
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized: Grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
    return sized


def _padded(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Widened by its own edges so that whole blocks cover it."""
    side, step = p.RIDGE_BLOCK, p.RIDGE_STEP
    lack = [max(side - length, (side - length) % step) for length in picture.shape]
    return np.pad(picture, ((0, lack[0]), (0, lack[1])), mode="edge")


@cache
def _tables() -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]:
    """The block's window, the ridge band in its half spectrum, the frequency of each bin, cycles a pixel."""
    side = p.RIDGE_BLOCK
    hann = np.hanning(side + 2)[1:-1]
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    band = (radius >= 1 / p.RIDGE_PERIOD_MOST) & (radius <= 1 / p.RIDGE_PERIOD_LEAST)
    return np.outer(hann, hann).astype(np.float32), band, radius.astype(np.float32)


def _neighbours(power: NDArray[np.float32], peak: NDArray[np.intp]) -> NDArray[np.float32]:
    """(rows, columns, 3, 3): the spectrum around each block's peak."""
    rows, columns, high, wide = power.shape
    v, u = np.divmod(peak, wide)
    around = []
    for dv in (-1, 0, 1):
        for du in (-1, 0, 1):
            # Past either end of the half spectrum lies the conjugate of the mirrored bin.
            vv, uu = v + dv, u + du
            outside = (uu < 0) | (uu >= wide)
            uu = np.where(uu < 0, -uu, np.where(uu >= wide, 2 * (wide - 1) - uu, uu))
            vv = np.where(outside, -vv, vv) % high
            around.append(power[np.arange(rows)[:, None], np.arange(columns)[None], vv, uu])
    return np.stack(around, axis=-1).reshape(rows, columns, 3, 3)


def _peak_share(power: NDArray[np.float32], peak: NDArray[np.intp]) -> NDArray[np.float32]:
    share: NDArray[np.float32] = _neighbours(power, peak).sum(axis=(2, 3))
    return share


def _between_bins(
    power: NDArray[np.float32], peak: NDArray[np.intp], radius: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The frequency of each block's peak, cycles a pixel, as the centre of mass of the bins around it."""
    high, wide = radius.shape
    v, u = np.divmod(peak, wide)
    signed = np.where(v > high // 2, v - high, v).astype(np.float64)
    around = _neighbours(power, peak).astype(np.float64)
    total = around.sum(axis=(2, 3)) + 1e-12
    shift_v = (around[:, :, 2].sum(axis=2) - around[:, :, 0].sum(axis=2)) / total
    shift_u = (around[:, :, :, 2].sum(axis=2) - around[:, :, :, 0].sum(axis=2)) / total
    found: NDArray[np.float64] = np.hypot(signed + shift_v, u + shift_u) / high
    return np.maximum(found, 1 / p.RIDGE_BLOCK)
