"""Backgrounds for synthetic photographs: plain, cloth, a desk, clutter, leaves."""

from __future__ import annotations

import cv2
import numpy as np

from moiety.finger.synthesis.orientation import FloatMap
from moiety.finger.synthesis.scene import Scene

_SHRINK = 4


def background(scene: Scene, rng: np.random.Generator) -> FloatMap:
    """Linear light, float32, (height, width, 3): drawn at a quarter of the size, as it is out of focus."""
    height, width = scene.height // _SHRINK + 1, scene.width // _SHRINK + 1
    ground = rng.uniform(0.04, 0.55) * rng.uniform(0.75, 1.25, 3)
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = ground
    if scene.background == "cloth":
        _weave(canvas, rng)
    elif scene.background == "desk":
        _grain(canvas, rng)
        _things(canvas, rng, 6)
    elif scene.background == "clutter":
        _things(canvas, rng, 40)
    elif scene.background == "leaves":
        _leaves(canvas, rng)
    uneven = rng.normal(0, 0.13, (5, 4)).astype(np.float32)
    canvas *= 1 + cv2.resize(uneven, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.8, 2.5)))
    canvas *= 1 - 0.45 * scene.torch  # behind the hand the torch has fallen off
    large = cv2.resize(canvas, (scene.width, scene.height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(large, 0, 1), np.float32)


def _weave(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A woven cloth with stripes or checks."""
    height, width = canvas.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    u = xs * np.cos(angle) + ys * np.sin(angle)
    v = -xs * np.sin(angle) + ys * np.cos(angle)
    stripe = rng.uniform(20, 70)
    second = rng.uniform(0.02, 0.6, 3)
    share = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * u / stripe))
    if rng.random() < 0.5:
        share *= 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * v / stripe))
    canvas += (second.astype(np.float32) - canvas) * share[..., None].astype(np.float32)
    canvas *= (1 + 0.08 * np.sin(2 * np.pi * u / 3) * np.sin(2 * np.pi * v / 3))[..., None]


def _grain(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Wood: brown, with long waves."""
    height, width = canvas.shape[:2]
    canvas[:] = np.array([0.42, 0.24, 0.12]) * rng.uniform(0.5, 1.3)
    waves = cv2.resize(
        rng.normal(0, 1, (6, 40)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    canvas *= (1 + 0.12 * waves)[..., None]


def _things(canvas: FloatMap, rng: np.random.Generator, count: int) -> None:
    """Boxes, discs and rods of random colours, some of them the colour of skin."""
    height, width = canvas.shape[:2]
    for _ in range(count):
        colour = tuple(float(c) for c in rng.uniform(0.02, 0.75, 3))
        if rng.random() < 0.15:
            colour = (0.55, 0.3, 0.2)
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        size = int(rng.uniform(0.03, 0.16) * width)
        kind = int(rng.integers(3))
        if kind == 0:
            turned = cv2.boxPoints(((x, y), (size * 2, size), float(rng.uniform(0, 180))))
            cv2.fillPoly(canvas, [np.round(turned).astype(np.int32)], colour)
        elif kind == 1:
            cv2.circle(canvas, (x, y), size // 2, colour, -1)
        else:
            dx, dy = (int(v) for v in rng.normal(0, 3 * size, 2))
            cv2.line(canvas, (x, y), (x + dx, y + dy), colour, max(size // 5, 1))


def _leaves(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Overlapping green and brown ellipses, light and dark."""
    height, width = canvas.shape[:2]
    for _ in range(160):
        colour = np.array([0.12, 0.26, 0.06]) * rng.uniform(0.3, 2.2) + rng.uniform(0, 0.06, 3)
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.uniform(15, 60)), int(rng.uniform(6, 22)))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 360)), 0, 360, [float(c) for c in colour], -1)
