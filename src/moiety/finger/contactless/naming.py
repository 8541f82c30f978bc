"""Name the located fingers: which is the index, which the little finger of the hand that is claimed.

The order of the fingers alone would name a mirrored picture, the back of a hand or the other hand without a
murmur. So the tips must also fit a model hand of the claimed side, and fit the other side worse. Where they
do not, nothing is named, and a finding says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import LocatedFinger, Points

ORDER = ("thumb", "index", "middle", "ring", "little")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A located finger and the mean colour of its pad in CIELAB, lightness halved."""

    finger: LocatedFinger
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Naming:
    """Outcome: `fingers` by name ("index"), empty unless `problem` is None.

    `problem` is one of "no-finger", "fingers-missing", "fingers-surplus", "hand-contradicts"; `seen` counts
    the fingers that belong together; `misfit` is the distance from the best model hand in breadths.
    """

    fingers: dict[str, LocatedFinger]
    problem: str | None
    seen: int
    misfit: float = 0.0


def name_fingers(
    candidates: Iterable[Candidate], side: str, expected: tuple[str, ...], *, mirrored: bool
) -> Naming:
    """Give every expected finger its place in the picture, or say why that is not safe.

    Args:
        candidates: finger-like parts of one picture.
        side: "left" or "right", as claimed.
        expected: names in the order of ORDER.
        mirrored: whether the camera mirrored the picture.
    """
    least = p.CLOSE_LENGTH if len(expected) == 1 else p.MIN_LENGTH
    usable = [c for c in candidates if c.finger.length >= least * c.finger.breadth]
    usable.sort(key=lambda c: (c.finger.cut, -c.finger.length / c.finger.breadth))
    usable = usable[: p.MAX_CANDIDATES]
    if not usable:
        return Naming({}, "no-finger", 0)
    if len(expected) == 1:
        return _name_one(usable, expected[0])
    flip = -1.0 if (side == "left") != mirrored else 1.0
    best = _best_set(usable, expected, flip)
    if best is None:
        together = max(len(_companions(c, usable)) + 1 for c in usable)
        problem = "fingers-missing" if together < len(expected) else "hand-contradicts"
        return Naming({}, problem, together)
    misfit, chosen = best
    other = _best_set(list(chosen), expected, -flip)
    if misfit > p.MAX_MISFIT or (other is not None and other[0] < p.OTHER_HAND_LEAD * misfit):
        together = max(len(_companions(c, usable)) + 1 for c in chosen)
        return Naming({}, "hand-contradicts", together)
    surplus = _surplus(chosen, usable, expected)
    if surplus:
        return Naming({}, "fingers-surplus", len(chosen) + surplus)
    fingers = {name: c.finger for name, c in zip(expected, chosen, strict=True)}
    return Naming(fingers, None, len(chosen), misfit)


def _name_one(usable: list[Candidate], name: str) -> Naming:
    """One finger was announced: exactly one may be seen."""
    largest = max(usable, key=lambda c: (not c.finger.cut, c.finger.breadth * min(c.finger.length, 3e3)))
    rivals = [c for c in _companions(largest, usable) if not c.finger.cut]
    if rivals:
        return Naming({}, "fingers-surplus", len(rivals) + 1)
    return Naming({name: largest.finger}, None, 1)


def _one_hand(group: tuple[Candidate, ...]) -> bool:
    """Whether breadths agree, and colours do but for at most one finger of three or more (a plaster,
    glare)."""
    colours = np.array([c.colour for c in group])
    gaps = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    odd = [c.finger for c, gap in zip(group, gaps, strict=True) if gap > p.MAX_COLOUR_GAP]
    breadths = [c.finger.breadth for c in group if not c.finger.cut]
    if len(odd) > int(len(group) > 2) or max(breadths) >= p.BREADTH_RATIO * min(breadths):
        return False
    middle = float(np.median(breadths))
    return all(f.length > p.ODD_LENGTH * f.breadth and f.breadth > middle / p.ODD_RATIO for f in odd)


def _alike(one: Candidate, two: Candidate) -> bool:
    """Whether two fingers can belong to one hand by breadth and colour."""
    ratio = one.finger.breadth / two.finger.breadth
    gap = np.linalg.norm(np.subtract(one.colour, two.colour))
    return bool(1 / p.BREADTH_RATIO < ratio < p.BREADTH_RATIO and gap < p.MAX_COLOUR_GAP)


def _behind(one: Candidate, other: Candidate) -> bool:
    """Whether the first lies on the line of the second, nearer the palm: a piece of the same finger."""
    x = one.finger.tip[0] - other.finger.tip[0]
    y = one.finger.tip[1] - other.finger.tip[1]
    axis = other.finger.axis
    aside = abs(x * axis[1] - y * axis[0])
    along = -(x * axis[0] + y * axis[1])
    return bool(0 < along < 5 * other.finger.breadth and aside < 0.7 * other.finger.breadth)


def likely_fingers(candidates: Iterable[Candidate]) -> list[LocatedFinger]:
    """The largest group of candidates that can be of one hand, for a second look around them."""
    usable = [c for c in candidates if c.finger.length >= p.MIN_LENGTH * c.finger.breadth]
    groups = [[c, *_companions(c, usable)] for c in usable]
    return [c.finger for c in max(groups, key=len, default=[])]


def _companions(one: Candidate, all_of_them: list[Candidate]) -> list[Candidate]:
    """Other candidates that point the same way, alike, and near enough to be of the same hand."""
    near = []
    for other in all_of_them:
        if other is one or not _alike(one, other):
            continue
        dot = float(np.dot(one.finger.axis, other.finger.axis))
        gap = float(np.hypot(*np.subtract(one.finger.tip, other.finger.tip)))
        if dot > np.cos(np.deg2rad(p.MAX_AXIS_SPREAD)) and gap < 7.5 * one.finger.breadth:
            near.append(other)
    return near


def _surplus(chosen: tuple[Candidate, ...], usable: list[Candidate], expected: tuple[str, ...]) -> int:
    """How many further fingers of the same or a second hand are seen; one thumb is no surplus."""
    rest = [
        c for c in usable if not c.finger.cut and all(c is not one and not _behind(c, one) for one in chosen)
    ]
    like = [c for c in rest if sum(_alike(c, one) for one in chosen) * 2 > len(chosen)]
    axis = np.mean([c.finger.axis for c in chosen], axis=0)
    axis = axis / np.linalg.norm(axis)
    straight = [c for c in like if float(np.dot(c.finger.axis, axis)) > np.cos(np.deg2rad(p.MAX_AXIS_SPREAD))]
    beside = 0
    breadth = float(np.median([c.finger.breadth for c in chosen]))
    for candidate in straight:
        gaps = [np.hypot(*np.subtract(candidate.finger.tip, one.finger.tip)) for one in chosen]
        beside += int(min(gaps) < 3.2 * breadth)
    thumbs = 0 if "thumb" in expected else 1
    second_hand = len(like) - thumbs >= 3
    return len(like) if second_hand else beside


def _best_set(
    usable: list[Candidate], expected: tuple[str, ...], flip: float
) -> tuple[float, tuple[Candidate, ...]] | None:
    """The set of candidates, in the order of `expected`, that fits a hand best, and its misfit in
    breadths."""
    best: tuple[float, tuple[Candidate, ...]] | None = None
    models = [_model(expected, spread, flip) for spread in p.MODEL_SPREADS]
    for group in combinations(usable, len(expected)):
        whole = sum(not c.finger.cut for c in group)
        if whole < min(len(expected), 3):  # two tips of many would fit any hand
            continue
        if not _one_hand(group):
            continue
        ordered = _in_order(group, expected, flip)
        if ordered is None:
            continue
        misfit = min(_misfit(ordered, model) for model in models)
        if best is None or misfit < best[0]:
            best = (misfit, ordered)
    return best


def _in_order(
    group: tuple[Candidate, ...], expected: tuple[str, ...], flip: float
) -> tuple[Candidate, ...] | None:
    """Sort a group across the hand, thumb side first; None if the axes do not fan out like a hand's."""
    axes = np.array([c.finger.axis for c in group])
    mean = np.median(axes, axis=0)
    mean = mean / (np.linalg.norm(mean) + 1e-9)
    right = np.array([-mean[1], mean[0]])
    ordered = sorted(group, key=lambda c: -flip * float(np.dot(c.finger.tip, right)))
    straight = ordered[1:] if expected[0] == "thumb" else ordered
    limit = np.cos(np.deg2rad(p.MAX_AXIS_SPREAD))
    if any(float(np.dot(c.finger.axis, mean)) < limit for c in straight):
        return None
    across = [float(np.dot(c.finger.tip, right)) for c in straight]
    breadth = float(np.median([c.finger.breadth for c in group]))
    if len(across) > 1 and float(np.min(np.abs(np.diff(across)))) < 0.6 * breadth:
        return None
    return tuple(ordered)


def _model(expected: tuple[str, ...], spread: float, flip: float) -> Points:
    """Tips of the model hand in breadths, y upward, for a spread; mirrored by `flip`."""
    tips = []
    for name in expected:
        base = np.array(p.MODEL_BASES[name])
        along = np.array(p.MODEL_TIPS[name]) - base
        if name != "thumb":
            length = float(np.hypot(*along))
            angle = np.arctan2(along[0], along[1]) * spread
            along = length * np.array([np.sin(angle), np.cos(angle)])
        x, y = base + along
        tips.append((x * flip, -y))
    return np.array(tips)


def _misfit(ordered: tuple[Candidate, ...], model: Points) -> float:
    """Root mean square distance in breadths after the best shift, turn and scale (Umeyama, 1991, in the
    plane).

    Of a finger that the picture's edge cuts, only the line counts; a turn that disagrees with the axes is no
    fit."""
    keep = [k for k, c in enumerate(ordered) if not c.finger.cut]
    if len(keep) < 2:
        return float("inf")
    seen = np.array([ordered[k].finger.tip for k in keep])
    breadth = float(np.median([c.finger.breadth for c in ordered]))
    middle = model[keep].mean(0)
    a = (model[keep] - middle) @ np.array([1, 1j])
    b = (seen - seen.mean(0)) @ np.array([1, 1j]) / breadth
    turn = np.vdot(a, b) / np.vdot(a, a).real
    scale = float(np.clip(abs(turn), *p.SCALE_RANGE))
    unit = turn / (abs(turn) + 1e-9)
    up = complex(0, -1) * unit  # where the model's "towards the tips" points in the picture
    axis = np.mean([c.finger.axis for c in ordered], axis=0)
    angle = abs(np.angle(up / complex(axis[0], axis[1])))
    gaps = list(np.abs(b - scale * unit * a))
    for k, one in enumerate(ordered):
        if one.finger.cut:  # its tip is not known: its line must pass where the model's finger lies
            there = scale * unit * complex(*(model[k] - middle))
            at = np.array([there.real, there.imag]) * breadth + seen.mean(0) - np.array(one.finger.tip)
            gaps.append(abs(at[0] * one.finger.axis[1] - at[1] * one.finger.axis[0]) / breadth)
            gaps.append(max(0.0, 1.0 - float(np.dot(one.finger.axis, axis)) * 1.1))
    residual = float(np.sqrt(np.mean(np.square(gaps))))
    return float(residual + max(0.0, float(angle) - np.deg2rad(12)) * 1.5)
