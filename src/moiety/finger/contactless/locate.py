"""Find fingers in the outline of a hand: tips, axes, breadths.

A fingertip is where the outline turns back on itself and, from there inwards, two edges run side by side. No
palm needs to be in the picture, so that close-ups work like whole hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p

Bytes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LocatedFinger:
    """One finger in the picture, not yet named; pixels of the mask it was found in until scaled.

    Attributes:
        tip: (x, y) where the axis leaves the finger.
        axis: unit vector from the base to the tip.
        breadth: of the distal phalanx.
        length: how far the finger can be followed from its tip.
        cut: whether the edge of the picture cuts the tip off.
    """

    tip: tuple[float, float]
    axis: tuple[float, float]
    breadth: float
    length: float
    cut: bool

    def scaled(self, factor: float) -> LocatedFinger:
        """The same finger in a picture `factor` times as large."""
        return LocatedFinger(
            (self.tip[0] * factor, self.tip[1] * factor),
            self.axis,
            self.breadth * factor,
            self.length * factor,
            self.cut,
        )


def merge(lists: Sequence[list[LocatedFinger]]) -> list[LocatedFinger]:
    """Fingers found in several masks of one picture, each once."""
    return _distinct([finger for found in lists for finger in found])


def find_fingers(mask: Bytes, *, close_up: bool = False) -> list[LocatedFinger]:
    """Every finger-shaped part of a mask (1 on skin), in no order; in a close-up one may fill it."""
    # Also what lies inside another part: where edges alone part the picture, the hand lies in its background.
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    least = p.MIN_BREADTH * max(mask.shape)
    found: list[LocatedFinger] = []
    for contour, relation in zip(contours, () if tree is None else tree[0], strict=True):
        if relation[3] >= 0 or len(contour) < 4 * least:
            continue
        outline = contour[:, 0, :].astype(np.float64)
        for tip, inward, reach in _turns(outline, p.TIP_REACHES + (p.CLOSE_REACHES if close_up else ())):
            finger = _follow(mask, tip, inward, float(reach))
            if finger is not None and finger.breadth >= least:
                found.append(finger)
    return _distinct(found)


def _turns(outline: Points, reaches: Sequence[int]) -> list[tuple[Points, Points, int]]:
    """Places where the outline turns back on itself: point, inward unit vector, reach."""
    turns = []
    for reach in reaches:
        if len(outline) < 3 * reach:
            continue
        before = np.roll(outline, reach, axis=0) - outline
        after = np.roll(outline, -reach, axis=0) - outline
        lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1) + 1e-9
        cosine = (before * after).sum(1) / lengths
        # Contours run with the skin on a fixed side: a positive cross product is a bump, not a notch.
        turning = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        sharp = np.where(turning > 0, cosine, -1.0)
        around = cv2.dilate(
            np.concatenate([sharp[-reach:], sharp, sharp[:reach]])[:, None].astype(np.float32),
            np.ones((2 * (reach // 2) + 1, 1), np.uint8),
        )[reach:-reach, 0]
        peaks = np.flatnonzero((sharp >= around - 1e-6) & (sharp > np.cos(np.deg2rad(p.TIP_ANGLE))))
        for index in peaks:
            inward = before[index] + after[index]
            norm = float(np.linalg.norm(inward))
            if norm > 1e-6:
                turns.append((outline[index], inward / norm, reach))
    return turns


def _follow(mask: Bytes, tip: Points, inward: Points, guess: float) -> LocatedFinger | None:
    """Fit an axis and a breadth from a tip inwards; None if no two edges run side by side."""
    breadth = guess
    for _ in range(4):
        near, far = p.SECTIONS
        steps = _within_picture(mask, tip, inward, np.linspace(near * breadth, far * breadth, 15))
        left, right = _edges(mask, tip, inward, steps, 1.3 * breadth)
        known = np.isfinite(left) & np.isfinite(right)
        if known.sum() < 8:
            return None
        widths = (left + right)[known]
        breadth = float(np.median(widths))
        offset = ((right - left) / 2)[known]
        slope, shift = np.polyfit(steps[known], offset, 1)
        across = np.array([-inward[1], inward[0]])
        tip = tip + across * shift
        inward = inward + across * slope
        inward = inward / np.linalg.norm(inward)
        if breadth < 4:
            return None
        tip = _outermost(mask, tip, inward, breadth)
    steps = np.linspace(p.SECTIONS[0] * breadth, p.SECTIONS[1] * breadth, 15)
    steps = _within_picture(mask, tip, inward, steps)
    left, right = _edges(mask, tip, inward, steps, 1.3 * breadth)
    known = np.isfinite(left) & np.isfinite(right)
    # Where a neighbour touches or a thing lies across, some sections are off; most must agree.
    known &= np.abs(left + right - breadth) < p.SECTION_OFF * breadth
    if known.sum() < p.SECTIONS_NEEDED or float(np.std((left + right)[known])) > p.MAX_TAPER * breadth:
        return None
    if float(np.abs((right - left)[known]).max()) > 0.5 * breadth:
        return None
    length = _length(mask, tip, inward, breadth)
    cut = is_cut(mask.shape, tip, inward, breadth)
    return LocatedFinger(
        (float(tip[0]), float(tip[1])), (-float(inward[0]), -float(inward[1])), breadth, length, cut
    )


def is_cut(shape: tuple[int, ...], tip: Points, inward: Points, breadth: float) -> bool:
    """Whether the edge of a picture (height, width) cuts a finger's pad: its rim, half a breadth to either
    side, must be in the picture too."""
    height, width = shape
    margin = 2.5
    across = np.array([-inward[1], inward[0]]) * breadth / 2
    rim = np.array(
        [tip, *(tip + inward * breadth * at + side for at in (0.6, 1.2) for side in (across, -across))]
    )
    # The strip along the top is taken for background: a finger that ends there may go on beyond the picture.
    low = np.array([margin, margin + p.BORDER * max(height, width)])
    inside = (rim > low) & (rim < np.array([width, height]) - 1 - margin)
    return not bool(inside.all())


def _within_picture(mask: Bytes, tip: Points, inward: Points, steps: Points) -> Points:
    """The steps, drawn closer together where the picture ends before the last one (a close-up)."""
    height, width = mask.shape
    room = float(steps[-1])
    for place, direction, limit in ((tip[0], inward[0], width - 1), (tip[1], inward[1], height - 1)):
        if direction > 1e-6:
            room = min(room, (limit - place) / direction)
        elif direction < -1e-6:
            room = min(room, -place / direction)
    return np.linspace(float(steps[0]), max(room, float(steps[0]) + 1), len(steps))


def _edges(mask: Bytes, tip: Points, inward: Points, steps: Points, limit: float) -> tuple[Points, Points]:
    """Distance from the axis to the edge on either side at each step; NaN where none is within the limit."""
    across = np.array([-inward[1], inward[0]])
    offsets = np.arange(0, limit, 0.5)
    centres = tip + steps[:, None] * inward
    sides = []
    for sign in (-1.0, 1.0):
        points = centres[:, None, :] + sign * offsets[None, :, None] * across
        on = _sample(mask, points)
        gone = on == 0
        first = np.where(gone.any(1), gone.argmax(1), -1)
        sides.append(np.where(first > 0, offsets[np.maximum(first, 0)], np.nan))
    return sides[0], sides[1]


def _sample(mask: Bytes, points: Points) -> Bytes:
    """The mask at (x, y) points; 0 outside the picture."""
    x = np.round(points[..., 0]).astype(int)
    y = np.round(points[..., 1]).astype(int)
    height, width = mask.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    values = mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return np.asarray(np.where(inside, values, 0), np.uint8)


def _outermost(mask: Bytes, tip: Points, inward: Points, breadth: float) -> Points:
    """Where the axis leaves the skin, sought outwards from half a breadth inside."""
    steps = np.arange(0.5 * breadth, -1.2 * breadth, -0.5)
    on = _sample(mask, tip + steps[:, None] * inward)
    gone = np.flatnonzero(on == 0)
    return tip + (steps[gone[0]] if len(gone) else 0.0) * inward


def _length(mask: Bytes, tip: Points, inward: Points, breadth: float) -> float:
    """How far inwards the two edges stay side by side."""
    steps = np.arange(0.5, 6.0, 0.1) * breadth
    left, right = _edges(mask, tip, inward, steps, 1.0 * breadth)
    widths = left + right
    ends = np.flatnonzero(~(widths < 1.45 * breadth))
    # One odd section (a ring, a crease) does not end a finger.
    for index in ends:
        if not (widths[index : index + 3] < 1.45 * breadth).any():
            return float(steps[index])
    return float(steps[-1])


def _distinct(found: list[LocatedFinger]) -> list[LocatedFinger]:
    """One entry a finger: those with a free tip first, then the longest in breadths; overlaps go."""
    kept: list[LocatedFinger] = []
    for finger in sorted(found, key=lambda f: (f.cut, -f.length / f.breadth)):
        if not any(overlap(finger, other) for other in kept):
            kept.append(finger)
    return kept


def overlap(finger: LocatedFinger, other: LocatedFinger) -> bool:
    """Whether the tip of either lies within the other, or the tips are one."""
    gap = np.hypot(finger.tip[0] - other.tip[0], finger.tip[1] - other.tip[1])
    if gap < 0.6 * max(finger.breadth, other.breadth):
        return True
    return _within(finger, other) or _within(other, finger)


def _within(finger: LocatedFinger, other: LocatedFinger) -> bool:
    """Whether the first finger's tip region lies on the second finger."""
    x = finger.tip[0] - 0.4 * finger.breadth * finger.axis[0] - other.tip[0]
    y = finger.tip[1] - 0.4 * finger.breadth * finger.axis[1] - other.tip[1]
    along = -(x * other.axis[0] + y * other.axis[1])
    aside = abs(x * other.axis[1] - y * other.axis[0])
    return bool(-0.2 * other.breadth < along < other.length and aside < 0.55 * other.breadth)
