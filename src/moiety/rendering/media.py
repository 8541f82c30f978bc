"""What attacks are presented on: paper, flat, bent or cut out, and screens with and without their frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.rendering import parameters
from moiety.rendering.head import ORIGIN, Head, Relief

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

_SIDE: Final = parameters.TEXTURE_SIDE
_AXIS: Final = (np.arange(_SIDE, dtype=np.float32)[None] - ORIGIN[:, None]) / parameters.TEXTURE_EYES
X, Y = np.meshgrid(_AXIS[0], _AXIS[1])
"""Place of each texel, in eye distances."""


def paper(head: Head, rng: np.random.Generator) -> Relief:
    """A flat print with its white margin."""
    texture, alpha = _sheet(_printed(head.texture, rng), rng)
    return _flat(texture, alpha)


def bent_paper(head: Head, rng: np.random.Generator) -> Relief:
    """A print bent round a cylinder of 75 to 250 mm radius, mostly an upright one."""
    texture, alpha = _sheet(_printed(head.texture, rng), rng)
    radius = float(rng.uniform(*parameters.BENT_RADIUS))
    return _bent(texture, alpha, radius, upright=float(rng.random()) < parameters.BENT_UPRIGHT)


def cut_out(head: Head, rng: np.random.Generator) -> Relief:
    """A print cut along the head's outline, without its neck, and slightly bent."""
    inside = (X / 1.35) ** 2 + ((Y - 0.35) / 2.0) ** 2 < 1
    alpha = cv2.GaussianBlur((inside & (head.alpha > 0.5)).astype(np.float32), (0, 0), 1.0)
    radius = float(rng.uniform(*parameters.CUT_OUT_RADIUS))
    return _bent(_printed(head.texture, rng), np.asarray(alpha, np.float32), radius, upright=True)


def screen(head: Head, rng: np.random.Generator, *, bezel: bool) -> Relief:
    """A screen that shows the picture; without its frame it fills the view."""
    shown = _displayed(head.texture, rng)
    if not bezel:
        return _flat(shown, np.ones((_SIDE, _SIDE), np.float32))
    half = rng.uniform((1.35, 1.8), (1.9, 2.3))
    across, down = np.abs(X), np.abs(Y - 0.3)
    rim = float(rng.uniform(0.08, 0.25))
    inside = (across < half[0]) & (down < half[1])
    device = (across < half[0] + rim) & (down < half[1] + rim)
    texture = np.where(inside[..., None], shown, np.full_like(shown, int(rng.integers(8, 40))))
    return _flat(np.asarray(texture, np.uint8), device.astype(np.float32))


def moire(rng: np.random.Generator, size: tuple[int, int]) -> Callable[[Pixels, float], Pixels]:
    """What the grid of a screen's pixels does to a camera's frames: coloured stripes that wander.

    Three in ten screens show none: too fine for the camera, or out of its focus.
    """
    depth = (
        0.0 if float(rng.random()) < parameters.MOIRE_NONE else float(rng.uniform(*parameters.MOIRE_DEPTH))
    )
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    gratings = []
    for _ in range(2):
        period, angle = float(rng.uniform(2.6, 14.0)), float(rng.uniform(0, np.pi))
        wave = (x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period)
        waves = np.cos(wave).astype(np.float32), np.sin(wave).astype(np.float32)
        gratings.append((waves, float(rng.uniform(-3, 3)), rng.uniform(0, 2 * np.pi, 3)))

    def over(frame: Pixels, at_ms: float) -> Pixels:
        if depth == 0.0:
            return frame
        factor = np.ones(frame.shape, np.float32)
        for (cosine, sine), speed, phases in gratings:
            for channel, phase in enumerate(phases + speed * at_ms / 1000.0):
                wave = np.float32(np.cos(phase)) * cosine - np.float32(np.sin(phase)) * sine
                factor[..., channel] += np.float32(depth / 2) * wave
        return np.asarray(np.clip(np.rint(frame * factor), 0, 255), np.uint8)

    return over


def _flat(texture: Pixels, alpha: Plane) -> Relief:
    return Relief(
        texture, np.zeros((_SIDE, _SIDE), np.float32), alpha, pivot=(0.0, 0.4, 0.0), reach=(2.6, -2.6)
    )


def _bent(texture: Pixels, alpha: Plane, radius: float, *, upright: bool) -> Relief:
    """A sheet on a cylinder: its depth, and its picture laid along the arc."""
    along = X if upright else Y - 0.4
    depth = np.sqrt(np.clip(radius**2 - along**2, 0, None)) - radius
    arc = radius * np.arcsin(np.clip(along / radius, -1, 1))
    across, down = (arc, Y) if upright else (X, arc + 0.4)
    columns = (across * parameters.TEXTURE_EYES + ORIGIN[0]).astype(np.float32)
    rows = (down * parameters.TEXTURE_EYES + ORIGIN[1]).astype(np.float32)
    seen = np.where(np.abs(along) < 0.98 * radius, alpha, 0).astype(np.float32)
    laid = cv2.remap(texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ends = cv2.remap(seen, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    ends = np.where(np.abs(along) < 0.98 * radius, ends, 0)
    pivot = (0.0, 0.4, -0.5 * min(radius, 1.0))
    return Relief(
        np.asarray(laid, np.uint8), depth.astype(np.float32), ends.astype(np.float32),
        pivot=pivot, reach=(2.2, -3.0),
    )  # fmt: skip


def _sheet(texture: Pixels, rng: np.random.Generator) -> tuple[Pixels, Plane]:
    """A picture on paper: a white margin around it, and where the paper ends."""
    half = rng.uniform((1.7, 2.0), (2.2, 2.4))
    across, down = np.abs(X), np.abs(Y - 0.3)
    picture = (across < half[0]) & (down < half[1])
    margin = float(rng.uniform(0.0, 0.25))
    sheet = (across < half[0] + margin) & (down < half[1] + margin)
    whole = np.where(picture[..., None], texture, np.full_like(texture, 235))
    return np.asarray(whole, np.uint8), sheet.astype(np.float32)


def _printed(texture: Pixels, rng: np.random.Generator) -> Pixels:
    """A printer's narrower range of tones and colours, and its dots."""
    tones = texture.astype(np.float32)
    grey = tones.mean(axis=2, keepdims=True)
    tones = grey + (tones - grey) * float(rng.uniform(0.6, 0.95))
    tones = float(rng.uniform(18, 40)) + tones * float(rng.uniform(0.72, 0.86))
    tones += 6.0 * rng.standard_normal(texture.shape, np.float32)
    soft = cv2.GaussianBlur(tones, (0, 0), float(rng.uniform(0.5, 1.0)))
    return np.asarray(np.clip(np.rint(soft), 0, 255), np.uint8)


def _displayed(texture: Pixels, rng: np.random.Generator) -> Pixels:
    """A screen's cold white, raised black, and the reflection of a lamp."""
    tones = texture.astype(np.float32) * np.array([0.94, 0.98, 1.06], np.float32)
    tones = float(rng.uniform(4, 22)) + tones * float(rng.uniform(0.85, 1.0))
    place = rng.uniform(-2, 2, 2)
    glare = np.exp(-(((X - place[0]) / 0.5) ** 2) - ((Y - place[1]) / 0.5) ** 2)
    tones += float(rng.uniform(0, 60)) * glare[..., None].astype(np.float32)
    return np.asarray(np.clip(np.rint(tones), 0, 255), np.uint8)
