"""How a person follows a challenge: reaction, turn, hold and sway, as poses over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.liveness.challenge import Challenge, Motion
from moiety.rendering.head import Pose

_AXES: Final[Mapping[str, tuple[float, float]]] = {
    "centre": (0.0, 0.0),
    "left": (1.0, 0.0),
    "right": (-1.0, 0.0),
    "tilt-left": (0.0, 1.0),
    "tilt-right": (0.0, -1.0),
}
"""Share of the reach in yaw and in roll."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one person moves.

    Attributes:
        reaction_ms: from the prompt to the first movement, median.
        move_ms: how long a movement takes, mean.
        yaw: how far they turn, degrees.
        roll: how far they tilt, degrees.
        sway: standard deviation of what they do besides, in degrees; the head also drifts by it.
    """

    reaction_ms: float
    move_ms: float
    yaw: float
    roll: float
    sway: float


def style(motion: Motion, rng: np.random.Generator) -> Style:
    """One person, drawn at random. No measured population: reaction times as for simple visual prompts."""
    slow = 1.0 if motion == "turn" else 1.7
    reach = (35.0, 22.0) if motion == "turn" else (18.0, 14.0)
    vary = np.clip(rng.standard_normal(4), -2, 2)
    return Style(
        reaction_ms=slow * 430 * float(np.exp(0.2 * vary[0])),
        move_ms=slow * 550 * float(np.exp(0.2 * vary[1])),
        yaw=reach[0] * (1 + 0.1 * float(vary[2])),
        roll=reach[1] * (1 + 0.1 * float(vary[3])),
        sway=1.0,
    )


def perform(
    challenge: Challenge, at_ms: Sequence[float], rng: np.random.Generator, *, how: Style | None = None,
    frontal: Pose | None = None,
) -> list[Pose]:  # fmt: skip
    """The pose at each time of a person who does as they are asked, starting from `frontal`."""
    how = style(challenge.motion, rng) if how is None else how
    rest = Pose() if frontal is None else frontal
    times = np.array(at_ms, np.float64)
    yaw, roll = np.zeros(len(times)), np.zeros(len(times))
    before = np.zeros(2)
    for step in challenge.steps[1:]:
        vary = np.clip(rng.standard_normal(4), -2, 2)
        target = np.array(_AXES[step.kind]) * (how.yaw, how.roll) * (1 + 0.06 * vary[2:])
        begins = step.onset_ms + how.reaction_ms * np.exp(0.15 * vary[0])
        part = _eased((times - begins) / (how.move_ms * np.exp(0.15 * vary[1])))
        yaw += (target[0] - before[0]) * part
        roll += (target[1] - before[1]) * part
        before = target
    sway = how.sway * np.stack([_drift(times, rng) for _ in range(6)])
    return [
        replace(
            rest,
            yaw=float(rest.yaw + yaw[i] + sway[0, i]),
            pitch=float(rest.pitch + 1.5 * sway[1, i] + 0.06 * abs(yaw[i])),
            roll=float(rest.roll + roll[i] + sway[2, i]),
            shift=(rest.shift[0] + 0.006 * float(sway[3, i]), rest.shift[1] + 0.006 * float(sway[4, i])),
            eyes=rest.eyes * float(np.exp(0.015 * sway[5, i])),
        )
        for i in range(len(times))
    ]


def frame_times(duration_ms: float, rate: float, rng: np.random.Generator) -> list[float]:
    """Times of a camera's frames, `rate` a second with a jitter of a tenth of their distance."""
    step = 1000.0 / rate
    count = int(duration_ms / step)
    jitter = np.clip(rng.standard_normal(count), -2, 2) * 0.1 * step
    times = (np.arange(count) + 0.5) * step + jitter
    return [float(one) for one in times]


def _eased(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimum-jerk movement from 0 to 1 (Flash and Hogan 1985)."""
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u**3 * (10 - 15 * u + 6 * u**2), np.float64)


def _drift(times: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A slow random movement of unit variance that forgets itself within about a second."""
    kept = np.exp(-np.diff(times, prepend=-np.inf) / 1000.0).tolist()
    pushed = rng.standard_normal(len(times)).tolist()
    values, value = [], 0.0
    for share, push in zip(kept, pushed, strict=True):
        value = share * value + (1 - share**2) ** 0.5 * push
        values.append(value)
    return np.array(values, np.float64)
