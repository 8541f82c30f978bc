"""Heads of five points that follow a challenge: what the judge is given, without pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.liveness import Challenge, Observation
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


def seen(
    at: Sequence[float], poses: Sequence[Pose], depth: float, noise: float, seed: int
) -> list[Observation]:
    """Observations of poses, with what a detector errs by."""
    rng = np.random.default_rng(seed)
    return [
        Observation(t, 1, project(pose, depth) + rng.normal(0, noise * pose.eyes, (5, 2)))
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
