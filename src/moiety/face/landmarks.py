"""Landmarks of a face once more, from a crop of the size that the detector reads best."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.face.detect import Face, detect_at
from moiety.image import Image


def refine(image: Image, face: Face, turn: int) -> NDArray[np.float32]:
    """Landmarks (5, 2) of a face that was detected, in pixels of `image`.

    The detector's answers are quantised on a grid that is fixed to the picture, so that a small face's
    landmarks lean to one side. Each `turn` (a frame's number) shifts the crop on that grid, so that means
    over frames do not. Where the crop shows no face, the landmarks are returned as they were.
    """
    side = parameters.REFINE_SIDE
    points = face.landmarks.astype(np.float64)
    down = float(np.hypot(*(points[3:].mean(axis=0) - points[:2].mean(axis=0))))
    scale = side / (parameters.REFINE_SPAN * max(face.eye_distance, down, 1.0))
    shift = np.array(parameters.REFINE_SHIFTS[turn % len(parameters.REFINE_SHIFTS)], np.float64)
    offset = side / 2 - scale * points.mean(axis=0) + shift
    matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(image.rgb, matrix, (side, side), flags=way, borderMode=cv2.BORDER_REPLICATE)
    found = detect_at(Image(np.asarray(crop, np.uint8)), 1.0)
    if not found:
        return face.landmarks
    nearest = min(found, key=lambda one: float(np.abs(one.landmarks - side / 2 - shift).sum()))
    return np.asarray((nearest.landmarks - offset) / scale, np.float32)
