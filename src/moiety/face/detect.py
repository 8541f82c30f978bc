"""Find every face in a picture, with five landmarks each (YuNet)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import parameters
from moiety.image import Image
from moiety.models import weights

MODEL: Final = "yunet-2023mar-int8bq"

_local = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face, in pixels of the picture it was found in.

    Attributes:
        box: (left, top, width, height); may reach outside the picture.
        landmarks: float32 array of shape (5, 2): the person's right eye, left eye, nose tip, right and left
            corner of the mouth; x to the right, y down.
        score: the detector's score, 0 to 1.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float

    @property
    def eye_distance(self) -> float:
        """Distance between the centres of the eyes, in pixels."""
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of the box."""
        left, top, width, height = self.box
        return left + width / 2, top + height / 2


def detect(image: Image) -> list[Face]:
    """All faces in `image`, largest first.

    The picture is scaled so that its longer side lies between the two sizes in `parameters`; a picture in
    which nothing is found is searched once more at the smaller size, since a face that fills a large
    picture is beyond the network's receptive field.
    """
    scale = _scale(max(image.width, image.height))
    faces = detect_at(image, scale)
    if not faces and scale * max(image.width, image.height) > parameters.DETECT_SIDE_MIN:
        faces = detect_at(image, parameters.DETECT_SIDE_MIN / max(image.width, image.height))
    return sorted(faces, key=lambda face: -face.box[2] * face.box[3])


def _scale(side: int) -> float:
    if side > parameters.DETECT_SIDE_MAX:
        return parameters.DETECT_SIDE_MAX / side
    return max(1.0, parameters.DETECT_SIDE_MIN / side)


def detect_at(image: Image, scale: float) -> list[Face]:
    """The faces that are found in `image` when it is scaled by `scale`, in no order."""
    width, height = round(image.width * scale), round(image.height * scale)
    if min(width, height) < parameters.DETECT_SHORT_SIDE:
        return []
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = image.rgb if scale == 1 else cv2.resize(image.rgb, (width, height), interpolation=way)
    network = _network()
    network.setInputSize((width, height))
    _, rows = network.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    if rows is None:
        return []
    ratio = np.array([image.width / width, image.height / height], np.float32)
    return [_face(row, ratio) for row in rows if _possible(row, max(width, height))]


def _possible(row: NDArray[np.float32], side: int) -> bool:
    """Whether a row can be a face: on narrow pictures the network also answers with nonsense."""
    return bool(np.isfinite(row).all() and (row[2:4] > 0).all() and (np.abs(row[:14]) < 3 * side).all())


def _face(row: NDArray[np.float32], ratio: NDArray[np.float32]) -> Face:
    left, top, width, height = (row[:4] * np.tile(ratio, 2)).tolist()
    return Face((left, top, width, height), row[4:14].reshape(5, 2) * ratio, float(row[14]))


def _network() -> Any:
    """One network a thread: OpenCV's keeps its input size between calls, so threads must not share it."""
    if not hasattr(_local, "network"):
        _local.network = cv2.FaceDetectorYN.create(
            "onnx",
            np.frombuffer(weights(MODEL), np.uint8),
            np.empty(0, np.uint8),
            (parameters.DETECT_SIDE_MIN, parameters.DETECT_SIDE_MIN),
            parameters.DETECT_SCORE_FLOOR,
            parameters.DETECT_OVERLAP,
            parameters.DETECT_MOST,
        )
    return _local.network
