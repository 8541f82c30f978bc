"""Find fingers by their edges alone: two that run side by side and a round one that joins them.

For pictures in which no colour tells the hand from what lies behind it: skin before wood of its own colour, a
strap that cuts the mask in two. A finger's shaded rim is an edge all the same. Every pixel is asked how much
of the outline of a fingertip that ended there would lie on edges of the right direction (a generalised Hough
transform: Ballard, 1981), for each direction and breadth; the best places are then refined.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import Bytes, LocatedFinger, is_cut

Floats = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_BINS = p.OUTLINE_DIRECTIONS // 2  # an edge has no sign


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Points of a fingertip's outline in breadths, (across, inward), and the angles of their normals.

    `part` is 0 for the left side, 1 for the right one, 2 for the cap.
    """

    at: Points
    normal: Points
    part: npt.NDArray[np.intp]


def outlined_fingers(small: Bytes) -> list[LocatedFinger]:
    """Fingers whose outlines are edges, the clearest first; `small` as `segment.shrink` gives it."""
    edges = _directed_edges(small)
    coarse = _pooled(edges)
    found = []
    for start in _peaks(coarse, max(small.shape)):
        finger, score = _refined(edges, start)
        if score < p.OUTLINE_LEAST:
            continue
        length = _length(edges, finger)
        if length >= p.MIN_LENGTH * finger[3]:
            found.append((score, _located(small, finger, length)))
    found.sort(key=lambda one: -one[0])
    kept: list[LocatedFinger] = []
    for _, one in found:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept[: p.OUTLINE_KEPT]


def _same(one: LocatedFinger, other: LocatedFinger) -> bool:
    """Whether two are one guess: as near, as broad and as directed as makes no difference."""
    near = float(np.hypot(*np.subtract(one.tip, other.tip))) < 0.3 * other.breadth
    broad = 1 / p.OUTLINE_STEP < one.breadth / other.breadth < p.OUTLINE_STEP
    return near and broad and float(np.dot(one.axis, other.axis)) > np.cos(np.deg2rad(10))


def _directed_edges(small: Bytes) -> Floats:
    """How clear an edge is at each pixel, 0 to 1, by the direction of its normal: (bins, height, width)."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), p.OUTLINE_BLUR), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 1:] *= p.CHROMA_GAIN
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0) / 8
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1) / 8
    slopes = np.hypot(across, down)
    steepest = slopes.argmax(axis=2)[..., None]
    x, y = (np.take_along_axis(one, steepest, axis=2)[..., 0] for one in (across, down))
    slope = np.hypot(x, y)
    # An edge counts for what it is among its surroundings: neither torch nor texture decides alone.
    window = 0.1 * max(small.shape)
    usual = np.sqrt(cv2.GaussianBlur(slope * slope, (0, 0), window))
    clear = slope / (slope + p.OUTLINE_USUAL * usual + p.OUTLINE_FLOOR)
    clear *= _crest(slope, x, y)
    turn = (np.arctan2(y, x) % np.pi) * (_BINS / np.pi)
    edges = np.zeros((_BINS, *slope.shape), np.float32)
    low = np.floor(turn).astype(int)
    share = (turn - low).astype(np.float32)
    rows, columns = np.indices(slope.shape)
    edges[low % _BINS, rows, columns] = clear * np.sqrt(1 - share)
    edges[(low + 1) % _BINS, rows, columns] = clear * np.sqrt(share)
    return np.stack([cv2.dilate(one, np.ones((3, 3), np.uint8)) for one in edges])


def _crest(slope: Floats, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    """Where the slope is steepest along its own direction: an edge is a line, one pixel broad."""
    rows, columns = np.indices(slope.shape).astype(np.float32)
    with np.errstate(invalid="ignore"):
        step_x, step_y = (np.nan_to_num(one / np.maximum(slope, 1e-6)) for one in (x, y))
    before, after = (
        cv2.remap(slope, columns + sign * step_x, rows + sign * step_y, cv2.INTER_LINEAR) for sign in (-1, 1)
    )
    crest: npt.NDArray[np.bool_] = (slope >= before) & (slope >= after)
    return crest


def _pooled(edges: Floats) -> Floats:
    """Half the size, the clearest of each four, and a pixel of tolerance."""
    _, height, width = edges.shape
    even = edges[:, : height // 2 * 2, : width // 2 * 2]
    halves = even.reshape(len(edges), height // 2, 2, width // 2, 2).max(axis=(2, 4))
    return np.stack([cv2.dilate(one, np.ones((3, 3), np.uint8)) for one in halves])


@cache
def _shape() -> _Shape:
    near, far = p.OUTLINE_SIDES
    depths = np.arange(near, far, 0.16)
    round_ = np.deg2rad(np.linspace(-75, 75, 9))
    cap = np.stack([0.5 * np.sin(round_), p.OUTLINE_CAP * (1 - np.cos(round_))], axis=1)
    # The normal of an ellipse of half axes 0.5 and OUTLINE_CAP.
    bent = np.arctan2(-np.cos(round_) / p.OUTLINE_CAP, np.sin(round_) / 0.5)
    left, right = (np.stack([np.full_like(depths, side), depths], axis=1) for side in (-0.5, 0.5))
    flat = np.zeros(len(depths))
    part = np.repeat([0, 1, 2], [len(depths), len(depths), len(cap)])
    return _Shape(np.concatenate([left, right, cap]), np.concatenate([flat, flat, bent]), part)


def _placed(turn: Points | float, breadth: Points | float) -> tuple[Points, Points, Points]:
    """The shape's points about the tip, x and y, and its normals' angles: (..., points); y downward.

    `turn` is clockwise from up, radians.
    """
    shape = _shape()
    turn, breadth = np.asarray(turn)[..., None], np.asarray(breadth)[..., None]
    across, inward = shape.at[:, 0] * breadth, shape.at[:, 1] * breadth
    x = across * np.cos(turn) - inward * np.sin(turn)
    y = across * np.sin(turn) + inward * np.cos(turn)
    return x, y, shape.normal + turn


def _bin(normal: Points) -> npt.NDArray[np.intp]:
    return np.rint((normal % np.pi) * (_BINS / np.pi)).astype(np.intp) % _BINS


def _peaks(coarse: Floats, longer: int) -> list[tuple[float, float, float, float]]:
    """Places, directions and breadths at working size: (x, y, turn, breadth)."""
    _, height, width = coarse.shape
    steps = np.arange(p.OUTLINE_BREADTHS, dtype=np.float64)
    breadths: Points = np.asarray(p.MIN_BREADTH * longer * p.OUTLINE_STEP**steps, np.float64)
    turns: Points = np.linspace(0, 2 * np.pi, p.OUTLINE_DIRECTIONS, endpoint=False)
    best = np.zeros((p.OUTLINE_BANDS, height, width), np.float32)
    which = np.zeros(best.shape, np.int32)
    pad = int(np.ceil(breadths[-1] * max(p.OUTLINE_SIDES) / 2)) + 2
    wide = np.pad(coarse, ((0, 0), (pad, pad), (pad, pad)))
    part = _shape().part
    shares = 1 / np.bincount(part).astype(np.float32)
    for index in range(len(breadths) * len(turns)):
        turn, breadth = turns[index % len(turns)], breadths[index // len(turns)] / 2
        x, y, normal = _placed(turn, breadth)
        left, top = np.rint(x).astype(int) + pad, np.rint(y).astype(int) + pad
        sums = np.zeros((3, height, width), np.float32)
        for k, number in enumerate(_bin(normal)):
            sums[part[k]] += wide[number, top[k] : top[k] + height, left[k] : left[k] + width]
        score = _score(np.asarray(sums * shares[:, None, None], np.float32))
        band = index * p.OUTLINE_BANDS // (len(breadths) * len(turns))
        better = score > best[band]
        best[band][better], which[band][better] = score[better], index
    return _tops(best, which, turns, breadths)


def _score(parts: Floats) -> Floats:
    """A fingertip has both sides and a cap: the least of the three counts as much as their mean."""
    return np.asarray(0.5 * parts.min(axis=0) + 0.5 * parts.mean(axis=0), np.float32)


def _tops(
    best: Floats, which: npt.NDArray[np.int32], turns: Points, breadths: Points
) -> list[tuple[float, float, float, float]]:
    """The best places, of narrow and of broad fingers apart: at one tip several guesses may be worth it."""
    around = np.stack([cv2.dilate(one, np.ones((7, 7), np.uint8)) for one in best])
    bands, rows, columns = np.nonzero((best >= around) & (best > 0.8 * p.OUTLINE_LEAST))
    order = np.argsort(-best[bands, rows, columns])[: p.OUTLINE_PEAKS]
    found = []
    for band, row, column in zip(bands[order], rows[order], columns[order], strict=True):
        index = int(which[band, row, column])
        turn, breadth = turns[index % len(turns)], breadths[index // len(turns)]
        found.append((2.0 * column + 0.5, 2.0 * row + 0.5, float(turn), float(breadth)))
    return found


def _refined(
    edges: Floats, start: tuple[float, float, float, float]
) -> tuple[tuple[float, float, float, float], float]:
    """Better place, direction and breadth near a peak, and the score there."""
    now, score = np.array(start), -1.0
    for reach in (1.0, 0.5, 0.25):
        shifts = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) * reach
        few = np.array([-1.0, 0.0, 1.0]) * reach
        grid = np.stack(np.meshgrid(shifts, shifts, few * 0.09, few * 0.1, indexing="ij"), axis=-1)
        tried = now + grid.reshape(-1, 4) * np.array([1.0, 1.0, 1.0, now[3]])
        scores = _scores_at(edges, tried)
        now, score = tried[int(scores.argmax())], float(scores.max())
    x, y, turn, breadth = (float(value) for value in now)
    return (x, y, turn, breadth), score


def _scores_at(edges: Floats, tried: Points) -> Floats:
    x, y, normal = _placed(tried[:, 2], tried[:, 3])
    clear = _sampled(edges, x + tried[:, :1], y + tried[:, 1:2], normal)
    part = _shape().part
    return _score(np.stack([clear[:, part == number].mean(axis=1) for number in range(3)]))


def _sampled(edges: Floats, x: Points, y: Points, normal: Points) -> Floats:
    """Edges of the asked direction at points; 0 outside the picture."""
    _, height, width = edges.shape
    column, row = np.rint(x).astype(int), np.rint(y).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    values = edges[_bin(normal), np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.asarray(np.where(inside, values, 0), np.float32)


def _length(edges: Floats, finger: tuple[float, float, float, float]) -> float:
    """How far inwards both sides go on, things that lie across them passed over."""
    x, y, turn, breadth = finger
    depths = np.arange(p.OUTLINE_SIDES[0], 5.0, 0.1)
    loose = np.linspace(0.38, 0.66, 9)  # a finger is broader at its base, and may bend
    sides = []
    for sign in (-1, 1):
        across = sign * loose[:, None] * breadth
        inward = depths[None, :] * breadth
        px = x + across * np.cos(turn) - inward * np.sin(turn)
        py = y + across * np.sin(turn) + inward * np.cos(turn)
        sides.append(_sampled(edges, px, py, np.full_like(px, turn)).max(axis=0))
    both = np.minimum(*sides)
    window = np.ones(9) / 9
    steady = np.convolve(np.pad(both, 4, mode="edge"), window, mode="valid")
    gone = np.flatnonzero(steady < p.OUTLINE_FADES)
    return float(depths[gone[0]] if len(gone) else depths[-1]) * breadth


def _located(small: Bytes, finger: tuple[float, float, float, float], length: float) -> LocatedFinger:
    x, y, turn, breadth = finger
    axis = np.array([np.sin(turn), -np.cos(turn)])
    cut = is_cut(small.shape[:2], np.array([x, y]), -axis, breadth)
    return LocatedFinger((x, y), (float(axis[0]), float(axis[1])), breadth, length, cut)
