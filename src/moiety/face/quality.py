"""Measure what can make a face picture unfit, in units that do not depend on skin or on picture size.

The measures are inspired by ISO/IEC 29794-5:2025; they are not its reference implementation (OFIQ).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.face.align import outside
from moiety.face.detect import Face
from moiety.image import Image


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """What was measured on one face.

    Attributes:
        eye_distance: pixels between the eyes in the picture.
        detector_score: 0 to 1.
        nose_offset: how far the nose tip lies from the middle of the eyes, along the line of the eyes, in
            eye distances: 0 is frontal, 0.3 is a turn of about 25 degrees.
        outside: share of the face, 0 to 1, that the picture's edge cuts off.
        sharpness: detail that the face shows beyond noise and compression, in decibels (see `_sharpness`).
        noise: standard deviation of the noise on the face, in grey levels of the 112-pixel crop.
        shadows: share of the face's pixels, 0 to 1, that are clipped to black.
        lights: share of the face's pixels, 0 to 1, that are clipped to white.
    """

    eye_distance: float
    detector_score: float
    nose_offset: float
    outside: float
    sharpness: float
    noise: float
    shadows: float
    lights: float


def measures(quality: FaceQuality) -> dict[str, float]:
    """The measures by name, for evidence and reports."""
    return {field.name: float(getattr(quality, field.name)) for field in fields(FaceQuality)}


def assess(image: Image, face: Face, crop: NDArray[np.uint8]) -> FaceQuality:
    """All measures of one face; `crop` is its aligned picture, uint8 of shape (112, 112, 3)."""
    grey: NDArray[np.float32] = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = _noise(grey)
    inner = grey[parameters.INNER_FACE]
    return FaceQuality(
        eye_distance=face.eye_distance,
        detector_score=face.score,
        nose_offset=_nose_offset(face.landmarks),
        outside=outside(image, face.landmarks),
        sharpness=_sharpness(grey, noise),
        noise=noise,
        shadows=float(np.mean(inner <= parameters.BLACK)),
        lights=float(np.mean(inner >= parameters.WHITE)),
    )


def _nose_offset(landmarks: NDArray[np.float32]) -> float:
    right, left, nose = landmarks[0], landmarks[1], landmarks[2]
    axis = left - right
    length = float(np.hypot(*axis))
    if length <= 0:
        return 1.0
    return abs(float((nose - (right + left) / 2) @ axis)) / length**2


def _noise(grey: NDArray[np.float32]) -> float:
    """Noise by the median of the finest diagonal detail (Donoho and Johnstone 1994), in grey levels."""
    diagonal = (grey[0::2, 0::2] - grey[0::2, 1::2] - grey[1::2, 0::2] + grey[1::2, 1::2]) / 2
    return float(np.median(np.abs(diagonal))) / 0.6745


def _sharpness(grey: NDArray[np.float32], noise: float) -> float:
    """Fine detail against coarse detail on the face."""
    inner = parameters.INNER_FACE
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
    coarse = cv2.GaussianBlur(grey, (0, 0), 2.0) - cv2.GaussianBlur(grey, (0, 0), 5.0)
    signal = max(float(np.var(fine[inner])) - 0.6 * noise**2, 1e-3)
    return 10 * float(np.log10(signal / max(float(np.var(coarse[inner])), 1e-3)))
