"""Depth in the pixels: how far a turned face's nose moved before everything else, as no sheet's nose can.

The plane of eyes and mouth is brought to fixed places in each frame (`level`). What a flat or a bent sheet
does besides is smooth: it follows from a bend along one line, and from landmarks that are a little wrong. A
nose that stands out moves on its own. So the frontal face is registered to the turned one by a smooth warp
plus a bump at the nose (Gauss-Newton on contrast-normalised pixels; Lucas and Kanade 1981, Baker and
Matthews 2004), and the height of the bump is the answer. It does not ask the detector where the nose is,
which may follow its idea of a face on a sheet as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.liveness import parameters

Plane = NDArray[np.float32]

SIDE: Final = parameters.RELIEF_SIDE


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The warp's parts over the square's n pixels, lengths in eye distances.

    Attributes:
        at: (2, side, side) column and row of each pixel.
        across, down: (n, k) terms of the smooth warp to the right and down.
        bump: (n,) the nose's, to the right alone: turns are about the upright axis.
        weight: (n,) how much a pixel counts: the face between the ears, down to the mouth.
    """

    at: Plane
    across: Plane
    down: Plane
    bump: Plane
    weight: Plane


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A picture at one blur: its normalised grey, and the slopes of it to the right and down."""

    grey: Plane
    slopes: Plane


def level(grey: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The face with eyes and corners of the mouth brought to fixed places: uint8 (SIDE, SIDE).

    `grey` is uint8 (height, width), `landmarks` (5, 2) in its pixels.
    """
    goal = (np.array(parameters.RELIEF_PLANE) - parameters.RELIEF_CORNER) * (2 * parameters.RELIEF_EYES)
    source = landmarks[[0, 1, 3, 4]].astype(np.float32)
    matrix = cv2.getPerspectiveTransform(goal.astype(np.float32), source)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpPerspective(
        grey, matrix, (2 * SIDE, 2 * SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def frontal(faces: NDArray[np.uint8]) -> list[Layer]:
    """What `relief` compares turned faces with: the mean of level frontal ones (n, SIDE, SIDE)."""
    return _layers(faces.mean(axis=0).astype(np.float32))


def relief(front: list[Layer], face: NDArray[np.uint8], way: int, misfit: float = 1.0) -> float:
    """How far the nose of a level face moved by itself the way it turned, in eye distances; never negative.

    `way` is 1 for a turn to the person's left, -1 to their right. The registration is begun from several
    heights, and the one that fits best counts: far turns have more than one that fits a little. Where more
    than a share `misfit` (0 to 1) of the face stays unexplained, nothing is known of its nose: nought.
    """
    turned = _layers(face.astype(np.float32))
    found = [_register(front, turned, way, begin) for begin in parameters.RELIEF_BEGINS]
    unexplained, height = min(found)
    return height if unexplained <= misfit else 0.0


def _register(front: list[Layer], turned: list[Layer], way: int, begin: float) -> tuple[float, float]:
    """What is left unexplained, and the height of the bump, for one begin."""
    model = _model()
    k = model.across.shape[1]
    warp = np.zeros(k + model.down.shape[1] + 1, np.float32)
    warp[-1] = way * begin
    step, left = 0, np.zeros(SIDE * SIDE, np.float32)
    for goal, layer, rounds in zip(front, turned, parameters.RELIEF_ROUNDS, strict=True):
        for _ in range(rounds):
            free = len(warp) - (step < parameters.RELIEF_HELD)
            grey, right, down = _sampled(layer, model, warp, k)
            left = goal.grey.ravel() - grey
            rows = np.concatenate(
                [model.across * right[:, None], model.down * down[:, None], (model.bump * right)[:, None]],
                axis=1,
            )[:, :free]
            warp[:free] += _step(rows, left, warp[:free], model.weight, held=free < len(warp))
            warp[-1] = way * max(way * float(warp[-1]), 0.0)  # a nose does not move against its turn
            step += 1
    unexplained = float((model.weight * np.minimum(left**2, 1.0)).sum() / model.weight.sum())
    return unexplained, float(way * warp[-1])


def _sampled(layer: Layer, model: _Model, warp: Plane, k: int) -> tuple[Plane, Plane, Plane]:
    """Grey and slopes (n,) of a layer, seen through a warp."""
    across = model.across @ warp[:k] + model.bump * warp[-1]
    down = model.down @ warp[k:-1]
    x = model.at[0] + (across * np.float32(parameters.RELIEF_EYES)).reshape(SIDE, SIDE)
    y = model.at[1] + (down * np.float32(parameters.RELIEF_EYES)).reshape(SIDE, SIDE)
    seen = cv2.remap(layer.slopes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 3)
    return seen[:, 0], seen[:, 1], seen[:, 2]


def _step(rows: Plane, left: Plane, warp: Plane, weight: Plane, *, held: bool) -> Plane:
    """One Gauss-Newton step; pixels that fit badly, as hidden ones do, count less."""
    robust = weight / (1 + (left / parameters.RELIEF_SOFT) ** 2)
    weighted = rows * robust[:, None]
    normal, slope = weighted.T @ rows, weighted.T @ left
    stiff = np.full(len(warp), parameters.RELIEF_STIFF * float(np.trace(normal)) / len(warp), np.float32)
    pull = parameters.RELIEF_PULL * stiff * warp
    if not held:  # the bump is hardly held back: it is what is asked for
        stiff[-1] *= parameters.RELIEF_STIFF
        pull[-1] = 0.0
    normal[np.diag_indices_from(normal)] += stiff + np.float32(1e-6)
    return np.asarray(np.linalg.solve(normal, slope - pull), np.float32)


def _layers(grey: Plane) -> list[Layer]:
    return [_layer(grey, blur) for blur in parameters.RELIEF_BLURS]


def _layer(grey: Plane, blur: float) -> Layer:
    soft = cv2.GaussianBlur(grey, (0, 0), blur)
    away = soft - cv2.GaussianBlur(soft, (0, 0), parameters.RELIEF_LOCAL)
    spread = cv2.sqrt(
        cv2.GaussianBlur(away * away, (0, 0), parameters.RELIEF_LOCAL) + parameters.RELIEF_FLOOR
    )
    even = np.asarray(away / spread, np.float32)
    eyes = parameters.RELIEF_EYES
    right = cv2.Sobel(even, cv2.CV_32F, 1, 0, ksize=3, scale=eyes / 8)
    down = cv2.Sobel(even, cv2.CV_32F, 0, 1, ksize=3, scale=eyes / 8)
    return Layer(even, np.dstack([even, right, down]))


@cache
def _model() -> _Model:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    x = columns / parameters.RELIEF_EYES + parameters.RELIEF_CORNER[0]
    y = rows / parameters.RELIEF_EYES + parameters.RELIEF_CORNER[1]
    middle = y - 0.5
    square = [np.ones_like(x), x, middle, x * x, x * middle, middle * middle]
    (nose_x, nose_y), (wide, tall) = parameters.RELIEF_NOSE
    bump = np.exp(-(((x - nose_x) / wide) ** 2) / 2 - ((y - nose_y) / tall) ** 2 / 2)
    half_x, half_y, soft = parameters.RELIEF_WINDOW
    outside = (np.maximum(np.abs(x) - half_x, 0) ** 2 + np.maximum(np.abs(middle) - half_y, 0) ** 2) / soft**2
    return _Model(
        at=np.stack([columns, rows]),
        across=_flat([*square, x**3, x**4]),
        down=_flat(square),
        bump=_flat([bump])[:, 0],
        weight=_flat([np.exp(-outside)])[:, 0],
    )


def _flat(terms: Sequence[Plane]) -> Plane:
    return np.ascontiguousarray(np.stack([one.ravel() for one in terms], axis=1), np.float32)
