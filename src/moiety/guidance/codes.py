"""A code that the camera can't focus on because it is too near: large in the frame, and blurred."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.guidance import parameters as p

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Patch:
    """Something grey and square on a bright ground, as a code is from afar or out of focus.

    Attributes:
        side: its shorter side, in parts of the frame's shorter side.
        detail: how much of it changes within a module's breadth, in parts of what a sharp code changes.
        blocks: the same at the size of the three corner marks, which stay visible in a blurred code.
    """

    side: float
    detail: float
    blocks: float

    @property
    def blurred_near(self) -> bool:
        """Whether it is large, has the marks of a code, and shows no modules."""
        return self.side >= p.CODE_LARGE and self.detail < p.CODE_BLURRED and self.blocks >= p.CODE_BLOCKS


def find_patch(rgb: NDArray[np.uint8]) -> Patch | None:
    """The largest such thing in a frame, uint8 of shape (height, width, 3); None where there is none."""
    height, width = rgb.shape[:2]
    scale = p.CODE_LOOK_PX / min(height, width)
    if scale >= 1:
        return None
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    box = _square(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8))
    if box is None:
        return None
    (across, down), (first, second), angle = box
    side = min(first, second) / scale
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    upright = _upright(grey, (across / scale, down / scale), side, angle)
    return Patch(side / min(height, width), *_changes(upright))


@dataclass(slots=True)
class Near:
    """Watches the frames of a camera in which no code was read."""

    _since_ms: int | None = field(default=None, repr=False)

    def see(self, rgb: NDArray[np.uint8], at_ms: int) -> bool:
        """Whether a large blurred code has been in every frame for long enough to say so."""
        patch = find_patch(rgb)
        if patch is None or not patch.blurred_near:
            self._since_ms = None
            return False
        if self._since_ms is None:
            self._since_ms = at_ms
        return at_ms - self._since_ms >= p.CODE_BLURRED_MS


def _square(grey: Grey) -> tuple[tuple[float, float], tuple[float, float], float] | None:
    """The largest dark region that nearly fills a square and lies within the frame."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.5)
    limit, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    best = None
    for dark in _grounds(smooth, limit):
        for contour in cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
            left, top, wide, high = cv2.boundingRect(contour)
            if left == 0 or top == 0 or left + wide == grey.shape[1] or top + high == grey.shape[0]:
                continue  # the ground itself, or a code that is not wholly in view
            box = cv2.minAreaRect(contour)
            (_, _), (first, second), _ = box
            if min(first, second) < p.CODE_LARGE * min(grey.shape) / 2:
                continue
            filled = cv2.contourArea(contour) / (first * second)
            if filled < p.CODE_FILLED or max(first, second) > p.CODE_SQUARE * min(first, second):
                continue
            if best is None or first * second < best[1][0] * best[1][1]:
                best = box
    return best


def _grounds(smooth: NDArray[np.uint8], limit: float) -> list[NDArray[np.uint8]]:
    """What is dark by two limits: where the surroundings are dark, the first may lie below the code."""
    bright = float(np.percentile(smooth, 98))
    limits = (limit, bright * p.CODE_PAPER)
    return [np.where(smooth < one, 255, 0).astype(np.uint8) for one in limits]


def _upright(grey: Grey, centre: tuple[float, float], side: float, angle: float) -> NDArray[np.float32]:
    """The inner part of a region, turned upright and of one size."""
    turn = cv2.getRotationMatrix2D(centre, angle, p.CODE_UPRIGHT_PX / side)
    turn[:, 2] += p.CODE_UPRIGHT_PX / 2 - np.array(centre)
    size = (p.CODE_UPRIGHT_PX, p.CODE_UPRIGHT_PX)
    turned = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.float32)


def _changes(upright: NDArray[np.float32]) -> tuple[float, float]:
    """Detail and blocks, in parts of the region's brightness."""
    level = max(float(upright.mean()), 1.0)
    inner = upright[8:-8, 8:-8]
    fine = inner - cv2.GaussianBlur(inner, (0, 0), p.CODE_UPRIGHT_PX / p.CODE_MODULES)
    marks = cv2.GaussianBlur(inner, (0, 0), p.CODE_UPRIGHT_PX / 60)
    wide = cv2.GaussianBlur(inner, (0, 0), p.CODE_UPRIGHT_PX / 10)
    return float(fine.std()) / level, float((marks - wide).std()) / level
