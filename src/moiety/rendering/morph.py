"""A picture between two people: their features brought to one place, and their pixels mixed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.rendering import parameters
from moiety.rendering.head import ORIGIN, Head

Pixels = NDArray[np.uint8]


def morph(one: Head, other: Head, share: float) -> Head:
    """A head whose picture is `share` of one person and the rest of another, 0 to 1.

    Eyes, nose and mouth meet between the two; a better morph follows more points than these five.
    """
    meeting = share * one.points + (1 - share) * other.points
    mixed = share * _moved(one, meeting) + (1 - share) * _moved(other, meeting)
    made = Head.__new__(Head)
    made.texture = np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)
    made.points = meeting
    nearer = one if share >= 0.5 else other
    made.depth, made.alpha, made.pivot, made.reach = nearer.depth, nearer.alpha, nearer.pivot, nearer.reach
    return made


def _moved(head: Head, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """The picture with its five landmarks at `points`; between them the shift fades with the distance."""
    side = parameters.TEXTURE_SIDE
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    x = (columns - np.float32(ORIGIN[0])) / np.float32(parameters.TEXTURE_EYES)
    y = (rows - np.float32(ORIGIN[1])) / np.float32(parameters.TEXTURE_EYES)
    weights = np.stack([np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 0.35**2)) for px, py in points])
    weights /= np.maximum(weights.sum(axis=0), 1.0)
    shift = (head.points - points) * parameters.TEXTURE_EYES
    across = columns + np.tensordot(shift[:, 0], weights, axes=1).astype(np.float32)
    down = rows + np.tensordot(shift[:, 1], weights, axes=1).astype(np.float32)
    moved = cv2.remap(
        head.texture, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(moved, np.float32)
