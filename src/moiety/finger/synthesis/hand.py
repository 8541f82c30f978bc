"""One person's hand: how long, broad, bent and fanned out its fingers are, and how wide its palm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from moiety.finger.synthesis import parameters as p


@dataclass(frozen=True, slots=True)
class Hand:
    """What stays the same of a hand from one photograph to the next; lengths in millimetres.

    Attributes:
        length, breadth, distal: of each finger, and of its last phalanx.
        base: (x, y) where each finger leaves the palm, y towards the tips, of a right palm seen face to face.
        fan: degrees clockwise in which each finger points when the hand is relaxed.
        crook: degrees by which each finger's tip bends aside from its base's direction, clockwise.
        palm: the palm's breadth and length as factors of the mean.
        cap: how far the rounding of the tip reaches down, in breadths: a pointed finger has more.
    """

    length: Mapping[str, float]
    breadth: Mapping[str, float]
    distal: Mapping[str, float]
    base: Mapping[str, tuple[float, float]]
    fan: Mapping[str, float]
    crook: Mapping[str, float]
    palm: tuple[float, float]
    cap: float


MEAN_HAND = Hand(
    length=MappingProxyType(p.FINGER_LENGTH),
    breadth=MappingProxyType(p.FINGER_BREADTH),
    distal=MappingProxyType(p.DISTAL_LENGTH),
    base=MappingProxyType(p.FINGER_BASE),
    fan=MappingProxyType(p.FINGER_FAN),
    crook=MappingProxyType(dict.fromkeys(p.FINGERS, 0.0)),
    palm=(1.0, 1.0),
    cap=p.TIP_CAP,
)
"""The adult mean."""


def hand_of(person: int) -> Hand:
    """The hand of one synthetic person, the same in every photograph; left and right are mirror images."""
    return draw_hand(np.random.default_rng([20261124, person]))


def draw_hand(rng: np.random.Generator) -> Hand:
    """Draw an adult hand: size, slenderness, the fingers' shares, their bend, fan and the palm."""
    size = float(np.clip(rng.normal(1, p.SIZE_SPREAD), 0.84, 1.18))
    stout = float(np.clip(rng.normal(1, p.STOUT_SPREAD), 0.82, 1.2))
    wide = float(np.clip(rng.normal(1, p.PALM_SPREAD), 0.88, 1.14))
    long = float(np.clip(rng.normal(1, p.PALM_SPREAD), 0.88, 1.14))
    # Index and ring finger trade length: the ratio of the two is what differs most between hands.
    trade = float(rng.normal(0, p.INDEX_RING_SPREAD / 2))
    share = {name: float(np.exp(rng.normal(0, p.SHARE_SPREAD))) for name in p.FINGERS}
    share["index"] *= 1 + trade
    share["ring"] *= 1 - trade
    share["little"] *= float(np.exp(rng.normal(0, p.SHARE_SPREAD)))
    length = {name: p.FINGER_LENGTH[name] * size * share[name] for name in p.FINGERS}
    breadth = {
        name: p.FINGER_BREADTH[name] * size * stout * float(np.exp(rng.normal(0, 0.03))) for name in p.FINGERS
    }
    distal = {
        name: p.DISTAL_LENGTH[name]
        * length[name]
        / p.FINGER_LENGTH[name]
        * float(np.exp(rng.normal(0, 0.03)))
        for name in p.FINGERS
    }
    across = size * max(wide, 0.5 + 0.5 * stout)  # stout fingers need their room
    base = {
        name: (x * across, y * size * long + float(rng.normal(0, 0.9)))
        for name, (x, y) in p.FINGER_BASE.items()
    }
    fan = {name: p.FINGER_FAN[name] + float(rng.normal(0, p.FAN_SPREAD)) for name in p.FINGERS}
    # Index and little finger lean towards the middle finger, the others hardly at all.
    crook = {name: p.CROOK[name] + float(rng.normal(0, p.CROOK_SPREAD)) for name in p.FINGERS}
    cap = float(np.clip(rng.normal(p.TIP_CAP, 0.06), 0.5, 0.78))
    return Hand(length, breadth, distal, base, fan, crook, (across, size * long), cap)
