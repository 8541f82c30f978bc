"""What is around the face: a picture that is held up hides it on every side, within a moment."""

from __future__ import annotations

from collections import deque
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.liveness import parameters

Plane = NDArray[np.float32]

_WIDTH: Final = parameters.AROUND_WIDTH
_INNER, _OUTER = parameters.AROUND_ACROSS
_HIGHEST, _TOP, _LOWEST = parameters.AROUND_DOWN


class Surroundings:
    """How much changed around the face, of all moments the most.

    A turning head hides something else on one side of it. A sheet or a screen that comes up before a face
    changes what is seen on both sides and above. A camera that moves in the hand changes all of it too, but
    not at one moment alone. Only the small pictures of the last half second are held.
    """

    def __init__(self) -> None:
        self._held: deque[tuple[float, Plane, Plane, Plane]] = deque()
        self._changes: list[float] = []

    def add(self, at_ms: float, rgb: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> None:
        """Take in a frame, uint8 (height, width, 3), with its landmarks (5, 2) in its pixels."""
        small = _small(rgb)
        across, down = _from_face(small, landmarks * (_WIDTH / rgb.shape[1]))
        while len(self._held) > 1 and self._held[1][0] <= at_ms - parameters.AROUND_MS:
            self._held.popleft()
        if self._held and self._held[0][0] <= at_ms - parameters.AROUND_MS:
            _, before, *place = self._held[0]
            change = _change(small, before, [(across, down), (place[0], place[1])])
            if change is not None:
                self._changes.append(change)
        self._held.append((at_ms, small, across, down))

    def change(self) -> float | None:
        """The most that changed at once, in grey levels above what changes all the time.

        None where too little was seen around the face.
        """
        if len(self._changes) < parameters.AROUND_LEAST:
            return None
        usual = float(np.median(self._changes))
        return float(max(self._changes)) - parameters.AROUND_USUAL * usual


def _small(rgb: NDArray[np.uint8]) -> Plane:
    height = max(1, round(rgb.shape[0] * _WIDTH / rgb.shape[1]))
    small = cv2.resize(rgb, (_WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)


def _from_face(small: Plane, points: NDArray[np.float64]) -> tuple[Plane, Plane]:
    """How far each pixel lies from the face's middle, right and down, in eye distances; (1, w) and (h, 1)."""
    middle = points.mean(axis=0)
    eyes = float(np.hypot(*(points[1] - points[0])))
    down = float(np.hypot(*(points[3:].mean(axis=0) - points[:2].mean(axis=0))))
    size = max(eyes, down / parameters.AROUND_DOWN_TO_MOUTH, 1.0)  # a turned face's eyes come closer
    across = (np.arange(small.shape[1], dtype=np.float32) + 0.5 - middle[0]) / size
    below = (np.arange(small.shape[0], dtype=np.float32) + 0.5 - middle[1]) / size
    return np.asarray(across[None, :], np.float32), np.asarray(below[:, None], np.float32)


def _change(now: Plane, before: Plane, places: list[tuple[Plane, Plane]]) -> float | None:
    """How much a frame differs from one before: on the left, on the right and above, where it does least."""
    if now.shape != before.shape:
        return None
    free = np.ones(now.shape[:2], bool)
    left, right, above = np.zeros_like(free), np.zeros_like(free), np.zeros_like(free)
    for across, down in places:
        free &= ~((np.abs(across) < _INNER) & (down > _TOP) | (down > _LOWEST))
        level = (down > _HIGHEST) & (down < _LOWEST)
        left |= (across < -_INNER) & (across > -_OUTER) & level
        right |= (across > _INNER) & (across < _OUTER) & level
        above |= (np.abs(across) < _INNER) & (down < _TOP) & (down > _HIGHEST - parameters.AROUND_ABOVE)
    if free.sum() < parameters.AROUND_PIXELS:
        return None
    # A camera that makes everything brighter, or warmer, has not changed what it sees.
    gain = np.median((now[free] + 8.0) / (before[free] + 8.0), axis=0)
    differs = np.abs(now - before * np.clip(gain, *parameters.AROUND_GAIN).astype(np.float32)).mean(axis=2)
    sides = [differs[one & free] for one in (left, right, above)]
    seen = [float(np.median(one)) for one in sides if len(one) >= parameters.AROUND_PIXELS]
    return min(seen) if len(seen) > 1 else None
