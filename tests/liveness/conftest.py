"""Heads of five points that follow a challenge: what the judge is given, without pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.liveness import Challenge, Observation
from moiety.liveness.parameters import RELIEF_CORNER, RELIEF_EYES, RELIEF_NOSE, RELIEF_SIDE
from moiety.rendering.head import Pose, rotation
from moiety.rendering.performance import frame_times, perform

HEAD = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.6, 0.5], [-0.38, 1.1, 0], [0.38, 1.1, 0]], np.float64)
"""Five landmarks in eye distances, the nose before the plane of the others."""

Act = Callable[..., list[Observation]]


def project(pose: Pose, depth: float = 1.0) -> NDArray[np.float64]:
    """The five points of a pose in picture widths; `depth` 0 is a flat picture."""
    points = HEAD * (1, 1, depth)
    pivot = np.array([0, 0.6, -1.4 * depth])
    turned = (points - pivot) @ rotation(pose).T + pivot
    near = 8.0 / (8.0 - turned[:, 2:])
    return np.asarray(np.array([0.5, 0.4]) + np.array(pose.shift) + turned[:, :2] * near * pose.eyes)


SKIN = np.clip(
    120 + 90 * cv2.GaussianBlur(np.random.default_rng(5).normal(size=(RELIEF_SIDE,) * 2), (0, 0), 1.5),
    0,
    255,
)
"""Spots and lines that a level face could have, grey."""


def levelled(
    yaw: float, depth: float = 1.0, bend: float = 0.0, skin: NDArray[np.float64] = SKIN
) -> NDArray[np.uint8]:
    """A level face turned by `yaw` degrees to its left: all but the nose stays, and it moves by its depth.

    `bend` is how strongly a sheet is bent round an upright line: it moves the middle against both sides.
    """
    rows, columns = np.mgrid[0:RELIEF_SIDE, 0:RELIEF_SIDE].astype(np.float32)
    x, y = columns / RELIEF_EYES + RELIEF_CORNER[0], rows / RELIEF_EYES + RELIEF_CORNER[1]
    (nose_x, nose_y), (wide, tall) = RELIEF_NOSE
    nose = np.exp(-(((x - nose_x) / wide) ** 2) / 2 - ((y - nose_y) / tall) ** 2 / 2)
    moved = math.tan(math.radians(yaw)) * (0.35 * depth * nose - bend * x**2)
    turned = cv2.remap(
        skin.astype(np.float32), columns - (RELIEF_EYES * moved).astype(np.float32), rows, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(np.rint(turned), np.uint8)


def seen(
    at: Sequence[float], poses: Sequence[Pose], depth: float, noise: float, seed: int
) -> list[Observation]:
    """Observations of poses, with what a detector errs by."""
    rng = np.random.default_rng(seed)
    return [
        Observation(
            t,
            1,
            project(pose, depth) + rng.normal(0, noise * pose.eyes, (5, 2)),
            face=levelled(pose.yaw, depth),
        )
        for t, pose in zip(at, poses, strict=True)
    ]


@pytest.fixture(scope="session")
def act() -> Act:
    """Somebody, or something flat, that follows a challenge."""

    def follow(
        challenge: Challenge,
        *,
        seed: int = 0,
        depth: float = 1.0,
        rate: float = 8.0,
        noise: float = 0.01,
        until: float | None = None,
    ) -> list[Observation]:
        rng = np.random.default_rng(seed)
        times = frame_times(challenge.duration_ms if until is None else until, rate, rng)
        return seen(times, perform(challenge, times, rng), depth, noise, seed)

    return follow
