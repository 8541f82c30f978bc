"""How a head turned, from five landmarks: what is left once all that a flat picture can do is taken off.

The eyes and the corners of the mouth lie in one plane. The homography that takes them from a frame back to
the frontal pose takes the nose of a flat picture back as well, however it is held. The nose of a head stands
before that plane, and lands beside its place by its depth times the tangent of the turn: "plane plus
parallax" (Irani and Anandan 1996). So one measure tells the turn, its direction, and that there is depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

PLANE = (0, 1, 3, 4)
NOSE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A head's movement over n frames.

    Attributes:
        at: (n,) milliseconds.
        nose: (n, 2) displacement of the rectified nose, to the person's left and up, in eye distances. Up
            and down are hardly usable: YuNet's nose follows a nod by a third of what it should.
        tilt: (n,) tilt towards the person's left shoulder, in degrees.
        place: (n, 2) middle of the eyes, in eye distances of the frontal pose.
        size: (n,) logarithm of the face's size against the frontal pose.
    """

    at: NDArray[np.float64]
    nose: Points
    tilt: NDArray[np.float64]
    place: Points
    size: NDArray[np.float64]


def frontal(landmarks: Points) -> Points:
    """The mean of frontal frames (n, 5, 2), each upright, eye distance 1, the eyes' middle at (0, 0)."""
    return np.asarray(np.mean([_upright(one) for one in landmarks], axis=0), np.float64)


def trace(at: NDArray[np.float64], landmarks: Points, frontal_frames: int) -> Trace:
    """Follow a head over frames (n, 5, 2), of which the first `frontal_frames` show it frontal."""
    front = frontal(landmarks[:frontal_frames])
    back = np.stack([_rectified_nose(one, front) for one in landmarks])
    nose = (back - front[NOSE]) * np.array([1.0, -1.0])
    eye_distance = float(np.median([np.hypot(*(one[1] - one[0])) for one in landmarks]))
    size = np.log([_size(one) for one in landmarks]) - np.log(_size(front) * eye_distance)
    axes = landmarks[:, 1] - landmarks[:, 0]
    tilt = np.degrees(np.arctan2(axes[:, 1], axes[:, 0]))
    tilt -= np.median(tilt[: max(1, frontal_frames)])
    return Trace(at, nose, tilt, landmarks[:, :2].mean(axis=1) / eye_distance, size)


def proper(landmarks: Points) -> bool:
    """Whether five points can be a face at all: finite, mouth below the eyes, the four corners convex."""
    if landmarks.shape != (5, 2) or not np.isfinite(landmarks).all():
        return False
    ring = landmarks[[0, 1, 4, 3]]
    edges = np.roll(ring, -1, axis=0) - ring
    cross = edges[:, 0] * np.roll(edges, -1, axis=0)[:, 1] - edges[:, 1] * np.roll(edges, -1, axis=0)[:, 0]
    longest = float((edges**2).sum(axis=1).max())
    return bool((cross > 0.02 * longest).all())


def _upright(points: Points) -> Points:
    right, left = points[0], points[1]
    axis = left - right
    matrix = np.array([[axis[0], axis[1]], [-axis[1], axis[0]]]) / float(axis @ axis)
    return np.asarray((points - (right + left) / 2) @ matrix.T, np.float64)


def _rectified_nose(points: Points, front: Points) -> Points:
    """Where a frame's nose lands when its eyes and mouth are taken to the frontal pose by a homography."""
    source, target = _upright(points), front
    rows = []
    for i in PLANE:
        (x, y), (u, v) = source[i], target[i]
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    goal = target[list(PLANE)].reshape(8)
    try:
        h = np.append(np.linalg.solve(np.array(rows), goal), 1.0).reshape(3, 3)
    except np.linalg.LinAlgError:
        return np.full(2, np.nan)
    x, y, w = h @ np.append(source[NOSE], 1.0)
    return np.array([x / w, y / w])


def _size(points: Points) -> float:
    """A face's size: the larger of the eyes' distance and eyes to mouth; a turn hardly changes it."""
    eyes = float(np.hypot(*(points[1] - points[0])))
    down = float(np.hypot(*(points[3:].mean(axis=0) - points[:2].mean(axis=0))))
    return max(eyes, down)
