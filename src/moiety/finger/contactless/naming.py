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
from moiety.finger.contactless.beside import hand_goes_on
from moiety.finger.contactless.hand_model import Fit, fit
from moiety.finger.contactless.locate import Bytes, LocatedFinger, overlap

ORDER = ("thumb", "index", "middle", "ring", "little")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A located finger, the mean colour of its pad in CIELAB, lightness halved, and whether its edges alone
    showed it."""

    finger: LocatedFinger
    colour: tuple[float, float, float]
    edged: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """Outcome: `fingers` by name ("index"), empty unless `problem` is None.

    `problem` is one of "no-finger", "fingers-missing", "fingers-surplus", "hand-contradicts"; `seen` counts
    the fingers that belong together; `misfit` is the distance from the claimed hand (see `hand_model.Fit`).
    `likelihood` is the logarithm of that of what was named, and `rival` that of the likeliest other hand
    among all that was seen: some fingers of the other hand and a thing beside them may look like the claimed
    one.
    """

    fingers: dict[str, LocatedFinger]
    problem: str | None
    seen: int
    misfit: float = 0.0
    likelihood: float = -np.inf
    rival: float = -np.inf


def name_fingers(
    candidates: Iterable[Candidate], side: str, expected: tuple[str, ...], *, mirrored: bool, lab: Bytes
) -> Naming:
    """Give every expected finger its place in the picture, or say why that is not safe.

    Args:
        candidates: finger-like parts of one picture.
        side: "left" or "right", as claimed.
        expected: names in the order of ORDER.
        mirrored: whether the camera mirrored the picture.
        lab: the picture in CIELAB, for what lies beside the fingers.
    """
    least = p.CLOSE_LENGTH if len(expected) == 1 else p.MIN_LENGTH
    usable = [c for c in candidates if c.finger.length >= least * c.finger.breadth]
    if len(usable) > p.MAX_CANDIDATES:
        alone = {id(c) for c in usable if len(_companions(c, usable)) < min(len(expected), 3) - 1}
        usable.sort(key=lambda c: (c.finger.cut, id(c) in alone, -c.finger.length / c.finger.breadth))
        usable = usable[: p.MAX_CANDIDATES]
    if not usable:
        return Naming({}, "no-finger", 0)
    if len(expected) == 1:
        return _name_one(usable, expected[0])
    flip = -1.0 if (side == "left") != mirrored else 1.0
    best = _best_set(usable, expected, flip)
    turned = _best_set(usable, expected, -flip)
    rival = -np.inf if turned is None else turned[0].likelihood
    if best is None:
        together = max(len(_companions(c, usable)) + 1 for c in usable)
        problem = "fingers-missing" if together < len(expected) else "hand-contradicts"
        return Naming({}, problem, together, rival=rival)
    found, chosen = best
    other = _best_set(list(chosen), expected, -flip)
    beside = _beside(lab, chosen, expected)
    doubtful = other is not None and found.likelihood - other[0].likelihood + beside < p.OTHER_HAND_LEAD
    if found.distance > p.MAX_FIT or doubtful:
        together = max(len(_companions(c, usable)) + 1 for c in chosen)
        return Naming({}, "hand-contradicts", together, rival=rival)
    surplus = _surplus(chosen, usable, expected)
    # A finger that was not announced may be seen all the same, bandaged or half hidden: then no other choice
    # among all that are seen may come near.
    if surplus > len(ORDER) - 1 - len(expected) or (surplus and _rivalled(best, usable, expected, flip)):
        return Naming({}, "fingers-surplus", len(chosen) + surplus, rival=rival)
    fingers = {name: c.finger for name, c in zip(expected, chosen, strict=True)}
    return Naming(fingers, None, len(chosen), found.distance, found.likelihood + beside, rival)


def likeliest(outcomes: list[Naming]) -> Naming | None:
    """The best fit of those that name fingers, if none of all sees a likelier other hand; else None."""
    rival = max(outcome.rival for outcome in outcomes)
    named = [one for one in outcomes if one.problem is None and one.likelihood >= rival]
    return min(named, key=lambda one: one.misfit, default=None)


def _beside(lab: Bytes, chosen: tuple[Candidate, ...], expected: tuple[str, ...]) -> float:
    """What skin beside the outermost fingers says for the claimed hand, if the little finger is not shown."""
    if expected != ("index", "middle", "ring"):
        return 0.0
    fingers = [c.finger for c in chosen]
    return p.BESIDE_LEAD * hand_goes_on(lab, fingers[0], fingers[-1], fingers)


def _rivalled(
    best: tuple[Fit, tuple[Candidate, ...]], usable: list[Candidate], expected: tuple[str, ...], flip: float
) -> bool:
    """Whether another choice of fingers is nearly as likely as the best one."""
    for left_out in best[1]:
        other = _best_set([c for c in usable if c is not left_out], expected, flip)
        if other is not None and best[0].likelihood - other[0].likelihood < p.OTHER_HAND_LEAD:
            return True
    return False


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
    # The stumps of folded fingers have outlines too; a thing that lies across ends some early, not all.
    lengths = [c.finger.length / c.finger.breadth for c in group if c.edged]
    if len(lengths) > 2 and float(np.median(lengths)) < p.OUTLINE_LENGTH:
        return False
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
        c
        for c in usable
        if not c.finger.cut
        and all(c is not one and not _behind(c, one) and not overlap(c.finger, one.finger) for one in chosen)
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
) -> tuple[Fit, tuple[Candidate, ...]] | None:
    """The set of candidates, in the order of `expected`, that is likeliest a hand, and how it fits."""
    best: tuple[Fit, tuple[Candidate, ...]] | None = None
    for group in combinations(usable, len(expected)):
        whole = sum(not c.finger.cut for c in group)
        if whole < min(len(expected), 3):  # two tips of many would fit any hand
            continue
        if not _one_hand(group):
            continue
        ordered = _in_order(group, expected, flip)
        if ordered is None:
            continue
        made = fit([c.finger for c in ordered], expected, flip)
        if best is None or made.likelihood > best[0].likelihood:
            best = (made, ordered)
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
