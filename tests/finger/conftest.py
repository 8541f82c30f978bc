"""Fingers for the tests: made-up minutiae, and real prints from the evaluation data."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.finger.minutiae import MODEL
from moiety.finger.template import FingerTemplate, Kind, Minutiae


def make_minutiae(seed: int, count: int = 40) -> Minutiae:
    """Minutiae at random on a pad of 16 by 20 mm, none closer than 0.6 mm, best first."""
    random = np.random.default_rng(seed)
    places: list[NDArray[np.float64]] = []
    while len(places) < count:
        place = random.uniform((2, 2), (18, 22))
        if all(np.hypot(*(place - other)) > 0.6 for other in places):
            places.append(place)
    at = np.array(places).reshape(-1, 2)
    return Minutiae(
        x=at[:, 0],
        y=at[:, 1],
        angle=random.uniform(0, 2 * np.pi, count),
        ending=random.random(count) < 0.5,
        quality=np.sort(random.uniform(0.3, 1, count))[::-1],
    )


def moved(minutiae: Minutiae, turn: float, shift: tuple[float, float]) -> Minutiae:
    """The same print laid down otherwise: turned anticlockwise by `turn` radians, then shifted, in mm."""
    cos, sin = np.cos(turn), np.sin(turn)
    x = cos * minutiae.x + sin * minutiae.y + shift[0]
    y = -sin * minutiae.x + cos * minutiae.y + shift[1]
    return Minutiae(x, y, (minutiae.angle + turn) % (2 * np.pi), minutiae.ending, minutiae.quality)


def packed(
    minutiae: Minutiae,
    *,
    position: int = 0,
    kind: Kind = "contact",
    mirrored: bool = False,
    model: str = MODEL,
) -> FingerTemplate:
    """A template of them."""
    return FingerTemplate.from_minutiae(
        minutiae, model=model, position=position, kind=kind, mirrored=mirrored
    )


@pytest.fixture
def template() -> FingerTemplate:
    """One template of 40 minutiae."""
    return packed(make_minutiae(1), position=2)
