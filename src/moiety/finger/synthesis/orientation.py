"""The flow of the ridges: an orientation field from loops and deltas.

The zero-pole model of Sherlock and Monro (1993) with the piecewise correction of Vizcaya and Gerhardt
(1996); arches, which have neither loop nor delta, follow the formula that SFinGe uses (Cappelli, 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis.parameters import CLASS_SHARES, CORE_ROW

FloatMap = npt.NDArray[np.float32]

_KNOTS = 8


@dataclass(frozen=True, slots=True)
class Pattern:
    """Class and singular points of one finger; points are (x, y) in pixels, y downward."""

    name: str
    loops: tuple[tuple[float, float], ...]
    deltas: tuple[tuple[float, float], ...]


def draw_pattern(rng: np.random.Generator, height: int, width: int, name: str | None = None) -> Pattern:
    """Draw a class by its natural share (or take `name`), and its loops and deltas."""
    if name is None:
        name = str(rng.choice(list(CLASS_SHARES), p=list(CLASS_SHARES.values())))
    x = width * (0.5 + rng.normal(0, 0.025))
    y = height * (CORE_ROW + rng.normal(0, 0.025))
    drop = height * rng.uniform(0.17, 0.27)
    aside = width * rng.uniform(0.24, 0.34)
    if name == "arch":
        return Pattern(name, (), ())
    if name == "tented-arch":
        return Pattern(name, ((x, y),), ((x + rng.normal(0, 0.01) * width, y + 0.75 * drop),))
    if name == "whorl":
        gap = height * rng.uniform(0.03, 0.13)
        lean = width * rng.normal(0, 0.03)
        other = width * rng.uniform(0.24, 0.34)
        loops = ((x - lean, y - gap / 2), (x + lean, y + gap / 2))
        return Pattern(name, loops, ((x - aside, y + drop), (x + other, y + drop * rng.uniform(0.85, 1.15))))
    side = 1.0 if name == "left-loop" else -1.0
    return Pattern(name, ((x, y),), ((x + side * aside, y + drop),))


def orientation_field(pattern: Pattern, rng: np.random.Generator, height: int, width: int) -> FloatMap:
    """Ridge orientation in radians, anticlockwise with y up, defined modulo pi; shape (height, width)."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    if pattern.name == "arch":
        theta = _arch(rng, xs / width, ys / height)
    else:
        theta = np.zeros((height, width), np.float32)
        for x, y in pattern.loops:
            theta += 0.5 * _corrected(np.arctan2(y - ys, xs - x), rng)
        for x, y in pattern.deltas:
            theta -= 0.5 * _corrected(np.arctan2(y - ys, xs - x), rng)
        # Towards the tip the ridges follow its outline, which the poles alone do not give.
        theta += 1.2 * (0.5 - xs / width) * np.exp(-((ys / (0.32 * height)) ** 2))
    return theta + _smooth_noise(rng, height, width, 0.09)


def _arch(rng: np.random.Generator, x: FloatMap, y: FloatMap) -> FloatMap:
    """A plain arch: flat at the joint, a bump in the middle, rounder towards the tip."""
    strength = np.float32(rng.uniform(1.1, 1.7))
    rise = strength * np.exp(-(((y - 0.45) / 0.33) ** 2)) + 0.9 * np.clip(0.45 - y, 0, None) * 2
    return np.asarray(np.arctan(rise * np.cos(np.pi * x)), np.float32)


def _corrected(angle: FloatMap, rng: np.random.Generator) -> FloatMap:
    """Vizcaya and Gerhardt's correction: bend the angle's progress round a singular point, keep its total."""
    at = np.linspace(-np.pi, np.pi, _KNOTS + 1)
    bend = rng.normal(0, 0.12, _KNOTS + 1)
    bend[-1] = bend[0]
    return (angle + np.interp(angle, at, bend)).astype(np.float32)


def _smooth_noise(rng: np.random.Generator, height: int, width: int, spread: float) -> FloatMap:
    """A smooth random surface with the given standard deviation, from a coarse grid of normal draws."""
    grid = rng.normal(0, spread, (6, 5)).astype(np.float32)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
