"""Where a presentation takes place: a camera before a room, and when it takes its frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.liveness.challenge import Challenge
from moiety.rendering.camera import Camera, camera, room
from moiety.rendering.head import Head, Pose
from moiety.rendering.performance import frame_times

Pixels = NDArray[np.uint8]
Frames = Iterator[tuple[float, Pixels]]
Present = Callable[[Head, Challenge, np.random.Generator], Frames]
"""A presentation of a person, by its challenge and what is drawn."""

_REFLECTED: Final = 0.14
"""How much of a face's light comes from the screen before it, in a room that is not bright."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A camera before a room, the times of its frames, and how the face is held while nothing is asked."""

    camera: Camera
    room: Pixels
    at_ms: list[float]
    frontal: Pose


def scene_of(challenge: Challenge, rng: np.random.Generator) -> Scene:
    """A scene drawn at random."""
    size = (320, 240)
    frontal = Pose(
        yaw=float(rng.normal(0, 3)),
        pitch=float(rng.normal(0, 4)),
        roll=float(rng.normal(0, 2)),
        shift=(float(rng.normal(0, 0.02)), float(rng.normal(-0.04, 0.01))),
        eyes=float(rng.uniform(0.13, 0.18)),
    )
    rate = float(rng.uniform(5.5, 10.0))
    return Scene(camera(rng, size), room(rng, size), frame_times(challenge.duration_ms, rate, rng), frontal)


def screen_light(challenge: Challenge, at: float) -> tuple[float, float, float] | None:
    """What the screen's colour does to what is near it."""
    shown = [one for one in challenge.flash if one.onset_ms <= at < one.onset_ms + one.hold_ms]
    if not shown:
        return None
    red, green, blue = (1 - _REFLECTED + _REFLECTED * 2 * value / 255 for value in shown[0].rgb)
    return red, green, blue
