"""Read a photograph of a hand or of fingertips: named fingers, flattened prints, and what stands in the way.

Two entrances: `read_hand` for one hand's fingers, `read_finger` for one fingertip. Both are told which hand
and which fingers to expect. They never guess: where the picture does not agree with what is claimed, nothing
is named, and a finding says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.advice import brightest, pad_findings, scene_findings
from moiety.finger.contactless.flatten import FlatPrint, flatten
from moiety.finger.contactless.locate import Bytes, LocatedFinger, find_fingers, merge
from moiety.finger.contactless.naming import ORDER, Candidate, Naming, likeliest, likely_fingers, name_fingers
from moiety.finger.contactless.outline import outlined_fingers
from moiety.finger.contactless.segment import colourless, hand_masks, mask_around, shrink
from moiety.finger.positions import FOUR_FINGERS, FingerPosition


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FingerReading:
    """One named finger.

    Attributes:
        position: which finger.
        where: tip, axis and breadth in the photograph's pixels.
        flat: the flattened print, or None if the edge of the picture cuts the finger.
        findings: what stands in the way of using it; empty when it is good.
    """

    position: FingerPosition
    where: LocatedFinger
    flat: FlatPrint | None
    findings: tuple[Finding, ...]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the distal phalanx, in pixels of the photograph."""
        tip, axis = np.array(self.where.tip), np.array(self.where.axis)
        side = np.array([-axis[1], axis[0]]) * self.where.breadth / 2
        joint = tip - axis * p.PAD_LENGTH * self.where.breadth
        corners = np.array([tip + side, tip - side, joint + side, joint - side])
        low, high = corners.min(0), corners.max(0)
        return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HandReading:
    """What a photograph gave: `fingers` that could be named, and `findings` about the picture as a whole."""

    fingers: tuple[FingerReading, ...]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> tuple[FingerReading, ...]:
        """Fingers without a finding."""
        return tuple(f for f in self.fingers if not f.findings and f.flat is not None)


def read_hand(
    rgb: Bytes, side: str, *, expected: tuple[str, ...] = FOUR_FINGERS, mirrored: bool = False
) -> HandReading:
    """Find the expected fingers of one hand, palm side towards the camera, in any direction.

    Args:
        rgb: uint8 (height, width, 3), red first, upright or not.
        side: "left" or "right": the hand that is claimed.
        expected: fingers that are held out, of "thumb", "index", "middle", "ring", "little".
        mirrored: whether the camera mirrored the picture (selfie views).

    Raises:
        UsageError: the side or a finger is not known, or none is expected.
    """
    names = _checked(rgb, side, expected)
    small, scale = shrink(rgb)
    naming = _name(small, side, names, mirrored)
    if naming.problem is not None:
        return HandReading((), scene_findings(naming, side, names, small))
    readings = [
        _read(rgb, side, name, found.scaled(1 / scale), mirrored) for name, found in naming.fingers.items()
    ]
    return HandReading(tuple(readings), ())


def read_finger(rgb: Bytes, position: FingerPosition, *, mirrored: bool = False) -> HandReading:
    """Read one fingertip of a stated position; exactly one finger may be seen.

    Raises:
        UsageError: the position is UNKNOWN, or the picture is no uint8 (height, width, 3) array.
    """
    if position is FingerPosition.UNKNOWN:
        raise UsageError("A fingertip needs its position.", remedy="Name one, such as right-index.")
    side, name = position.label.split("-")
    return read_hand(rgb, side, expected=(name,), mirrored=mirrored)


def _checked(rgb: Bytes, side: str, expected: tuple[str, ...]) -> tuple[str, ...]:
    """The expected fingers in anatomical order."""
    if side not in ("left", "right"):
        raise UsageError(f"No hand is called {side!r}.", remedy="Say left or right.")
    if not expected or len(set(expected)) != len(expected) or not set(expected) <= set(ORDER):
        raise UsageError("The expected fingers are not known.", remedy=f"Name some of: {', '.join(ORDER)}.")
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 32:
        raise UsageError(
            "A photograph is a uint8 array of shape (height, width, 3), 32 pixels or more a side."
        )
    return tuple(name for name in ORDER if name in expected)


def _name(small: Bytes, side: str, names: tuple[str, ...], mirrored: bool) -> Naming:
    """Look in one way after the other until the fingers can be named; else the most telling failure."""
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
    found: list[list[Candidate]] = []
    outcomes: list[Naming] = []
    telling: list[Naming] = []
    for candidates, edged in _looks(small, lab, names):
        found.append(candidates)
        outcomes.append(name_fingers(candidates, side, names, mirrored=mirrored, lab=lab))
        telling += [] if edged else outcomes[-1:]  # among outlines there are always some that are no finger
        best = likeliest(outcomes)
        if best is not None and best.misfit <= p.GOOD_FIT:
            return best
    # A second look, with the skin that the likely fingers have shown.
    likely = likely_fingers(_merged(found))
    if len(likely) >= 2 and likeliest(outcomes) is None:
        found.append(_candidates(find_fingers(mask_around(small, likely)), lab))
        outcomes.append(name_fingers(found[-1], side, names, mirrored=mirrored, lab=lab))
    outcomes.append(name_fingers(_merged(found), side, names, mirrored=mirrored, lab=lab))
    best = likeliest(outcomes)
    if best is not None:
        return best
    if any(outcome.problem is None for outcome in outcomes):  # named, but a likelier other hand is seen
        return Naming({}, "hand-contradicts", max(outcome.seen for outcome in outcomes))
    return max(telling, key=lambda n: (n.problem != "no-finger", n.problem == "hand-contradicts", n.seen))


def _looks(small: Bytes, lab: Bytes, names: tuple[str, ...]) -> Iterator[tuple[list[Candidate], bool]]:
    """Fingers found in one way after the other, the likeliest way first; whether by their edges alone."""
    close_up = len(names) == 1
    for mask in hand_masks(small, close_up=close_up):
        yield _candidates(find_fingers(mask, close_up=close_up), lab), False
    # Last, since creases have edges too. One or two outlines may be anything, and so may those of a picture
    # without light.
    if len(names) > 2 and brightest(small) >= p.MIN_LIGHT:
        found, grey = outlined_fingers(small), colourless(small)
        yield _candidates(found, lab, edged=True, grey=grey), True


def _merged(found: list[list[Candidate]]) -> list[Candidate]:
    """Candidates of several looks, each finger once."""
    known = {id(candidate.finger): candidate for look in found for candidate in look}
    return [known[id(one)] for one in merge([[candidate.finger for candidate in look] for look in found])]


def _candidates(
    fingers: list[LocatedFinger], lab: Bytes, *, edged: bool = False, grey: bool = False
) -> list[Candidate]:
    """Each finger with the mean colour of its pad. In a `grey` picture what lies beyond tells nothing."""
    candidates = []
    for finger in fingers:
        pad = _colour(lab, finger, 0.8)
        beyond = [np.linalg.norm(np.subtract(_colour(lab, finger, at), pad)) for at in p.BEYOND]
        # Skin that goes on past the "tip" means that a crease was taken for it.
        if grey or finger.cut or max(beyond) > min(p.BEYOND_GAP, p.BEYOND_SHARE * pad[0]):
            candidates.append(Candidate(finger, pad, edged))
    return candidates


def _colour(lab: Bytes, finger: LocatedFinger, inward: float) -> tuple[float, float, float]:
    """Median colour of a spot on the axis, `inward` breadths from the tip (negative: beyond it)."""
    height, width = lab.shape[:2]
    x = int(np.clip(finger.tip[0] - inward * finger.breadth * finger.axis[0], 0, width - 1))
    y = int(np.clip(finger.tip[1] - inward * finger.breadth * finger.axis[1], 0, height - 1))
    reach = max(int((0.2 if inward > 0 else 0.08) * finger.breadth), 1)
    spot = lab[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].reshape(-1, 3)
    light, a, b = (float(v) for v in np.median(spot, axis=0))
    return 0.5 * light, a, b


def _read(rgb: Bytes, side: str, name: str, where: LocatedFinger, mirrored: bool) -> FingerReading:
    """Flatten one finger and judge it."""
    position = FingerPosition.of_label(f"{side}-{name}")
    flat = None if where.cut else flatten(rgb, where, mirrored=mirrored)
    return FingerReading(
        position, where, flat, pad_findings(position, None if flat is None else flat.measures)
    )
