"""Hints about a hand, on small frames of synthetic hands."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.finger.synthesis import Scene, master_of, photograph
from moiety.guidance import look_at_hand
from moiety.guidance.hands import HAND_CODES
from moiety.image import load

GOOD = Scene(height=960, width=720, scale=6.2, tone=4.0)
Hand = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="module")
def hand() -> Hand:
    masters = {f"right-{name}": master_of(1, f"right-{name}") for name in GOOD.fingers}

    def make(**changes: object) -> NDArray[np.uint8]:
        picture = photograph(GOOD.but(**changes), masters, np.random.default_rng(1)).rgb
        return np.asarray(cv2.resize(picture, (360, 480), interpolation=cv2.INTER_AREA), np.uint8)

    return make


@pytest.mark.parametrize("tone", [0.0, 5.0, 9.0])
def test_a_good_hand_of_any_tone(hand: Hand, tone: float) -> None:
    assert look_at_hand(load(hand(tone=tone)), "right").code == "good"


def test_what_is_wrong_with_the_others(hand: Hand) -> None:
    good = hand()
    assert look_at_hand(load(good), "left").code == "turn-palm"
    assert look_at_hand(load(np.full_like(good, 118)), "right").code == "show-hand"
    assert look_at_hand(load((good * 0.02).astype(np.uint8)), "right").code == "too-dark"
    assert look_at_hand(load(hand(scale=3.0)), "right").code == "hand-too-far"
    assert "good" in HAND_CODES
