"""Fingers by their edges alone: found on grounds of the colour of skin, and none made up."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from moiety.finger.contactless import read_hand
from moiety.finger.contactless.outline import outlined_fingers
from moiety.finger.contactless.segment import shrink
from moiety.finger.synthesis import Cover
from moiety.finger.synthesis.background import background
from moiety.finger.synthesis.scene import MORE_BACKGROUNDS, Scene

from .conftest import Take

FOUR = ("index", "middle", "ring", "little")
STRAP = Cover("middle", 44.0, 90.0, 60.0, 14.0, (225, 130, 160))


@pytest.mark.parametrize("scene", [{"background": "cork", "tone": 5.0}, {"covers": (STRAP,), "tone": 7.0}])
def test_each_finger_is_among_the_outlines(take: Take, scene: dict[str, Any]) -> None:
    picture = take(**scene)
    small, scale = shrink(picture.rgb)
    found = [one.scaled(1 / scale) for one in outlined_fingers(small)]
    for true in picture.fingers:
        if not true.visible or true.position.endswith("thumb"):
            continue
        near = [one for one in found if np.hypot(*np.subtract(one.tip, true.tip)) < 0.4 * true.breadth]
        assert any(0.78 < one.breadth / true.breadth < 1.28 for one in near), true.position


def test_a_close_outline_on_plain_ground_is_exact() -> None:
    """A drawn bar with a round end: tip, direction and breadth are known."""
    picture = np.full((360, 270, 3), 90, np.uint8)
    cv2.line(picture, (135, 118), (135, 320), (170, 130, 110), 36, cv2.LINE_AA)
    best = outlined_fingers(picture)[0]
    assert best.breadth == pytest.approx(37, abs=3)
    assert best.axis == pytest.approx((0.0, -1.0), abs=0.06)
    assert best.tip == pytest.approx((135.0, 98.0), abs=6)
    assert not best.cut


@pytest.mark.parametrize("level", [0, 127, 255])
def test_nothing_in_an_even_picture(level: int) -> None:
    assert outlined_fingers(np.full((360, 270, 3), level, np.uint8)) == []


@pytest.mark.parametrize("ground", MORE_BACKGROUNDS)
def test_a_hand_on_a_ground_like_skin_is_named(take: Take, ground: str) -> None:
    picture = take(background=ground, tone=5.0, seed=11)
    reading = read_hand(picture.rgb, "right")
    assert [one.position.label for one in reading.fingers] == [f"right-{name}" for name in FOUR]
    tips = {true.position: true for true in picture.fingers}
    for one in reading.fingers:
        true = tips[one.position.label]
        assert np.hypot(*np.subtract(one.where.tip, true.tip)) < 0.5 * true.breadth
    assert read_hand(picture.rgb, "left").fingers == ()


@pytest.mark.parametrize("ground", ["desk", "clutter", "wicker"])
def test_a_ground_without_a_hand_is_none(ground: str) -> None:
    scene = Scene(background=ground, height=1088, width=816)
    light = background(scene, np.random.default_rng(3))
    rgb = (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    for side in ("left", "right"):
        reading = read_hand(rgb, side)
        assert reading.fingers == ()
        assert reading.findings
