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
        narrow: (n,) how much narrower eyes and mouth have become against the length of the face: the cosine
            of a turn, whatever turns.
        frontal: how many of the first frames show the frontal pose.
    """

    at: NDArray[np.float64]
    nose: Points
    tilt: NDArray[np.float64]
    place: Points
    size: NDArray[np.float64]
    narrow: NDArray[np.float64]
    frontal: int


def frontal(landmarks: Points) -> Points:
    """The mean of frontal frames (n, 5, 2), each upright, eye distance 1, the eyes' middle at (0, 0)."""
    return np.asarray(_upright(landmarks).mean(axis=0), np.float64)


def trace(at: NDArray[np.float64], landmarks: Points, frontal_frames: int) -> Trace:
    """Follow a head over frames (n, 5, 2), of which the first `frontal_frames` show it frontal."""
    front = frontal(landmarks[:frontal_frames])
    nose = (_rectified_noses(_upright(landmarks), front) - front[NOSE]) * np.array([1.0, -1.0])
    axes = landmarks[:, 1] - landmarks[:, 0]
    eye_distance = float(np.median(np.hypot(*axes.T)))
    down = landmarks[:, 3:].mean(axis=1) - landmarks[:, :2].mean(axis=1)
    # The eyes, the mouth, and the line from one to the other, turned by a right angle: they tilt together.
    level = axes + (landmarks[:, 4] - landmarks[:, 3]) + np.stack([down[:, 1], -down[:, 0]], axis=1)
    tilt = np.degrees(np.arctan2(level[:, 1], level[:, 0]))
    tilt -= np.median(tilt[:frontal_frames])
    size = np.log(_sizes(landmarks) / (_sizes(front[None])[0] * eye_distance))
    broad = (np.hypot(*axes.T) + np.hypot(*(landmarks[:, 4] - landmarks[:, 3]).T)) / np.hypot(*down.T)
    narrow = broad / np.median(broad[:frontal_frames])
    return Trace(at, nose, tilt, landmarks[:, :2].mean(axis=1) / eye_distance, size, narrow, frontal_frames)


def proper(landmarks: Points) -> NDArray[np.bool_]:
    """For frames (n, 5, 2), whether five points can be a face at all: eyes, mouth below, corners convex."""
    ring = landmarks[:, [0, 1, 4, 3]]
    edges = np.roll(ring, -1, axis=1) - ring
    after = np.roll(edges, -1, axis=1)
    cross = edges[..., 0] * after[..., 1] - edges[..., 1] * after[..., 0]
    longest = (edges**2).sum(axis=2).max(axis=1)
    return np.asarray((cross > 0.02 * longest[:, None]).all(axis=1) & (longest > 0), np.bool_)


def _upright(points: Points) -> Points:
    """Frames (n, 5, 2) turned and scaled so that the eyes lie at (-0.5, 0) and (0.5, 0)."""
    middle, axis = points[:, :2].mean(axis=1), points[:, 1] - points[:, 0]
    x, y = axis.T / (axis**2).sum(axis=1)
    turn = np.stack([np.stack([x, y], axis=1), np.stack([-y, x], axis=1)], axis=1)
    return np.asarray(np.einsum("nij,nkj->nki", turn, points - middle[:, None]), np.float64)


def _rectified_noses(source: Points, front: Points) -> Points:
    """Where noses land when a homography takes each frame's eyes and mouth to the frontal pose, (n, 2)."""
    plane = list(PLANE)
    x, y = source[:, plane, 0], source[:, plane, 1]
    u, v = front[plane, 0], front[plane, 1]
    rows = np.zeros((len(source), 8, 8))
    rows[:, 0::2, 0], rows[:, 0::2, 1], rows[:, 0::2, 2] = x, y, 1.0
    rows[:, 1::2, 3], rows[:, 1::2, 4], rows[:, 1::2, 5] = x, y, 1.0
    rows[:, 0::2, 6], rows[:, 0::2, 7] = -u * x, -u * y
    rows[:, 1::2, 6], rows[:, 1::2, 7] = -v * x, -v * y
    goal = np.broadcast_to(front[plane].reshape(8, 1), (len(source), 8, 1))
    h = np.concatenate([np.linalg.solve(rows, goal)[..., 0], np.ones((len(source), 1))], axis=1)
    nose = np.concatenate([source[:, NOSE], np.ones((len(source), 1))], axis=1)
    landed = np.einsum("nij,nj->ni", h.reshape(-1, 3, 3), nose)
    return np.asarray(landed[:, :2] / landed[:, 2:], np.float64)


def _sizes(points: Points) -> NDArray[np.float64]:
    """Faces' sizes (n,): the larger of the eyes' distance and eyes to mouth; a turn hardly changes it."""
    eyes = np.hypot(*(points[:, 1] - points[:, 0]).T)
    down = np.hypot(*(points[:, 3:].mean(axis=1) - points[:, :2].mean(axis=1)).T)
    return np.asarray(np.maximum(eyes, down), np.float64)
