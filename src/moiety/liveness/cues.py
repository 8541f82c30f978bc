"""Traces that a screen or a sheet leaves in the pixels: a regular pattern on the face, a frame around it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.liveness import parameters
from moiety.liveness.challenge import Challenge

_SIDE: Final = parameters.PATTERN_SIDE
_ACROSS: Final = np.fft.rfftfreq(_SIDE)[None, :]
_DOWN: Final = np.fft.fftfreq(_SIDE)[:, None]
_RADIUS: Final = np.hypot(_ACROSS, _DOWN)
_RING: Final = np.rint(_RADIUS * _SIDE / 2).astype(int)
# JPEG's blocks and straight edges along the picture's axes are no screen's pattern.
_LOOKED_AT: Final = (
    (_RADIUS > parameters.PATTERN_LOWEST)
    & (_RADIUS < 0.5)
    & (np.abs(_ACROSS) > parameters.PATTERN_OFF_AXIS)
    & (np.abs(_DOWN) > parameters.PATTERN_OFF_AXIS)
)
_WINDOW: Final = np.outer(np.hanning(_SIDE), np.hanning(_SIDE)).astype(np.float32)


def spectrum_of(rgb: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The logarithm of a face's spectrum: `rgb` uint8 (height, width, 3), `landmarks` (5, 2) in its pixels.

    None where the frame is too small.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < _SIDE:
        return None
    middle = landmarks.mean(axis=0)
    left = int(np.clip(round(float(middle[0])) - _SIDE // 2, 0, width - _SIDE))
    top = int(np.clip(round(float(middle[1])) - _SIDE // 2, 0, height - _SIDE))
    patch = rgb[top : top + _SIDE, left : left + _SIDE].astype(np.float32)
    grey = patch @ np.array([0.299, 0.587, 0.114], np.float32)
    spectrum = np.abs(np.fft.rfft2((grey - grey.mean()) * _WINDOW)) ** 2
    return np.asarray(np.log(spectrum + 1e-3), np.float64)


class Patterns:
    """The mean spectrum of the face over a capture; a screen's grid stands out of it as a peak.

    A screen's stripes wander from frame to frame and keep their direction and distance, so their power adds
    up, while skin, noise and edges level out.
    """

    def __init__(self) -> None:
        self._sum = np.zeros(_RADIUS.shape)
        self._count = 0

    def add(self, spectrum: NDArray[np.float64] | None) -> None:
        """Take in a frame's spectrum (`spectrum_of`)."""
        if spectrum is None:
            return
        self._sum += spectrum
        self._count += 1

    def strength(self) -> float | None:
        """How far the highest peak stands out of its ring of equal frequency, in robust deviations."""
        if self._count < parameters.PATTERN_LEAST:
            return None
        mean = self._sum / self._count
        peak = 0.0
        for ring in range(int(_RING[_LOOKED_AT].min()), int(_RING[_LOOKED_AT].max()) + 1):
            values = mean[(ring == _RING) & _LOOKED_AT]
            if len(values) < 8:
                continue
            middle = float(np.median(values))
            spread = 1.4826 * float(np.median(np.abs(values - middle)))
            peak = max(peak, (float(values.max()) - middle) / max(spread, 0.05))
        return peak


class Traces:
    """What a screen or a sheet leaves in the pixels of a capture, whenever it was held up.

    Each part of the challenge is looked at by itself, and the strongest trace counts: what is held up for the
    frames that are compared would be lost in a mean over all.
    """

    def __init__(self, challenge: Challenge) -> None:
        self._first_ms = float(challenge.moves[0].onset_ms)
        self._last_ms = float(challenge.steps[-1].onset_ms + parameters.SETTLED_MS)
        self._patterns = {part: Patterns() for part in ("all", "first", "last")}
        self._sides: dict[str, list[int]] = {"first": [], "last": []}

    def add(self, at_ms: float, rgb: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> None:
        """Take in a frame, uint8 (height, width, 3), with its landmarks (5, 2) in pixels."""
        first, last = at_ms <= self._first_ms, at_ms >= self._last_ms
        part = "first" if first else "last" if last else None
        spectrum = spectrum_of(rgb, landmarks)
        for name in ("all", *([] if part is None else [part])):
            self._patterns[name].add(spectrum)
        if part is not None:
            self._sides[part].append(sides(rgb, landmarks))

    def moire(self) -> float | None:
        """The strongest pattern of the whole capture and of each of its ends; None where none was seen."""
        found = [one.strength() for one in self._patterns.values()]
        return max((one for one in found if one is not None), default=None)

    def bezel(self) -> float | None:
        """How many straight edges frame the face, at the end that has more of them."""
        return max((float(np.mean(one)) for one in self._sides.values() if one), default=None)


def sides(rgb: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> int:
    """On how many sides, 0 to 4, a long straight edge lies close to the face, as around a screen or a sheet.

    `rgb` is uint8 (height, width, 3), `landmarks` (5, 2) in its pixels.
    """
    scale = 320 / rgb.shape[1]
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    points = landmarks * min(scale, 1.0)
    eyes = float(np.hypot(*(points[1] - points[0])))
    middle = points.mean(axis=0)
    edges = cv2.Canny(cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2GRAY), 40, 110)
    lines = cv2.HoughLinesP(
        edges, 1, np.pi / 180, 30, minLineLength=parameters.BEZEL_LENGTH * eyes, maxLineGap=4
    )
    if lines is None:
        return 0
    found = set()
    for x1, y1, x2, y2 in lines.reshape(-1, 4).astype(float):
        side = _side(np.array([x1, y1]) - middle, np.array([x2, y2]) - middle, eyes)
        if side is not None:
            found.add(side)
    return len(found)


def _side(start: NDArray[np.float64], end: NDArray[np.float64], eyes: float) -> int | None:
    """Which side of the face a segment bounds, given from the face's middle; None where it bounds none."""
    along = end - start
    upright = abs(along[1]) > abs(along[0])
    axis = 1 if upright else 0
    lean = abs(along[1 - axis]) / max(abs(along[axis]), 1e-9)
    if lean > parameters.BEZEL_LEAN:
        return None
    away = float((start[1 - axis] + end[1 - axis]) / 2) / eyes
    low, high = parameters.BEZEL_AWAY[axis]
    passes = min(start[axis], end[axis]) < 0.8 * eyes and max(start[axis], end[axis]) > -0.8 * eyes
    if not passes or not low <= abs(away) <= high:
        return None
    return 2 * axis + int(away > 0)
