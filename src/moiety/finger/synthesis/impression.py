"""Impressions: what a contact sensor would record of a master print, differently every time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.master import MasterPrint
from moiety.finger.synthesis.orientation import FloatMap


@dataclass(frozen=True, slots=True)
class Touch:
    """How a finger was laid down.

    `shift` (x, y) and `drag` (x, y) in pixels, `rotation` and `twist` in degrees, `moisture` from -1 (dry,
    broken ridges) to 1 (wet, ridges run together), `pressure` from 0.6 (tip only) to 1.2 (whole pad),
    `noise` the standard deviation of the sensor in grey levels.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    drag: tuple[float, float] = (0.0, 0.0)
    twist: float = 0.0
    moisture: float = 0.0
    pressure: float = 1.0
    noise: float = 6.0


def draw_touch(rng: np.random.Generator) -> Touch:
    """Draw one way of laying a finger down, of ordinary variety."""
    shift = rng.normal(0, p.SHIFT_SPREAD, 2)
    drag = rng.normal(0, p.DISTORTION_SPREAD, 2)
    return Touch(
        shift=(float(shift[0]), float(shift[1])),
        rotation=float(rng.normal(0, p.ROTATION_SPREAD)),
        drag=(float(drag[0]), float(drag[1])),
        twist=float(rng.normal(0, 2.0)),
        moisture=float(np.clip(rng.normal(0, 0.4), -1, 1)),
        pressure=float(np.clip(rng.normal(0.95, 0.08), 0.7, 1.15)),
        noise=float(rng.uniform(3, 10)),
    )


def impression(master: MasterPrint, touch: Touch, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Render one contact impression: uint8, 480 x 384 at 500 ppi, ridges dark on a light ground."""
    height, width = p.IMPRESSION_HEIGHT, p.IMPRESSION_WIDTH
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    x = xs - width / 2 - touch.shift[0]
    y = ys - height / 2 - touch.shift[1]
    source_x, source_y = _skin_coordinates(x, y, touch, master)
    ridges = cv2.remap(
        master.ridges, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=-1
    )
    uneven = _clouds(rng, (height, width), 10) * 0.3
    ink = 0.5 + 0.5 * np.tanh(2.2 * (ridges + 0.75 * touch.moisture + uneven))
    if touch.moisture < 0:
        ink = ink * (1 + 1.2 * touch.moisture * (_clouds(rng, (height, width), 110) > 0.8))
    pad = _contact_area(x, y, touch.pressure, rng)
    ink = cv2.GaussianBlur((ink * pad).astype(np.float32), (0, 0), 0.7)
    for _ in range(int(rng.poisson(1.2))):
        _draw_crease(ink, rng)
    depth = float(rng.uniform(150, 205))
    grey = 240.0 - depth * ink * (1 + 0.12 * _clouds(rng, (height, width), 5))
    grey += rng.normal(0, 1, ink.shape).astype(np.float32) * touch.noise * (0.25 + 0.75 * pad)
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def _skin_coordinates(
    x: FloatMap, y: FloatMap, touch: Touch, master: MasterPrint
) -> tuple[FloatMap, FloatMap]:
    """Where each sensor pixel touches the master: rotation, then skin held firm only in the middle."""
    angle = np.deg2rad(touch.rotation)
    turned_x = np.cos(angle) * x + np.sin(angle) * y
    turned_y = -np.sin(angle) * x + np.cos(angle) * y
    loose = 1 - np.exp(-((turned_x / 150) ** 2 + (turned_y / 190) ** 2) * 2)
    twist = np.deg2rad(touch.twist) * loose
    height, width = master.ridges.shape
    map_x = turned_x + touch.drag[0] * loose - twist * turned_y + width / 2
    map_y = turned_y + touch.drag[1] * loose + twist * turned_x + height * (p.CORE_ROW + 0.07)
    return map_x.astype(np.float32), map_y.astype(np.float32)


def _contact_area(x: FloatMap, y: FloatMap, pressure: float, rng: np.random.Generator) -> FloatMap:
    """The pad that touches: an oval with a ragged rim, 1 inside."""
    rim = 1 + 0.06 * _clouds(rng, (x.shape[0], x.shape[1]), 9)
    reach = (np.abs(x) / (160 * pressure)) ** 2.3 + (np.abs(y) / (205 * pressure)) ** 2.3
    return np.asarray(0.5 + 0.5 * np.tanh((rim - reach) * 15), np.float32)


def _clouds(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> FloatMap:
    """Smooth noise of unit standard deviation, `cells` across."""
    grid = rng.normal(0, 1, (cells + 2, cells + 2)).astype(np.float32)
    field = cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field / (float(np.std(field)) + 1e-6), np.float32)


def _draw_crease(ink: FloatMap, rng: np.random.Generator) -> None:
    """A white line across the ridges, as folds of the skin leave."""
    height, width = ink.shape
    start = rng.uniform(0.15, 0.85, 2) * (width, height)
    step = rng.normal(0, 45, 2)
    blank = np.zeros(ink.shape, np.uint8)
    points = np.stack([start, start + step + rng.normal(0, 5, 2), start + 2 * step]).astype(np.int32)
    cv2.polylines(blank, [points], False, 255, int(rng.integers(1, 3)), cv2.LINE_AA)
    ink *= 1 - blank.astype(np.float32) / 255 * 0.9
