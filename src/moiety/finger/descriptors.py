"""What surrounds each minutia: a cylinder of neighbours by place and direction, after Minutia Cylinder-Code.

Cappelli, Ferrara and Maltoni, "Minutia Cylinder-Code", TPAMI 32(12), 2010: the disc around a minutia, turned
to its direction, is cut into cells; each cell holds, for each of several direction differences, how strongly
neighbours contribute there. Cells outside the convex hull of the print say nothing. Two cylinders are
compared on the cells that both can speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.finger import parameters as p
from moiety.finger.template import Minutiae

Floats = NDArray[np.float32]

_TURN: Final = np.float32(2 * np.pi)


def wrapped(angle: Floats) -> Floats:
    """Angles, radians, brought to -pi to pi."""
    turned: Floats = angle - _TURN * np.rint(angle / _TURN)
    return turned


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Hull:
    """The convex hull of a print: outward normals (h, 2) and offsets (h,), mm; h = 0 without an area."""

    normals: Floats
    offsets: Floats

    def holds(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Which points, of any one shape, lie within `p.HULL_MARGIN` of the hull."""
        if self.offsets.size == 0:
            return np.zeros(x.shape, np.bool_)
        beyond = x[..., None] * self.normals[:, 0] + y[..., None] * self.normals[:, 1] - self.offsets
        inside: NDArray[np.bool_] = beyond.max(axis=-1) <= p.HULL_MARGIN
        return inside


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Structure:
    """All that the matcher needs of one template, computed once; float32, mm and radians, y upward.

    `xy` (n, 2); `angle` (n,); `ending` (n,); `weight` (n,) what a minutia counts, by its rank; `distance`
    (n, n); `nearness` (n, n) how far a displacement carries over; `cells` (n, c * d) the cylinders, zero
    where not valid; `valid` (n, c); `energy` (n, c) squared content of each cell.
    """

    xy: Floats
    angle: Floats
    ending: NDArray[np.bool_]
    weight: Floats
    distance: Floats
    nearness: Floats
    cells: Floats
    valid: Floats
    energy: Floats
    hull: Hull

    def __len__(self) -> int:
        return int(self.angle.size)


def structure(minutiae: Minutiae, *, flip: bool = False) -> Structure:
    """Prepare minutiae, best first, for matching; `flip` mirrors them left to right."""
    side = -1.0 if flip else 1.0
    xy = np.stack([side * minutiae.x, -minutiae.y], axis=1).astype(np.float32)
    angle = wrapped((np.pi - minutiae.angle if flip else minutiae.angle).astype(np.float32))
    count = len(angle)
    offset = xy[None] - xy[:, None]
    squared = (offset * offset).sum(axis=-1)
    hull = _hull(xy)
    cells, valid = _cylinders(xy, angle, offset, hull)
    masked = cells * valid[:, :, None]
    return Structure(
        xy=xy,
        angle=angle,
        ending=minutiae.ending,
        weight=(1 - p.RANK_DISCOUNT * np.arange(count) / max(count, 1)).astype(np.float32),
        distance=np.sqrt(squared),
        nearness=np.exp(squared * np.float32(-0.5 / p.ELASTIC_REACH**2)),
        cells=masked.reshape(count, -1),
        valid=valid,
        energy=(masked * masked).sum(axis=-1),
        hull=hull,
    )


def similarity(one: Structure, other: Structure) -> Floats:
    """How alike the surroundings of each minutia of `one` and each of `other` are: (n, m), 0 to 1.

    1 less the normalised distance of the cylinders over the cells valid in both (section 3.2 of the paper);
    0 where too few are; less where one is an ending and the other a bifurcation.
    """
    of_one = one.energy @ other.valid.T
    of_other = one.valid @ other.energy.T
    apart = np.sqrt(np.maximum(of_one + of_other - 2 * (one.cells @ other.cells.T), 0))
    alike = 1 - apart / (np.sqrt(of_one) + np.sqrt(of_other) + np.float32(1e-6))
    enough = one.valid @ other.valid.T >= p.SHARED_CELLS * one.valid.shape[1]
    same_kind = one.ending[:, None] == other.ending[None]
    found: Floats = alike * enough * np.where(same_kind, np.float32(1), np.float32(1 - p.KIND_DISCOUNT))
    return found


@cache
def _grid() -> tuple[Floats, Floats]:
    """Centres of the cells in the disc, (c, 2) in mm, and of the direction sections, (d,) in radians."""
    step = 2 * p.CYLINDER_RADIUS / p.CYLINDER_CELLS
    line = (np.arange(p.CYLINDER_CELLS) - (p.CYLINDER_CELLS - 1) / 2) * step
    square = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    disc = square[(square**2).sum(axis=1) <= p.CYLINDER_RADIUS**2].astype(np.float32)
    sections = -np.pi + (np.arange(p.CYLINDER_SECTIONS) + 0.5) * (2 * np.pi / p.CYLINDER_SECTIONS)
    return disc, sections.astype(np.float32)


def _cylinders(xy: Floats, angle: Floats, offset: Floats, hull: Hull) -> tuple[Floats, Floats]:
    """The content (n, c, d) and the validity (n, c) of each minutia's cylinder."""
    disc, sections = _grid()
    count = len(angle)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned_x = cos * offset[..., 0] + sin * offset[..., 1]
    turned_y = cos * offset[..., 1] - sin * offset[..., 0]
    turned = np.stack([turned_x, turned_y], axis=-1)
    fall = np.float32(-0.5 / p.CYLINDER_PLACE_SPREAD**2)
    squared = (turned * turned).sum(axis=-1)[..., None] + (disc * disc).sum(axis=1)
    place = np.exp(fall * (squared - 2 * (turned.reshape(-1, 2) @ disc.T).reshape(count, count, -1)))
    place[np.arange(count), np.arange(count)] = 0  # a minutia is no neighbour of its own
    differs = wrapped(wrapped(angle[None] - angle[:, None])[..., None] - sections)
    direction = np.exp(np.float32(-0.5 / p.CYLINDER_TURN_SPREAD**2) * differs * differs)
    summed = np.matmul(place.transpose(0, 2, 1), direction)
    content: Floats = 1 / (1 + np.exp(np.float32(-p.CYLINDER_STEEPNESS) * (summed - p.CYLINDER_MIDDLE)))
    at_x = xy[:, :1] + cos * disc[:, 0] - sin * disc[:, 1]
    at_y = xy[:, 1:] + sin * disc[:, 0] + cos * disc[:, 1]
    return content, hull.holds(at_x.astype(np.float32), at_y.astype(np.float32)).astype(np.float32)


def _hull(xy: Floats) -> Hull:
    corners = cv2.convexHull(xy)[:, 0] if len(xy) else xy
    if len(corners) < 3:
        return Hull(np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    following = np.roll(corners, -1, axis=0)
    edge = following - corners
    area = float((corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]).sum())
    outward = np.stack([edge[:, 1], -edge[:, 0]], axis=1) * np.float32(np.sign(area))
    normals = outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), np.float32(1e-9))
    return Hull(normals.astype(np.float32), (normals * corners).sum(axis=1).astype(np.float32))
