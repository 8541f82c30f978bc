"""Backgrounds: every one that is named can be drawn, seeds give the same one, and none is kept twice."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.finger.synthesis import Scene
from moiety.finger.synthesis.background import background
from moiety.finger.synthesis.scene import (
    BACKGROUNDS,
    LATER_BACKGROUNDS,
    MORE_BACKGROUNDS,
    UNSEEN_BACKGROUNDS,
    draw_scene,
)


@pytest.mark.parametrize("name", BACKGROUNDS + MORE_BACKGROUNDS + UNSEEN_BACKGROUNDS + LATER_BACKGROUNDS)
def test_a_background_is_linear_light_of_the_seed(name: str) -> None:
    scene = Scene(background=name, height=320, width=240)
    one, again, other = (background(scene, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one.shape == (320, 240, 3)
    assert 0 <= one.min() < one.max() <= 1
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_textures_kept_from_tuning_are_drawn_only_where_they_are_asked_for() -> None:
    assert not {*BACKGROUNDS, *MORE_BACKGROUNDS} & {*UNSEEN_BACKGROUNDS, *LATER_BACKGROUNDS}
    assert not {*UNSEEN_BACKGROUNDS} & {*LATER_BACKGROUNDS}
    for seed in range(40):
        assert draw_scene(np.random.default_rng(seed)).background in BACKGROUNDS
        kept = draw_scene(np.random.default_rng(seed), backgrounds=UNSEEN_BACKGROUNDS)
        assert kept.background in UNSEEN_BACKGROUNDS
