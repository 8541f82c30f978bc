"""Measure what can make a face picture unfit, in units that do not depend on skin or on picture size.

The measures are inspired by ISO/IEC 29794-5:2025; they are not its reference implementation (OFIQ).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.face.align import outside
from moiety.face.cover import measure_cover
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
        sharpness: fine detail against coarse, in the direction that shows least of it, in decibels: 0 is as
            crisp as the embedder's crop can be; blur, motion and enlargement lower it. Noise is taken off.
        noise: standard deviation of the noise on the face, in grey levels of the 112-pixel crop.
        flatness: share of the face's pixels, 0 to 1, that hardly differ from their neighbours: hard
            compression wipes out skin.
        shadows: share of the face's pixels, 0 to 1, that are clipped to black.
        lights: share of the face's pixels, 0 to 1, that are clipped to white.
        strength: length of the embedder's raw output, which falls with everything that hides a face, known
            causes or not (Meng et al. 2021, MagFace; measured for this model in docs/reference/face-gate.md).
            NaN until the face is embedded, and for models that were not measured.
        covered_eyes, covered_both, covered_mouth: log odds that something covers an eye, both eyes, or nose
            and mouth (`moiety.face.cover`).
        brightest: grey level, 0 to 255, that a hundredth of the face's pixels exceed.
    """

    eye_distance: float
    detector_score: float
    nose_offset: float
    outside: float
    sharpness: float
    noise: float
    flatness: float
    shadows: float
    lights: float
    strength: float = math.nan
    covered_eyes: float = math.nan
    covered_both: float = math.nan
    covered_mouth: float = math.nan
    brightest: float = math.nan


def measures(quality: FaceQuality) -> dict[str, float]:
    """The measures that were taken, by name, for evidence and reports."""
    taken = {field.name: float(getattr(quality, field.name)) for field in fields(FaceQuality)}
    return {name: value for name, value in taken.items() if math.isfinite(value)}


def assess(image: Image, face: Face, crop: NDArray[np.uint8]) -> FaceQuality:
    """All measures of one face; `crop` is its aligned picture, uint8 of shape (112, 112, 3)."""
    grey: NDArray[np.float32] = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = _noise(grey)
    inner = grey[parameters.INNER_FACE]
    eye, eyes, mouth = measure_cover(crop)
    return FaceQuality(
        eye_distance=face.eye_distance,
        detector_score=face.score,
        nose_offset=_nose_offset(face.landmarks),
        outside=outside(image, face.landmarks),
        sharpness=_sharpness(grey, noise),
        noise=noise,
        flatness=_flatness(inner),
        shadows=float(np.mean(inner <= parameters.BLACK)),
        lights=float(np.mean(inner >= parameters.WHITE)),
        covered_eyes=eye,
        covered_both=eyes,
        covered_mouth=mouth,
        brightest=float(np.percentile(inner, 99)),
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
    """Gradient energy of the finest octave against that two octaves up, each along its weakest direction."""
    first, second, fifth = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.0, 2.0, 5.0))
    fine = _weakest_energy(first - second) - parameters.NOISE_IN_FINE * noise**2
    coarse = _weakest_energy(second - fifth)
    return 10 * float(np.log10(max(fine, 1e-4) / max(coarse, 1e-4)))


def _weakest_energy(band: NDArray[np.float32]) -> float:
    """The smaller eigenvalue of the mean structure tensor: motion blurs one direction, not the other."""
    across = cv2.Sobel(band, cv2.CV_32F, 1, 0, ksize=3)[parameters.INNER_FACE] / 8
    down = cv2.Sobel(band, cv2.CV_32F, 0, 1, ksize=3)[parameters.INNER_FACE] / 8
    xx, yy, xy = (float(np.mean(a * b)) for a, b in ((across, across), (down, down), (across, down)))
    return (xx + yy) / 2 - math.hypot((xx - yy) / 2, xy)


def _flatness(inner: NDArray[np.float32]) -> float:
    """Share of pixels that differ by less than a grey level from the next to the right and the next below."""
    across = np.abs(np.diff(inner, axis=1))[:-1]
    down = np.abs(np.diff(inner, axis=0))[:, :-1]
    return float(np.mean((across < 1) & (down < 1)))
