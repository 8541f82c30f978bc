"""What a camera adds: a room behind, its lens, its noise, its compression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera in one light.

    Attributes:
        size: (width, height) of its frames.
        noise: standard deviation of its noise at mid grey, in grey levels.
        blur: standard deviation of its lens, in pixels at 320 pixels of width.
        gain: factors on red, green and blue.
        quality: JPEG quality of the frames that it hands out.
    """

    size: tuple[int, int]
    noise: float
    blur: float
    gain: tuple[float, float, float]
    quality: int

    def take(self, scene: Pixels, rng: np.random.Generator) -> Pixels:
        """One frame of a scene that has the camera's size."""
        seen = scene
        if self.blur > 0.05:
            seen = np.asarray(cv2.GaussianBlur(scene, (0, 0), self.blur * self.size[0] / 320), np.uint8)
        light = seen.astype(np.float32) * np.array(self.gain, np.float32)
        # Shot noise grows with the root of the light; a floor stays in the dark.
        spread = self.noise * np.sqrt(0.3 + light / 128.0)
        light += spread * _grain(light.shape[0], light.shape[1], rng)
        frame = np.clip(np.rint(light), 0, 255).astype(np.uint8)
        _, coded = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        opened: Pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
        return np.ascontiguousarray(opened[..., ::-1])


def camera(rng: np.random.Generator, size: tuple[int, int] = (320, 240)) -> Camera:
    """A camera drawn at random: noise 1.5 to 5 grey levels, light from warm to cold, JPEG 75 to 92."""
    warmth = float(rng.uniform(-0.08, 0.08))
    level = float(rng.uniform(0.7, 1.1))
    return Camera(
        size=size,
        noise=float(rng.uniform(1.5, 5.0)),
        blur=float(rng.uniform(0.2, 0.7)),
        gain=(level * (1 + warmth), level, level * (1 - warmth)),
        quality=int(rng.integers(75, 93)),
    )


def room(rng: np.random.Generator, size: tuple[int, int] = (320, 240)) -> Pixels:
    """A room to stand in front of: a wall with light on it, and a door, shelf, window or pictures."""
    width, height = size
    wall = _tone(rng)
    fall = np.linspace(float(rng.uniform(0.8, 1.0)), float(rng.uniform(1.0, 1.2)), width, dtype=np.float32)
    scene = np.tile((wall * fall[:, None])[None], (height, 1, 1))
    for _ in range(int(rng.integers(1, 6))):
        corner = rng.uniform(-0.2, 0.9, 2) * (width, height)
        extent = rng.uniform(0.1, 0.7, 2) * (width, height)
        first, second = corner.astype(int), (corner + extent).astype(int)
        tone = _tone(rng).tolist()
        line = int(rng.choice([-1, 2, 4]))
        cv2.rectangle(scene, tuple(first.tolist()), tuple(second.tolist()), tone, line)
    grain = cv2.resize(
        rng.standard_normal((height // 8, width // 8, 3), np.float32), size, interpolation=cv2.INTER_CUBIC
    )
    soft = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.4, 2.5)) * width / 320)
    return np.asarray(np.clip(np.rint(soft + 4 * grain), 0, 255), np.uint8)


@cache
def _bank(height: int, width: int) -> NDArray[np.float32]:
    """Noise to cut frames' noise from: drawing it anew for each takes longer than all the rest."""
    rng = np.random.default_rng(height * 10_000 + width)
    return rng.standard_normal((height + 97, width + 89, 3), np.float32)


def _grain(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    top, left = int(rng.integers(97)), int(rng.integers(89))
    return _bank(height, width)[top : top + height, left : left + width]


def _tone(rng: np.random.Generator) -> NDArray[np.float32]:
    """A wall's or a thing's colour: mostly grey."""
    tone = float(rng.uniform(35, 215)) + rng.normal(0, 14, 3)
    return np.asarray(np.clip(tone, 5, 250), np.float32)
