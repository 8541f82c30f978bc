"""Synthetic photographs of hands and fingertips, with the truth about every finger.

After Priesnitz et al., SynCoLFinGer (2022), extended from one finger to a whole hand. What comes out is for
tests, the demo and the practice range. It is synthetic: no error rate is ever stated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.anatomy import FingerTruth, Point, cover_outline, lay_out, truth_of
from moiety.finger.synthesis.background import background
from moiety.finger.synthesis.master import MasterPrint, master_print
from moiety.finger.synthesis.orientation import FloatMap, Pattern
from moiety.finger.synthesis.scene import Cover, Scene
from moiety.finger.synthesis.skin import draw_finger, linear, skin_colour


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SyntheticPhotograph:
    """A rendered picture: `rgb` uint8 (height, width, 3), the truth per finger, and the scene."""

    rgb: npt.NDArray[np.uint8]
    fingers: tuple[FingerTruth, ...]
    scene: Scene


def master_of(person: int, position: str) -> MasterPrint:
    """The master print of one finger of one synthetic person; position as in "left-ring"."""
    side, finger = position.split("-")
    seed = [20261122, person, ("left", "right").index(side), p.FINGERS.index(finger)]
    return master_print(np.random.default_rng(seed))


def photograph(
    scene: Scene, masters: Mapping[str, MasterPrint], rng: np.random.Generator
) -> SyntheticPhotograph:
    """Render a scene; `masters` has one entry for each position that is held out, as "right-index"."""
    picture = background(scene, rng)
    digits, outline = lay_out(scene)
    base = skin_colour(scene.tone, scene.view)
    if not scene.close_up:
        _draw_palm(picture, scene, outline, base, rng)
    blank = MasterPrint(np.zeros((8, 8), np.float32), Pattern("none", (), ()), 0.0)
    order = sorted(digits, key=lambda digit: digit.name != "thumb")
    for digit in order:
        master = masters[f"{scene.side}-{digit.name}"] if digit.held_out and scene.view == "palm" else blank
        patch = draw_finger(scene, digit, master, base, rng)
        if patch is None:
            continue
        height, width = patch.cover.shape
        region = picture[patch.top : patch.top + height, patch.left : patch.left + width]
        # What lies behind a finger is in its shadow for a few millimetres.
        shadow = cv2.GaussianBlur(patch.cover, (0, 0), max(1.2 * scene.scale / 2, 1.0))
        region *= 1 - 0.35 * shadow[..., None]
        region += (patch.colour - region) * patch.cover[..., None]
    for cover in scene.covers:
        _lay_over(picture, scene, cover_outline(scene, cover, digits), cover, rng)
    rgb = _camera(picture, scene, rng)
    truths = tuple(truth_of(scene, digit, digits) for digit in digits)
    return SyntheticPhotograph(rgb, truths, scene)


def _lay_over(
    picture: FloatMap, scene: Scene, outline: Point | None, cover: Cover, rng: np.random.Generator
) -> None:
    """A strip of one colour with a weave, and its shadow, in place."""
    if outline is None:
        return
    shape = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(shape, [np.round(outline).astype(np.int32)], 255, cv2.LINE_AA)
    alpha = shape.astype(np.float32)[..., None] / 255
    grain = cv2.resize(rng.normal(1, 0.05, (240, 240)).astype(np.float32), (scene.width, scene.height))
    paint = linear(cover.colour) * np.float32(0.8)
    picture += (paint * grain[..., None] - picture) * alpha


def _draw_palm(
    picture: FloatMap,
    scene: Scene,
    outline: npt.NDArray[np.float64],
    base: FloatMap,
    rng: np.random.Generator,
) -> None:
    """Palm and forearm, drawn at an eighth of the size and magnified: nothing fine is there to see."""
    shrink = 8
    size = (scene.height // shrink + 1, scene.width // shrink + 1)
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(outline / shrink).astype(np.int32)], 255)
    round_off = max(int(4 * scene.scale / shrink) | 1, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), round_off / 2.2)
    mask = ((soft > 127) * 255).astype(np.uint8)
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    light = 0.55 + 0.4 * np.sqrt(np.clip(depth / (9 * scene.scale / shrink), 0, 1))
    hollow = np.exp(-((depth / (28 * scene.scale / shrink)) ** 2) * 0.7)
    light = (light * (0.86 + 0.12 * hollow)).astype(np.float32)
    lines = np.zeros(size, np.uint8)
    if scene.view == "palm":
        _draw_palm_lines(lines, outline / shrink, scene, rng)
    light *= 1 - cv2.GaussianBlur(lines, (0, 0), 0.8).astype(np.float32) / 255 * 0.3
    target = (scene.width, scene.height)
    cover = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 0.8), target, interpolation=cv2.INTER_LINEAR)
    alpha = (cover.astype(np.float32) / 255)[..., None]
    shade = cv2.resize(light, target, interpolation=cv2.INTER_LINEAR)[..., None]
    picture *= 1 - alpha
    picture += base * shade * alpha


def _draw_palm_lines(
    lines: npt.NDArray[np.uint8], outline: npt.NDArray[np.float64], scene: Scene, rng: np.random.Generator
) -> None:
    """The three main lines of the palm, as curves between points given relative to the outline."""
    corner, across, down = outline[0], outline[5] - outline[0], outline[-2] - outline[0]
    thickness = max(int(0.09 * scene.scale), 1)
    for points in (
        ((0.05, 0.25), (0.45, 0.2), (0.85, -0.02)),
        ((0.15, 0.62), (0.6, 0.42), (0.98, 0.25)),
        ((0.55, 1.25), (0.62, 0.75), (0.98, 0.28)),
    ):
        bent = [
            corner + across * (u + rng.normal(0, 0.02)) + down * (v + rng.normal(0, 0.02)) for u, v in points
        ]
        t = np.linspace(0, 1, 20)[:, None]
        curve = (1 - t) ** 2 * bent[0] + 2 * t * (1 - t) * bent[1] + t**2 * bent[2]
        cv2.polylines(lines, [np.round(curve).astype(np.int32)], False, 255, thickness, cv2.LINE_AA)


def _camera(picture: FloatMap, scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Exposure, lens, shake, sensor, tone curve and JPEG."""
    picture *= scene.exposure
    if scene.defocus > 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), scene.defocus)
    if scene.motion[0] >= 2:
        picture = cv2.filter2D(picture, -1, _shake(*scene.motion))
    np.clip(picture, 0, 1, out=picture)
    np.power(picture, np.float32(1 / 2.2), out=picture)
    picture *= 255
    # Shot noise and read noise, taken together: in the coded picture about even over the greys.
    grain = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(scene.noise)
    picture += grain[..., None]
    if scene.mirrored:
        picture = picture[:, ::-1]
    coded = np.clip(picture, 0, 255).astype(np.uint8)
    done, stream = cv2.imencode(".jpg", coded[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg])
    if not done:  # pragma: no cover - the encoder takes every uint8 picture
        raise RuntimeError("the JPEG encoder refused a picture")
    decoded = np.asarray(cv2.imdecode(stream, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def _shake(length: float, degrees: float) -> FloatMap:
    """A line-shaped filter of the given length in pixels, of unit sum."""
    size = int(length) | 1
    kernel = np.zeros((size, size), np.float32)
    reach = (size - 1) / 2
    step = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))]) * reach
    start, end = np.round(reach - step).astype(int), np.round(reach + step).astype(int)
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)
