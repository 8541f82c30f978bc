"""Turn a face upright and to one size, so that the embedder sees eyes and mouth in fixed places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.image import Image


def align(image: Image, landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The face as a uint8 array of shape (112, 112, 3), red first.

    A similarity (turn, scale, shift) is fitted to the five landmarks in closed form (Umeyama 1991, without
    reflection) against the positions that the embedder was trained with.
    """
    matrix = similarity(landmarks)
    side = parameters.CROP_SIDE
    crop: NDArray[np.uint8] = cv2.warpAffine(image.rgb, matrix, (side, side), flags=cv2.INTER_LINEAR)
    return crop


def similarity(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """The 2x3 matrix that takes `landmarks` (5, 2) to the crop, least squares."""
    target = parameters.CROP_LANDMARKS
    source_mean, target_mean = landmarks.mean(axis=0, dtype=np.float64), target.mean(axis=0)
    source, goal = landmarks - source_mean, target - target_mean
    spread = float((source * source).sum())
    along = float((source * goal).sum()) / max(spread, 1e-9)
    across = float((source[:, 0] * goal[:, 1] - source[:, 1] * goal[:, 0]).sum()) / max(spread, 1e-9)
    turn = np.array([[along, -across], [across, along]])
    return np.hstack([turn, (target_mean - turn @ source_mean)[:, None]])


def outside(image: Image, landmarks: NDArray[np.float32]) -> float:
    """The share of the crop, 0 to 1, that lies outside the picture: a face cut off by the edge."""
    side = parameters.CROP_SIDE
    inverse = cv2.invertAffineTransform(similarity(landmarks))
    grid = np.stack(np.meshgrid(np.arange(0, side, 8), np.arange(0, side, 8)), axis=-1).reshape(-1, 2) + 4.0
    x, y = (grid @ inverse[:, :2].T + inverse[:, 2]).T
    inside = (x >= 0) & (y >= 0) & (x < image.width) & (y < image.height)
    return 1.0 - float(inside.mean())
