"""What backgrounds are drawn with: coordinates that lie at any angle, and smooth noise."""

from __future__ import annotations

import cv2
import numpy as np

from moiety.finger.synthesis.orientation import FloatMap


def turned(canvas: FloatMap, rng: np.random.Generator) -> tuple[FloatMap, FloatMap]:
    """Coordinates of a pattern that lies at any angle, from 0, in the canvas' pixels."""
    height, width = canvas.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    u = (xs * np.cos(angle) + ys * np.sin(angle)).astype(np.float32)
    v = (ys * np.cos(angle) - xs * np.sin(angle)).astype(np.float32)
    return u - u.min(), v - v.min()


def blobs(canvas: FloatMap, rng: np.random.Generator, size: float) -> FloatMap:
    """Smooth noise of unit spread, with details of about `size` pixels."""
    height, width = canvas.shape[:2]
    coarse = rng.normal(0, 1, (int(height / size) + 2, int(width / size) + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
