"""An aligned face to a unit vector: SFace as shipped, or an embedder that the operator registered."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import ModelError
from moiety.models import entry, weights

MODEL: Final = "sface-2021dec-int8bq"
ROLE: Final = "face-embedder"

Crop = NDArray[np.uint8]
Vector = NDArray[np.float32]

_local = threading.local()
_ahead: Final[dict[str, _Loader]] = {}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Embedding:
    """A unit vector, float32 of shape (dimensions,), and the length it had before (NaN: not measured)."""

    vector: Vector
    strength: float


def require_embedder(model: str) -> None:
    """Refuse a name that no face embedder has, before any picture is read.

    Raises:
        ModelError: there is no such model, or it is no face embedder.
    """
    if entry(model).role != ROLE:
        raise ModelError(f"The model {model!r} is no face embedder.", remedy="See: moiety models list.")


def embed(crop: Crop, model: str = MODEL) -> Embedding:
    """Embed a face aligned to (112, 112, 3), red first.

    Raises:
        ModelError: the model is no face embedder, or its output is not as its manifest entry says.
    """
    raw = _network(model)(crop)
    return Embedding(unit(raw), float(np.linalg.norm(raw)) if model == MODEL else math.nan)


def embed_with_mirror(crop: Crop, model: str = MODEL) -> Embedding:
    """The unit mean of a face's vector and its mirror image's, with the strength of the face as it is."""
    plain = embed(crop, model)
    mirrored = embed(np.ascontiguousarray(crop[:, ::-1]), model)
    return Embedding(unit(plain.vector + mirrored.vector), plain.strength)


def unit(row: Vector) -> Vector:
    """`row` scaled to length 1."""
    scaled: Vector = (row / max(float(np.linalg.norm(row)), 1e-12)).astype(np.float32)
    return scaled


def _network(model: str) -> Callable[[Crop], Vector]:
    """One network a thread and a model: OpenCV's recogniser keeps its buffers between calls."""
    networks: dict[str, Callable[[Crop], Vector]] = _local.__dict__.setdefault("networks", {})
    if model not in networks:
        networks[model] = _loaded_ahead(model) or (_sface() if model == MODEL else _operators(model))
    return networks[model]


def _loaded_ahead(model: str) -> Callable[[Crop], Vector] | None:
    """The network that `load_ahead` began to load, once it is there; to one thread only."""
    loader = _ahead.pop(model, None)
    if loader is None:
        return None
    loader.join()
    return loader.network


class _Loader(threading.Thread):
    """Loads the shipped network. No daemon: a process that ends early waits for it, not tears it down."""

    network: Callable[[Crop], Vector] | None = None

    def run(self) -> None:
        # Where it fails, whoever needs the network loads it again, and hears why.
        with contextlib.suppress(Exception):
            self.network = _sface()


def load_ahead() -> None:
    """Begin to load the shipped network; the first thread to embed takes it over.

    For commands that will need it once they have read the rest: OpenCV loads for 0.3 s without Python's lock.
    """
    _ahead[MODEL] = _Loader(name="load-ahead")
    _ahead[MODEL].start()


def _sface() -> Callable[[Crop], Vector]:
    network = cv2.FaceRecognizerSF.create(
        "onnx", np.frombuffer(weights(MODEL), np.uint8), np.empty(0, np.uint8)
    )

    def run(crop: Crop) -> Vector:
        feature: Vector = network.feature(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)).ravel().copy()
        return feature

    return run


def _operators(model: str) -> Callable[[Crop], Vector]:
    """An operator's network, fed as ArcFace networks are: red first, (pixel - 127.5) / 127.5, NCHW."""
    from moiety.models.runtime import onnxruntime  # an operator's network alone needs it; 0.1 s to import

    require_embedder(model)
    about = entry(model)
    session: Any = onnxruntime.InferenceSession(weights(model), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(crop: Crop) -> Vector:
        planes = ((crop.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]
        feature: Vector = np.asarray(session.run(None, {name: planes})[0], np.float32).ravel()
        if feature.size != about.dimensions:
            raise ModelError(f"The model {model!r} gives {feature.size} numbers, not {about.dimensions}.")
        return feature

    return run
