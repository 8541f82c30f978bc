"""An operator's network that tells a face from a picture of one; none is shipped."""

from __future__ import annotations

import threading
from typing import Any, Final

import cv2
import numpy as np

from moiety.errors import ModelError
from moiety.face.detect import Face
from moiety.image import Image
from moiety.models import entry, weights

AROUND: Final = 2.7
"""Side of the square that the network sees, in sides of the face's box, as MiniFASNet was trained."""

BONA_FIDE: Final = 1
"""Which of several answers is the live person's, as in MiniFASNet; a single answer is their share."""

_local = threading.local()


def bona_fide(image: Image, face: Face, model: str) -> float:
    """What the network answers, 0 (attack) to 1 (bona fide).

    It is fed with a square around the face, red first, (pixel - 127.5) / 127.5, NCHW, of the side that its
    input states. Several answers are scores, put through a softmax.

    Raises:
        ModelError: no model of the role "presentation-attack", or its answer is not finite.
    """
    session = _session(model)
    about = session.get_inputs()[0]
    side = about.shape[-1] if isinstance(about.shape[-1], int) else 80
    half = AROUND * max(face.box[2:]) / 2
    scale = side / max(2 * half, 1.0)
    offset = side / 2 - scale * np.array(face.centre)
    matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
    patch = cv2.warpAffine(image.rgb, matrix, (side, side), flags=cv2.INTER_AREA)
    planes = ((patch.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]
    answer = np.asarray(session.run(None, {about.name: planes})[0], np.float64).ravel()
    if not answer.size or not np.isfinite(answer).all():
        raise ModelError(f"The model {model!r} gives no finite answer.")
    if answer.size == 1:
        return float(np.clip(answer[0], 0.0, 1.0))
    share = np.exp(answer - answer.max())
    return float(share[BONA_FIDE] / share.sum())


def _session(model: str) -> Any:
    """One session a thread and a model."""
    from moiety.models.runtime import onnxruntime  # an operator's network alone needs it here

    sessions: dict[str, Any] = _local.__dict__.setdefault("sessions", {})
    if model not in sessions:
        if entry(model).role != "presentation-attack":
            raise ModelError(f"The model {model!r} is no presentation attack detector.")
        sessions[model] = onnxruntime.InferenceSession(weights(model), providers=["CPUExecutionProvider"])
    return sessions[model]
