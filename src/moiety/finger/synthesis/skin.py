"""One finger under light: its outline, roundness, ridges, creases, nail and what it wears."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.anatomy import Digit
from moiety.finger.synthesis.master import MasterPrint
from moiety.finger.synthesis.orientation import FloatMap
from moiety.finger.synthesis.scene import Scene


@dataclass(frozen=True, slots=True)
class Patch:
    """A finger drawn over a rectangle of the picture: `colour` (h, w, 3) linear, `cover` (h, w) in [0, 1]."""

    left: int
    top: int
    colour: FloatMap
    cover: FloatMap


@dataclass(frozen=True, slots=True)
class _Surface:
    """Coordinates over the patch, millimetres: `along` from the base, `across` to the right of the axis;
    `half` is the half breadth there and `aside` = across / half; `arc_along`, `arc_across` on the skin."""

    along: FloatMap
    across: FloatMap
    half: FloatMap
    aside: FloatMap
    arc_along: FloatMap
    arc_across: FloatMap


def draw_finger(
    scene: Scene, digit: Digit, master: MasterPrint, base_colour: FloatMap, rng: np.random.Generator
) -> Patch | None:
    """Draw one finger, or None if it lies outside the frame."""
    bounds = _bounds(scene, digit)
    if bounds is None:
        return None
    surface = _surface(scene, digit, bounds)
    cover = np.clip((1 - np.abs(surface.aside)) * surface.half * scene.scale + 0.5, 0, 1)
    cover = (cover * (surface.along > -6)).astype(np.float32)
    light, shine = _light(scene, digit, surface, rng)
    pad = scene.view == "palm" and digit.held_out
    relief = _relief(scene, digit, master, surface, rng) if pad else _wrinkles(digit, surface, rng)
    colour = base_colour * (light * relief)[..., None]
    if pad:
        warmth = np.clip((surface.arc_along - digit.length + digit.distal) / digit.distal, 0, 1)[..., None]
        colour *= 1 - warmth * np.array([-0.02, 0.07, 0.06], np.float32)
    _dress(scene, digit, surface, colour, light)
    cover = np.maximum(cover, _nail_edge(scene, digit, surface, colour, light))
    if scene.wet > 0:
        shine = shine + _drops(scene, surface, rng)
    colour += shine[..., None]
    return Patch(bounds[0], bounds[1], np.asarray(colour, np.float32), np.asarray(cover, np.float32))


def _bounds(scene: Scene, digit: Digit) -> tuple[int, int, int, int] | None:
    """The part of the picture that the finger can touch: left, top, right, bottom."""
    ends = np.array([digit.at(-7, scene.scale)[0], digit.at(digit.length + 5, scene.scale)[0]])
    reach = (digit.breadth * 0.75 + abs(digit.bend) * digit.length / 8) * scene.scale + 4
    left, top = (int(v) for v in np.floor(ends.min(0) - reach))
    right, bottom = (int(v) for v in np.ceil(ends.max(0) + reach))
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, scene.width), min(bottom, scene.height)
    return (left, top, right, bottom) if right - left > 2 and bottom - top > 2 else None


def _surface(scene: Scene, digit: Digit, bounds: tuple[int, int, int, int]) -> _Surface:
    left, top, right, bottom = bounds
    ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
    dx = (xs - np.float32(digit.base[0])) / np.float32(scene.scale)
    dy = (ys - np.float32(digit.base[1])) / np.float32(scene.scale)
    ax, ay = np.float32(digit.axis[0]), np.float32(digit.axis[1])
    along = dx * ax + dy * ay
    across = -dx * ay + dy * ax - np.float32(digit.bend / (2 * digit.length)) * along * along
    cap = digit.cap * digit.breadth
    into_cap = np.clip((along - (digit.length - cap)) / cap, 0, 1)
    full = 0.5 * digit.breadth * _profile(digit, along)
    half = full * np.sqrt(np.clip(1 - into_cap**2.4, 1e-6, 1))
    aside = across / np.maximum(half, 1e-3)
    arc_across = full * 0.92 * np.arcsin(np.clip(across / full, -1, 1))
    arc_along = np.where(
        into_cap > 0, digit.length - cap + 0.85 * cap * np.arcsin(into_cap * np.float32(0.999)), along
    )
    return _Surface(along, across, half, aside, arc_along.astype(np.float32), arc_across.astype(np.float32))


def _profile(digit: Digit, along: FloatMap) -> FloatMap:
    """Breadth along the finger relative to its last joint: thicker at the base, swollen at joints and pad."""
    last = digit.length - digit.distal
    middle = 0.45 * digit.length
    wide = 1.0 + 0.16 * np.clip(1 - along / max(last, 1.0), 0, 1)
    wide += 0.05 * np.exp(-(((along - middle) / 6) ** 2))
    wide += 0.03 * np.exp(-(((along - last) / 3.5) ** 2))
    wide += 0.04 * np.exp(-(((along - last - 0.45 * digit.distal) / 7) ** 2))
    return np.asarray(wide, np.float32)


def _light(
    scene: Scene, digit: Digit, surface: _Surface, rng: np.random.Generator
) -> tuple[FloatMap, FloatMap]:
    """Diffuse light and specular shine over the finger, linear."""
    aside = np.clip(surface.aside, -1, 1)
    facing = np.sqrt(np.clip(1 - np.abs(aside) ** 2.6, 0, 1))
    nose = np.clip((surface.along - digit.length + 0.5 * digit.breadth) / (0.5 * digit.breadth), 0, 1)
    facing = facing * (1 - 0.45 * nose**2)
    lean = np.float32(rng.uniform(-0.5, 0.5))
    ambient = 0.72 + 0.2 * facing + 0.16 * lean * aside
    torch = 0.18 + 0.88 * facing**1.2
    light = (1 - scene.torch) * ambient + scene.torch * torch
    # Torch falloff: the fingertips are the middle of the picture, further parts get less.
    light *= 1 - 0.25 * scene.torch * np.clip(1 - surface.along / digit.length, 0, 1)
    centre = digit.length - digit.distal * rng.uniform(0.25, 0.6)
    spot = np.exp(-(((surface.along - centre) / 5.0) ** 2) - (((aside - lean * 0.4) / 0.33) ** 2))
    shine = scene.glare * 0.9 * spot**2 * scene.torch
    return np.asarray(light, np.float32), np.asarray(shine, np.float32)


def _drops(scene: Scene, surface: _Surface, rng: np.random.Generator) -> FloatMap:
    """Small bright spots where drops mirror the light."""
    shine = np.zeros_like(surface.along)
    for _ in range(int(rng.poisson(14 * scene.wet))):
        place, aside = rng.uniform(0.3, 1.0) * float(surface.along.max()), rng.uniform(-0.8, 0.8)
        size = rng.uniform(0.15, 0.5)
        apart = ((surface.along - place) / size) ** 2 + ((surface.aside - aside) * surface.half / size) ** 2
        shine += np.float32(0.8) * np.exp(-apart * apart)
    return np.asarray(shine, np.float32)


def _relief(
    scene: Scene, digit: Digit, master: MasterPrint, surface: _Surface, rng: np.random.Generator
) -> FloatMap:
    """Ridges and flexion creases as a factor of brightness."""
    end = digit.length + digit.cap * digit.breadth * (0.85 * np.pi / 2 - 1)
    rows = (np.float32(end) - surface.arc_along) * np.float32(p.MM / digit.shorten)
    # The skin seen face to face is the mirror image of its contact print.
    turned = surface.arc_across + np.float32(scene.roll.get(digit.name, 0.0))
    columns = np.float32(master.ridges.shape[1] / 2) - turned * np.float32(p.MM)
    sampled = cv2.remap(master.ridges, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    contrast = np.float32(rng.uniform(*p.RIDGE_CONTRAST))
    on_pad = np.clip((surface.arc_along - digit.length + digit.distal) / 3, 0.25, 1)
    if scene.wet > 0:  # water levels the valleys, in patches
        film = cv2.resize(rng.random((9, 7)).astype(np.float32), sampled.shape[::-1])
        on_pad = on_pad * (1 - np.float32(0.8 * scene.wet) * np.clip(2.5 * film - 1, 0, 1))
    relief = 1 + contrast * on_pad * sampled
    for place, depth in ((digit.length - digit.distal, 0.16), (0.45 * digit.length, 0.2), (1.0, 0.2)):
        for _ in range(2):
            offset = place + rng.normal(0, 0.7)
            bow = 0.012 * rng.normal(0, 1) * surface.across**2 + 0.25 * np.sin(
                surface.across * rng.uniform(0.8, 2)
            )
            relief *= 1 - depth * np.exp(-(((surface.along - offset - bow) / 0.35) ** 2))
    return np.asarray(relief, np.float32)


def _wrinkles(digit: Digit, surface: _Surface, rng: np.random.Generator) -> FloatMap:
    """The back of a finger: folds over the joints, no ridges."""
    relief = np.ones_like(surface.along)
    for place in (digit.length - digit.distal, 0.45 * digit.length):
        for _ in range(5):
            offset = place + rng.normal(0, 2.2)
            bow = 0.03 * rng.normal(0, 1) * surface.across**2
            relief *= 1 - 0.12 * np.exp(-(((surface.along - offset - bow) / 0.4) ** 2))
    return relief


def _dress(scene: Scene, digit: Digit, surface: _Surface, colour: FloatMap, light: FloatMap) -> None:
    """Nail on the back, ring, plaster: painted over the skin in place."""
    if scene.view == "back" and digit.held_out:
        nail = ((np.abs(surface.aside) / 0.72) ** 4 + ((surface.along - digit.length + 5.5) / 6.5) ** 4) < 1
        paint = scene.varnish if scene.varnish is not None else None
        shade = linear(paint) if paint is not None else None
        tint = shade if shade is not None else colour[nail].mean(0) * np.array([1.12, 1.05, 1.08], np.float32)
        colour[nail] = tint * (0.55 + 0.6 * light[nail])[:, None]
    if digit.name in scene.rings:
        band = np.abs(surface.along - 0.2 * digit.length - 0.006 * surface.across**2) < 1.6
        gleam = 0.35 + 0.65 * np.abs(np.cos(surface.aside[band] * 5))
        colour[band] = np.array([0.75, 0.52, 0.16], np.float32) * gleam[:, None]
    if digit.name in scene.plasters:
        strip = np.abs(surface.along - digit.length + 0.5 * digit.distal) < 0.36 * digit.distal
        colour[strip] = np.array([0.66, 0.42, 0.27], np.float32) * light[strip][:, None]


def _nail_edge(scene: Scene, digit: Digit, surface: _Surface, colour: FloatMap, light: FloatMap) -> FloatMap:
    """A long nail shows beyond the fingertip; returns its cover, paints its colour in place."""
    if scene.nail <= 0 or not digit.held_out:
        return np.zeros_like(light)
    reach = digit.length + scene.nail
    beyond = ((surface.across / (0.42 * digit.breadth)) ** 2 + ((surface.along - reach + 6) / 6) ** 2) < 1
    outside = beyond & (np.abs(surface.aside) > 1)
    paint = scene.varnish if scene.varnish is not None else (225, 205, 190)
    colour[outside] = linear(paint) * 0.85
    return outside.astype(np.float32)


def linear(rgb: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    """SRGB bytes to linear light, by the power 2.2 that the camera applies in reverse."""
    return np.asarray((np.array(rgb, np.float32) / 255) ** 2.2, np.float32)


def skin_colour(tone: float, view: str) -> npt.NDArray[np.float32]:
    """Linear colour of the skin for a tone from 0 to 9; shape (3,)."""
    at = float(np.clip(tone, 0, len(p.SKIN_TONES) - 1))
    low = int(at)
    high = min(low + 1, len(p.SKIN_TONES) - 1)
    tones = np.array(p.SKIN_TONES, np.float32)
    rgb = tones[low] + (tones[high] - tones[low]) * (at - low)
    if view == "palm":
        rgb = rgb + (np.array(p.PALM_TINT, np.float32) - rgb) * p.PALM_TINT_SHARE
    return np.asarray((rgb / 255) ** 2.2 * 0.86, np.float32)
