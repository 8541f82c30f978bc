"""Five backgrounds more, drawn after the finger finder was finished, to measure it on what it never saw."""

from __future__ import annotations

import cv2
import numpy as np

from moiety.finger.synthesis.orientation import FloatMap
from moiety.finger.synthesis.patterns import blobs, turned


def brick(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A wall of bricks, red, yellow or grey, rough, with pale mortar."""
    u, v = turned(canvas, rng)
    height = rng.uniform(28, 70)
    length = height * rng.uniform(2.2, 3.4)
    row = np.floor(v / height).astype(int)
    along = u + (row % 2) * length / 2
    which = row % 48, np.floor(along / length).astype(int) % 48
    clay = np.array([[0.42, 0.17, 0.1], [0.5, 0.36, 0.18], [0.3, 0.28, 0.26]])[rng.integers(3)]
    shade = rng.uniform(0.6, 1.3, (48, 48))[which]
    canvas[:] = clay * rng.uniform(0.6, 1.3) * shade[..., None]
    canvas *= np.clip(1 + 0.12 * blobs(canvas, rng, 2.5) + 0.1 * blobs(canvas, rng, 11), 0, 2)[..., None]
    gap = rng.uniform(3, 7)
    canvas[(v % height < gap) | (along % length < gap)] = rng.uniform(0.25, 0.6) * rng.uniform(0.9, 1.1, 3)


def bark(canvas: FloatMap, rng: np.random.Generator) -> None:
    """The bark of a tree: long dark furrows that run together and part."""
    u, v = turned(canvas, rng)
    across = u / rng.uniform(14, 40) + 0.9 * blobs(canvas, rng, rng.uniform(30, 70))
    furrow = np.abs(np.sin(np.pi * across + 0.6 * np.sin(v / rng.uniform(60, 160))))
    wood = np.array([0.36, 0.26, 0.18]) * rng.uniform(0.5, 1.5) * rng.uniform(0.85, 1.15, 3)
    canvas[:] = wood * (0.25 + 0.75 * furrow**0.6)[..., None]
    canvas *= np.clip(1 + 0.2 * blobs(canvas, rng, 3), 0, 2)[..., None]


def foil(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Crumpled foil or film: facets, each with a slope of light of its own, and bright creases."""
    height, width = canvas.shape[:2]
    count = int(rng.integers(40, 140))
    points = np.column_stack([rng.uniform(0, width, count), rng.uniform(0, height, count)]).astype(np.float32)
    ys, xs = np.mgrid[0:height:2, 0:width:2].astype(np.float32)
    distances = np.stack([(xs - x) ** 2 + (ys - y) ** 2 for x, y in points])
    order = np.argpartition(distances, 1, axis=0)[:2]
    nearest, second = (np.sqrt(np.take_along_axis(distances, order[k : k + 1], 0)[0]) for k in (0, 1))
    slope = rng.normal(0, 1, (count, 2))[order[0]]
    light = 0.4 + 0.004 * (
        slope[..., 0] * (xs - points[order[0], 0]) + slope[..., 1] * (ys - points[order[0], 1])
    )
    light += rng.uniform(-0.25, 0.25, count)[order[0]] + 0.5 * (np.abs(second - nearest) < 2)
    tint = rng.uniform(0.55, 1.0) * rng.uniform(0.75, 1.2, 3)
    sized = cv2.resize(np.clip(light, 0.02, 1).astype(np.float32), (width, height))
    canvas[:] = tint * sized[..., None]


def map_(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A printed map: areas of pale colours, winding lines, and a few thick roads."""
    canvas[:] = rng.uniform(0.55, 0.8, 3)
    field = blobs(canvas, rng, rng.uniform(60, 150))
    for low in np.arange(-1.5, 1.5, rng.uniform(0.35, 0.8)):
        canvas[(field > low) & (field < low + 0.4)] = rng.uniform(0.4, 0.85, 3)
    contour = np.abs((field * rng.uniform(4, 9)) % 1 - 0.5)
    canvas[contour < 0.06] *= rng.uniform(0.35, 0.7)
    for _ in range(int(rng.integers(2, 7))):
        u, v = turned(canvas, rng)
        road = np.abs(v - rng.uniform(0.1, 0.9) * v.max() - 30 * np.sin(u / rng.uniform(40, 140)))
        broad = rng.uniform(2, 7)
        canvas[road < broad + 1.5] = 0.12
        canvas[road < broad] = rng.uniform(0.3, 0.9, 3)


def blinds(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Slats of a blind with light between them, often of the breadth of a finger."""
    u, v = turned(canvas, rng)
    slat = rng.uniform(16, 60)
    across = (v % slat) / slat
    share = rng.uniform(0.55, 0.92)
    body = rng.uniform(0.08, 0.55) * rng.uniform(0.8, 1.2, 3)
    behind = rng.uniform(0.02, 0.9) * rng.uniform(0.8, 1.2, 3)
    round_ = 0.55 + 0.45 * np.sin(np.pi * np.clip(across / share, 0, 1))
    canvas[:] = np.where((across < share)[..., None], body * round_[..., None], behind)
    cord = np.abs(u % rng.uniform(120, 300) - 60) < 2
    canvas[cord] = body * 0.6
