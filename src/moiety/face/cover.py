"""Tell whether something covers the eyes, or the nose and mouth, of an aligned face."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.models import weights

MODEL: Final = "cover-2026"

Crop = NDArray[np.uint8]
Features = NDArray[np.float32]

_CELL: Final = 8
_BINS: Final = 9


def measure_cover(crop: Crop) -> tuple[float, float, float]:
    """How likely an eye, both eyes, and the nose and mouth are covered, as log odds.

    Above 0 is likelier than not. Gradients of three patches go through a network of one hidden layer. It
    learnt on patches of random texture laid over faces, so it knows eyes and mouths, not what may hide them.
    The first is the higher of both eyes, the second their mean, which errs less: glasses and hair hide both.

    Args:
        crop: the aligned face, uint8 of shape (112, 112, 3).
    """
    right, left, mouth = describe_parts(crop)
    eyes = _odds("eye", right), _odds("eye", left)
    return max(eyes), sum(eyes) / 2, _odds("mouth", mouth)


def describe_parts(crop: Crop) -> tuple[Features, Features, Features]:
    """Gradient histograms: right eye and mirrored left eye, each float32 (720,), and mouth, float32 (1260,).

    After Dalal and Triggs (2005); histograms of gradients don't depend on brightness or on skin.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    mirrored = np.ascontiguousarray(grey[:, ::-1])
    return (
        _gradients(grey, parameters.COVER_EYE),
        _gradients(mirrored, parameters.COVER_EYE),
        _gradients(grey, parameters.COVER_MOUTH),
    )


def _gradients(grey: NDArray[Any], part: tuple[slice, slice]) -> Features:
    patch = np.ascontiguousarray(grey[part])
    size = (patch.shape[1], patch.shape[0])
    block, step = (2 * _CELL, 2 * _CELL), (_CELL, _CELL)
    found = cv2.HOGDescriptor(size, block, step, step, _BINS).compute(patch)
    return np.asarray(found, np.float32).ravel()


def _odds(part: str, features: Features) -> float:
    network = _network()
    hidden = np.maximum(features @ network[f"{part}_in"] + network[f"{part}_in_bias"], 0)
    return float(hidden @ network[f"{part}_out"] + network[f"{part}_out_bias"][0])


@lru_cache(maxsize=1)
def _network() -> dict[str, NDArray[np.float32]]:
    with np.load(io.BytesIO(weights(MODEL)), allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
