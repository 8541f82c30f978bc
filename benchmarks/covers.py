"""Things that cover a face, drawn with texture and shading, for the table of findings and for its tests.

Each is drawn in the frame of the embedder's crop, enlarged and with room around it, then laid over the
picture where the face is. Colours, cloth and folds are drawn from a seed; skin is sampled from the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face.align import similarity
from moiety.face.detect import Face, detect
from moiety.image import Image, load

Pixels = NDArray[np.uint8]
Layer = NDArray[Any]
Draw = Callable[[np.random.Generator, Layer], tuple[Layer, Layer]]
"""From a generator and the skin's colour to colours (SIDE, SIDE, 3), and coverage (SIDE, SIDE), 0 to 1."""

ZOOM: Final = 2
ROOM: Final = 56
"""Pixels of the crop that the canvas reaches beyond the crop on each side."""
SIDE: Final = (112 + 2 * ROOM) * ZOOM
RIGHT_EYE: Final = (38.3, 51.7)
LEFT_EYE: Final = (73.5, 51.5)
NOSE: Final = (56.0, 71.7)
MOUTH: Final = (56.0, 92.3)


def at(x: float, y: float) -> tuple[int, int]:
    """A place of the crop, in pixels of the canvas."""
    return round((x + ROOM) * ZOOM), round((y + ROOM) * ZOOM)


def noise(rng: np.random.Generator, coarse: float) -> Layer:
    """Smooth noise of mean 0 and sd 1; `coarse` is its grain in pixels of the crop."""
    cells = max(4, round(SIDE / (coarse * ZOOM)))
    small = rng.normal(size=(cells, cells)).astype(np.float32)
    out: Layer = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray((out - out.mean()) / (out.std() + 1e-6), np.float32)


def polygon(points: list[tuple[float, float]], soft: float = 0.4) -> Layer:
    """Coverage of a smooth outline through points of the crop."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.array([at(*one) for one in points], np.int32)], 255, cv2.LINE_AA)
    smooth = cv2.GaussianBlur(mask, (0, 0), 2.0 * ZOOM)
    mask = np.where(smooth > 127, 255, 0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), soft * ZOOM), np.float32) / 255


def capsule(mask: Pixels, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    """A finger's outline."""
    cv2.line(mask, at(*start), at(*end), 255, round(width * ZOOM), cv2.LINE_AA)


def cloth(rng: np.random.Generator, base: Layer, other: Layer, pattern: str) -> Layer:
    """Woven cloth: a pattern of two colours, threads, and folds that shade it."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM
    bend = noise(rng, 30) * 4
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn) + bend, -x * np.sin(turn) + y * np.cos(turn) + bend
    period = rng.uniform(5, 16)
    share = {
        "plain": np.zeros_like(u),
        "stripes": (np.sin(2 * np.pi * u / period) > 0).astype(np.float32),
        "checks": ((np.sin(2 * np.pi * u / period) > 0) ^ (np.sin(2 * np.pi * v / period) > 0)).astype(
            np.float32
        ),
        "dots": (np.hypot(u % period - period / 2, v % period - period / 2) < period / 4).astype(np.float32),
        "print": (noise(rng, period / 2) > 0.4).astype(np.float32),
    }[pattern]
    colour = base * (1 - share[..., None]) + other * share[..., None]
    folds = 1 + 0.18 * noise(rng, 22) + 0.05 * noise(rng, 6)
    threads = 1 + 0.04 * np.sin(2 * np.pi * u / 0.9) * np.sin(2 * np.pi * v / 0.9)
    return np.asarray(colour * (folds * threads)[..., None], np.float32)


def colour_of(rng: np.random.Generator, low: int = 15, high: int = 240) -> Layer:
    """A colour for cloth or plastic."""
    return rng.uniform(low, high, 3).astype(np.float32)


def glasses(rng: np.random.Generator) -> tuple[Layer, Layer]:
    """Coverage of two lenses, and of the frame around them."""
    wide, high = rng.uniform(13.5, 17.5), rng.uniform(10, 14)
    square = rng.uniform(2.0, 5.0)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM - ROOM
    lenses, frame = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    rim = rng.uniform(1.0, 2.6)
    for cx, cy in (RIGHT_EYE, LEFT_EYE):
        far = (np.abs((x - cx) / wide) ** square + np.abs((y - cy - 1.5) / high) ** square) ** (1 / square)
        lenses = np.maximum(lenses, np.clip((1 - far) * wide, 0, 1))
        frame = np.maximum(frame, np.clip((1 + rim / wide - far) * wide, 0, 1))
    bar = np.zeros((SIDE, SIDE), np.uint8)
    capsule(bar, (RIGHT_EYE[0], 46), (LEFT_EYE[0], 46), rng.uniform(1.5, 3.5))
    for edge, ear in ((RIGHT_EYE[0] - wide, 2.0), (LEFT_EYE[0] + wide, 110.0)):
        capsule(bar, (edge, 47), (ear, 50), rng.uniform(1.5, 3.0))
    return lenses, np.maximum(frame, bar.astype(np.float32) / 255)


def sunglasses(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """Dark lenses with a gradient and a soft reflection."""
    lenses, frame = glasses(rng)
    y = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    lens = colour_of(rng, 5, 40) * (1 + 0.8 * y) + 20 * np.clip(noise(rng, 14), 0, 2)[..., None]
    rim = colour_of(rng, 5, 90) * (1 + 0.1 * noise(rng, 5)[..., None])
    part = lenses[..., None]
    return lens * part + rim * (1 - part), np.maximum(lenses * rng.uniform(0.92, 1.0), frame)


def mirrored(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """Lenses that mirror a horizon, clouds and a few upright shapes."""
    lenses, frame = glasses(rng)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM - ROOM
    horizon = rng.uniform(48, 56) + 0.02 * (x % 35 - 17) ** 2
    sky, ground = colour_of(rng, 120, 250), colour_of(rng, 30, 120)
    lens = np.where((y < horizon)[..., None], sky, ground) + 18 * noise(rng, 6)[..., None]
    for place in rng.uniform(15, 95, 6):
        lens = np.where(
            ((np.abs(x - place) < rng.uniform(1, 3)) & (y > 44))[..., None], colour_of(rng, 20, 160), lens
        )
    lens = cv2.GaussianBlur(lens.astype(np.float32), (0, 0), 0.6 * ZOOM)
    rim = colour_of(rng, 20, 200) * (1 + 0.1 * noise(rng, 5)[..., None])
    part = lenses[..., None]
    return np.asarray(lens * part + rim * (1 - part), np.float32), np.maximum(lenses, frame)


def surgical_mask(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """A pleated mask of paper or cloth, from the bridge of the nose to under the chin, with loops."""
    top = rng.uniform(60, 68)
    cover = polygon(
        [
            (56, top - 3),
            (80, top + 3),
            (97, 72),
            (92, 100),
            (74, 118),
            (56, 122),
            (38, 118),
            (20, 100),
            (15, 72),
            (32, top + 3),
        ]
    )
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM - ROOM
    base = [
        np.array([150, 190, 215], np.float32),
        np.array([225, 228, 230], np.float32),
        np.array([30, 30, 34], np.float32),
        colour_of(rng),
    ][int(rng.integers(4))]
    pleats = (
        1 - 0.22 * np.clip(np.sin((y + 0.004 * (x - 56) ** 2) * 2 * np.pi / rng.uniform(7, 11)), 0, 1) ** 6
    )
    round_ = 1 - 0.25 * ((x - 56) / 45) ** 2 + 0.1 * np.exp(-(((x - 54) / 9) ** 2))
    colour = base * (pleats * round_ * (1 + 0.05 * noise(rng, 8) + 0.015 * noise(rng, 1)))[..., None]
    loops = np.zeros((SIDE, SIDE), np.uint8)
    for edge, ear in ((16, -2), (96, 114)):
        capsule(loops, (edge, 73), (ear, 52), 1.3)
        capsule(loops, (edge + 3 * np.sign(56 - edge), 100), (ear, 70), 1.3)
    return np.asarray(colour, np.float32), np.maximum(cover, loops.astype(np.float32) / 255)


def scarf(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """Cloth wound around the lower face, wider than it."""
    top = rng.uniform(62, 76)
    edge = [(float(x), top + rng.uniform(-2, 2) + 0.003 * (x - 56) ** 2) for x in range(-30, 146, 12)]
    cover = polygon([*edge, (145, 165), (-30, 165)])
    pattern = str(rng.choice(["plain", "stripes", "checks", "dots", "print"]))
    return cloth(rng, colour_of(rng), colour_of(rng), pattern), cover


def flesh(rng: np.random.Generator, skin: Layer, mask: Pixels) -> tuple[Layer, Layer]:
    """Skin-coloured shapes, rounded by shading and with creases across."""
    inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5) / ZOOM
    form = 0.62 + 0.38 * np.clip(inside / 5.0, 0, 1) ** 0.6
    tint = skin * rng.uniform(0.82, 1.1) + rng.normal(size=3).astype(np.float32) * 4
    fine = 1 + 0.05 * noise(rng, 7) + 0.03 * noise(rng, 1.2)
    colour = tint * (form * fine)[..., None]
    return np.asarray(colour, np.float32), np.asarray(
        cv2.GaussianBlur(mask, (0, 0), 0.3 * ZOOM), np.float32
    ) / 255


def hand_on_mouth(rng: np.random.Generator, skin: Layer) -> tuple[Layer, Layer]:
    """Four fingers laid across the mouth from one side."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    side, tilt = float(rng.choice([-1, 1])), rng.uniform(-10, 10)
    for number in range(4):
        y = 76 + number * rng.uniform(10.2, 11.5)
        tip = 56 - side * rng.uniform(18, 26) * (0.75 if number == 3 else 1)
        capsule(mask, (tip, y + tilt / 2), (56 + side * 75, y - tilt + 8), rng.uniform(10.0, 11.5))
    colour, cover = flesh(rng, skin, mask)
    return _between_fingers(colour, mask), cover


def hand_on_eye(rng: np.random.Generator, skin: Layer) -> tuple[Layer, Layer]:
    """A palm with fingers upwards over one eye."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    x, y = RIGHT_EYE if rng.random() < 0.5 else LEFT_EYE
    away = -1 if x < 56 else 1
    cv2.ellipse(
        mask, at(x + away * 6, y + 22), (round(22 * ZOOM), round(26 * ZOOM)), 0, 0, 360, 255, -1, cv2.LINE_AA
    )
    for number in range(4):
        base = x + away * 6 + (number - 1.5) * 11
        capsule(
            mask,
            (base, y + 10),
            (base + (number - 1.5) * rng.uniform(0, 2), y - rng.uniform(22, 38)),
            rng.uniform(10, 11.5),
        )
    colour, cover = flesh(rng, skin, mask)
    return _between_fingers(colour, mask), cover


def _between_fingers(colour: Layer, mask: Pixels) -> Layer:
    edges = cv2.GaussianBlur(
        cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)), (0, 0), 0.7 * ZOOM
    )
    return np.asarray(colour * (1 - 0.35 * edges.astype(np.float32)[..., None] / 255), np.float32)


def sheet(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """A sheet, a card or a telephone held over the lower face."""
    turn, top = rng.uniform(-0.25, 0.25), rng.uniform(68, 80)
    half, tall = rng.uniform(32, 60), rng.uniform(45, 80)
    corners = [(-half, 0), (half, 0), (half, tall), (-half, tall)]
    points = [
        (56 + x * np.cos(turn) - y * np.sin(turn), top + x * np.sin(turn) + y * np.cos(turn))
        for x, y in corners
    ]
    cover = polygon([(float(x), float(y)) for x, y in points], 0.2)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM - ROOM
    down = -(x - 56) * np.sin(turn) + (y - top) * np.cos(turn)
    paper, ink = (
        (colour_of(rng, 190, 250), colour_of(rng, 10, 80))
        if rng.random() < 0.7
        else (colour_of(rng, 10, 60), colour_of(rng, 80, 200))
    )
    line = (down % rng.uniform(4, 8) < 1.6) & (noise(rng, 2.5) > -0.4)
    colour = np.where(line[..., None], ink, paper) * (1 + 0.06 * noise(rng, 40))[..., None]
    return np.asarray(colour, np.float32), cover


def fringe(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """Hair that falls over both eyes, in strands."""
    cover = np.zeros((SIDE, SIDE), np.uint8)
    colour = np.zeros((SIDE, SIDE, 3), np.float32)
    base = [np.array(one, np.float32) for one in ((25, 20, 18), (70, 45, 30), (150, 115, 70), (90, 90, 92))][
        int(rng.integers(4))
    ]
    for _strand in range(420):
        x, end = rng.uniform(5, 107), rng.uniform(54, 70)
        lean = rng.normal(scale=5)
        points = np.array([at(x + lean * t**2, 5 + (end - 5) * t) for t in np.linspace(0, 1, 8)], np.int32)
        width = round(rng.uniform(0.5, 1.5) * ZOOM)
        cv2.polylines(cover, [points], False, 255, width, cv2.LINE_AA)
        cv2.polylines(
            colour, [points], False, tuple(float(c) for c in base * rng.uniform(0.6, 1.5)), width, cv2.LINE_AA
        )
    return np.where(colour > 0, colour, base), np.asarray(
        cv2.GaussianBlur(cover, (0, 0), 0.3 * ZOOM), np.float32
    ) / 255


COVERS: Final[dict[str, tuple[str, Draw]]] = {
    "sunglasses": ("eyes", sunglasses),
    "mirrored glasses": ("eyes", mirrored),
    "hair over the eyes": ("eyes", fringe),
    "hand over one eye": ("eyes", hand_on_eye),
    "surgical mask": ("mouth", surgical_mask),
    "scarf": ("mouth", scarf),
    "hand over the mouth": ("mouth", hand_on_mouth),
    "sheet over the mouth": ("mouth", sheet),
}
"""Name: the part that is covered, and what draws it."""


def cover(image: Image, face: Face, draw: Draw, rng: np.random.Generator) -> Image:
    """The picture with something drawn over its face, lit as the face is."""
    matrix = similarity(face.landmarks)
    skin = _skin(image, matrix)
    colours, coverage = draw(rng, skin)
    to_crop = np.vstack([matrix, [0, 0, 1]])
    to_canvas = np.array([[ZOOM, 0, ROOM * ZOOM], [0, ZOOM, ROOM * ZOOM], [0, 0, 1]]) @ to_crop
    size = (image.width, image.height)
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    scale = float(np.sqrt(np.linalg.det(to_canvas[:2, :2])))
    soft = max(0.0, scale / 2 - 0.3)
    if soft > 0:
        colours, coverage = (cv2.GaussianBlur(one, (0, 0), soft) for one in (colours, coverage))
    inverse = to_canvas[:2]
    laid = cv2.warpAffine(np.clip(colours, 0, 255), inverse, size, flags=flags)
    share = cv2.warpAffine(coverage, inverse, size, flags=flags)[..., None]
    shadow = cv2.warpAffine(cv2.GaussianBlur(coverage, (0, 0), 2.5 * ZOOM), inverse, size, flags=flags)[
        ..., None
    ]
    under = image.rgb * (1 - 0.25 * np.clip(shadow, 0, 1))
    mixed = under * (1 - share) + laid * share
    grain = rng.normal(size=mixed.shape) * 1.2
    return load(np.clip(mixed + grain * share, 0, 255).astype(np.uint8))


def _skin(image: Image, matrix: NDArray[np.float64]) -> Layer:
    crop = cv2.warpAffine(image.rgb, matrix, (112, 112))
    cheeks = np.concatenate([crop[70:80, 26:38].reshape(-1, 3), crop[70:80, 74:86].reshape(-1, 3)])
    return np.asarray(np.median(cheeks, axis=0), np.float32)


def darken(image: Image, light: float, rng: np.random.Generator) -> Image:
    """A share of the light, on a sensor with shot and read noise; gamma 2.2. Above 1 it is overexposed."""
    linear = (image.rgb / 255.0) ** 2.2 * light
    linear = linear + rng.normal(size=image.rgb.shape) * np.sqrt(np.clip(linear, 0, None) * 8e-4 + 2e-6)
    return load((np.clip(linear, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))


def only_face(image: Image) -> Face | None:
    """The one face in a picture, or nothing."""
    faces = detect(image)
    return faces[0] if len(faces) == 1 else None
