"""A print at 500 pixels an inch to its minutiae: the LEADER network, with our own preparation and reading.

Cappelli and Ferrara, "LEADER: Lightweight End-to-End Attention-Gated Dual Autoencoder for Robust Minutiae
Extraction", arXiv 2602.15493, 2026. It returns four values a pixel: position, direction, type, and the
position after suppression of all but the greatest, which serves as quality.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import ModelError
from moiety.finger import parameters as p
from moiety.finger.template import Minutiae
from moiety.models import weights
from moiety.models.runtime import onnxruntime

MODEL: Final = "leader-2026"

_SIZE_MULTIPLE: Final = 32
_ANGLE, _KIND, _QUALITY = 1, 2, 3
_lock = threading.Lock()


def find(grey: NDArray[np.uint8]) -> Minutiae:
    """The minutiae of one print, uint8 (height, width), 500 ppi, ridges dark; best first.

    All whose quality is at least `p.QUALITY_FLOOR`, in millimetres from the upper left corner.

    Raises:
        ModelError: the network cannot be loaded, or answers otherwise than it should.
    """
    height, width = grey.shape
    high, wide = (-(-length // _SIZE_MULTIPLE) * _SIZE_MULTIPLE for length in grey.shape)
    top, left = (high - height) // 2, (wide - width) // 2
    framed = np.full((1, high, wide, 1), _ground(grey), np.float32)
    framed[0, top : top + height, left : left + width, 0] = grey
    answer = _session().run(None, {"input": framed})[0]
    if answer.shape != (1, high, wide, 4):
        raise ModelError(f"The model {MODEL!r} gives an answer of another shape than it should.")
    return _read(answer[0, top : top + height, left : left + width])


def find_each(pictures: Sequence[NDArray[np.uint8]]) -> list[Minutiae]:
    """`find` for several prints, two at a time on one core each."""
    if len(pictures) < 2:
        return [find(one) for one in pictures]
    _session()
    with ThreadPoolExecutor(p.PRINTS_AT_ONCE) as pool:
        return list(pool.map(find, pictures))


def _ground(grey: NDArray[np.uint8]) -> float:
    """The grey level around the print: what the frame is filled with."""
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _read(answer: NDArray[np.float32]) -> Minutiae:
    y, x = np.nonzero(answer[..., _QUALITY] >= p.QUALITY_FLOOR)
    chosen = answer[y, x]
    order = np.argsort(-chosen[:, _QUALITY], kind="stable")
    return Minutiae(
        x=(x * p.MM_PER_PIXEL).astype(np.float64),
        y=(y * p.MM_PER_PIXEL).astype(np.float64),
        angle=chosen[:, _ANGLE].astype(np.float64) % (2 * np.pi),
        ending=chosen[:, _KIND] >= p.ENDING_LEAST,
        quality=np.clip(chosen[:, _QUALITY].astype(np.float64), 0, 1),
    ).take(order)


def _session() -> Any:  # onnxruntime is not typed
    with _lock:
        return _load()


@cache
def _load() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = p.NETWORK_THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(weights(MODEL), options, providers=["CPUExecutionProvider"])
    except ModelError:
        raise
    except Exception as error:  # onnxruntime raises its own kinds, all of which mean the same here
        raise ModelError(f"The model {MODEL!r} cannot be loaded.") from error
    if [one.name for one in session.get_inputs()] != ["input"]:
        raise ModelError(f"The model {MODEL!r} takes another input than it should.")
    return session
