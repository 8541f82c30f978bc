"""Backgrounds for synthetic photographs: five common ones, five more to tune on, ten to measure on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np

from moiety.finger.synthesis import background_later as later
from moiety.finger.synthesis.orientation import FloatMap
from moiety.finger.synthesis.patterns import blobs, turned
from moiety.finger.synthesis.scene import Scene

_SHRINK = 4


def background(scene: Scene, rng: np.random.Generator) -> FloatMap:
    """Linear light, float32, (height, width, 3): drawn at a quarter of the size, as it is out of focus."""
    height, width = scene.height // _SHRINK + 1, scene.width // _SHRINK + 1
    ground = rng.uniform(0.04, 0.55) * rng.uniform(0.75, 1.25, 3)
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = ground
    for paint in _PAINTERS[scene.background]:
        paint(canvas, rng)
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


def _things(canvas: FloatMap, rng: np.random.Generator, *, count: int) -> None:
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


def _cork(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Cork: grains of the colour of skin, light and dark."""
    canvas[:] = np.array([0.5, 0.31, 0.18]) * rng.uniform(0.4, 1.3) * rng.uniform(0.88, 1.12, 3)
    for size, depth in ((3.0, 0.16), (9.0, 0.14), (24.0, 0.1)):
        canvas *= (1 + depth * blobs(canvas, rng, size))[..., None]


def _pebbles(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Round stones, grey, brown and reddish, each lit from one side."""
    height, width = canvas.shape[:2]
    mean = rng.uniform(10, 34)
    for _ in range(int(1.6 * height * width / mean**2)):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), mean * rng.uniform(0.5, 1.2)
        colour = rng.uniform(0.08, 0.5) * (1 + rng.uniform(-0.05, 0.35) * np.array([1.0, 0.1, -0.6]))
        turn, flat = float(rng.uniform(0, 360)), rng.uniform(0.55, 0.95)
        for shrink, light in ((1.0, 0.45), (0.9, 0.85), (0.6, 1.1)):
            axes = (int(size * shrink / 2) + 1, int(size * flat * shrink / 2) + 1)
            at = (int(x - 0.1 * size * (1 - shrink)), int(y - 0.1 * size * (1 - shrink)))
            cv2.ellipse(canvas, at, axes, turn, 0, 360, [float(c) for c in colour * light], -1)


def _wicker(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Rods of willow, over and under, as broad as a finger or narrower."""
    u, v = turned(canvas, rng)
    rod = rng.uniform(12, 45)
    row = np.floor(v / rod)
    round_ = np.sqrt(np.clip(1 - (2 * (v % rod) / rod - 1) ** 2, 0, 1))
    over = 0.5 + 0.5 * np.sin(2 * np.pi * u / (rod * rng.uniform(2.5, 5)) + np.pi * row)
    shade = rng.uniform(0.8, 1.2, 64)[row.astype(int) % 64]
    willow = np.array([0.5, 0.33, 0.17]) * rng.uniform(0.4, 1.25) * rng.uniform(0.9, 1.1, 3)
    canvas[:] = willow * (shade * (0.35 + 0.65 * round_) * (0.55 + 0.45 * over))[..., None]


def _lights(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A room far behind the hand: soft slopes of light and large discs out of focus."""
    height, width = canvas.shape[:2]
    coarse = rng.uniform(0.02, 0.5, (3, 3, 3)).astype(np.float32)
    canvas[:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(4, 22))):
        disc = np.zeros((height, width), np.float32)
        at = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(disc, at, int(rng.uniform(0.03, 0.11) * width), 1.0, -1)
        soft = cv2.GaussianBlur(disc, (0, 0), float(rng.uniform(1, 5)))[..., None]
        canvas += soft * rng.uniform(0.05, 0.5) * np.array([1.0, 0.75, 0.5]) * rng.uniform(0.8, 1.2, 3)


def _carpet(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A deep pile of two colours in large curls, one of them often near to skin."""
    if rng.random() < 0.5:
        canvas[:] = np.array([0.5, 0.28, 0.2]) * rng.uniform(0.3, 1.3) * rng.uniform(0.9, 1.1, 3)
    curl = blobs(canvas, rng, rng.uniform(25, 70))
    canvas[np.abs(curl) < rng.uniform(0.1, 0.5)] = rng.uniform(0.03, 0.5, 3)
    for size, depth in ((1.5, 0.22), (5.0, 0.12)):
        canvas *= np.clip(1 + depth * blobs(canvas, rng, size), 0, 2)[..., None]


def _parquet(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Planks of light or dark wood, each of its own shade, with dark joints and a grain along them."""
    u, v = turned(canvas, rng)
    breadth, length = rng.uniform(35, 90), rng.uniform(200, 420)
    row = np.floor(v / breadth)
    shift = rng.uniform(0, length, 64)[row.astype(int) % 64]
    column = np.floor((u + shift) / length)
    shade = rng.uniform(0.75, 1.25, (64, 64))[row.astype(int) % 64, column.astype(int) % 64]
    fibre = np.sin(v * rng.uniform(0.6, 1.4) + 2.5 * np.sin(u / rng.uniform(30, 90) + 7 * shade) + 40 * shade)
    joint = (v % breadth < 1.5) | ((u + shift) % length < 1.5)
    light = (shade * (1 + 0.09 * fibre) * np.where(joint, 0.45, 1.0)).astype(np.float32)
    wood = np.array([0.5, 0.3, 0.16], np.float32) * np.float32(rng.uniform(0.35, 1.35))
    canvas[:] = wood * rng.uniform(0.9, 1.1, 3).astype(np.float32) * light[..., None]


def _tiles(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Glazed tiles with joints between them, now and then one of another colour."""
    u, v = turned(canvas, rng)
    side = rng.uniform(45, 170)
    which = np.floor(u / side).astype(int) % 32, np.floor(v / side).astype(int) % 32
    shade = rng.uniform(0.88, 1.12, (32, 32)).astype(np.float32)[which]
    second = rng.uniform(0.05, 0.7, 3).astype(np.float32)
    other = (rng.random((32, 32)) < 0.12)[which]
    canvas[other] = second
    canvas *= shade[..., None]
    joint = (u % side < 3) | (v % side < 3)
    canvas[joint] = np.float32(rng.uniform(0.05, 0.6))


def _stone(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Polished granite: grains of three colours, and a vein."""
    height, width = canvas.shape[:2]
    grains = rng.uniform(0.05, 0.6) * rng.uniform(0.7, 1.3, (3, 3))
    for colour in grains:
        coarse = (int(height / rng.uniform(2, 7)), int(width / rng.uniform(2, 7)))
        spots = cv2.resize(rng.random(coarse).astype(np.float32), (width, height)) > 0.62
        canvas[spots] = colour
    u, v = turned(canvas, rng)
    vein = np.abs(v - 0.5 * height + 40 * np.sin(u / rng.uniform(40, 120))) < rng.uniform(2, 9)
    canvas[vein] = canvas[vein] * 0.4 + 0.35


def _page(canvas: FloatMap, rng: np.random.Generator) -> None:
    """A printed page: lines of words, dark on white or yellowish paper, seen at any angle."""
    u, v = turned(canvas, rng)
    canvas[:] = np.array([0.72, 0.68, 0.6]) * rng.uniform(0.6, 1.15)
    height = rng.uniform(6, 16)
    line = np.floor(v / (2 * height)).astype(int)
    letter = np.floor(u / (0.55 * height)).astype(int)
    inked = rng.random((128, 512)) < 0.8
    strokes = np.sin(2 * np.pi * u / (0.3 * height)) + np.sin(2 * np.pi * v / (0.6 * height) + letter) > -0.4
    ink = (v % (2 * height) < height) & inked[line % 128, letter % 512] & strokes
    canvas[ink] = rng.uniform(0.02, 0.2)


def _knit(canvas: FloatMap, rng: np.random.Generator) -> None:
    """Knitted wool: columns of slanting stitches, bands of a second colour."""
    u, v = turned(canvas, rng)
    stitch = rng.uniform(10, 26)
    slant = v + 0.8 * np.abs(u % stitch - stitch / 2)
    light = (
        0.75 + 0.25 * np.sin(2 * np.pi * slant / (0.8 * stitch)) * np.cos(np.pi * (u % stitch) / stitch) ** 2
    )
    band = np.sin(2 * np.pi * slant / (stitch * rng.uniform(6, 20))) > rng.uniform(0.2, 1.1)
    canvas[band] = rng.uniform(0.03, 0.55, 3)
    canvas *= light.astype(np.float32)[..., None]


_Painter = Callable[[FloatMap, np.random.Generator], None]
_PAINTERS: Mapping[str, tuple[_Painter, ...]] = {
    "plain": (),
    "cloth": (_weave,),
    "desk": (_grain, partial(_things, count=6)),
    "clutter": (partial(_things, count=40),),
    "leaves": (_leaves,),
    "cork": (_cork,),
    "pebbles": (_pebbles,),
    "wicker": (_wicker,),
    "lights": (_lights,),
    "carpet": (_carpet,),
    "parquet": (_parquet,),
    "tiles": (_tiles,),
    "stone": (_stone,),
    "page": (_page,),
    "knit": (_knit,),
    "brick": (later.brick,),
    "bark": (later.bark,),
    "foil": (later.foil,),
    "map": (later.map_,),
    "blinds": (later.blinds,),
}
