"""A face is brought upright to one place and one size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.face import parameters
from moiety.face.align import align, outside, similarity
from moiety.image import load

TARGET = parameters.CROP_LANDMARKS


@given(st.floats(-3.1, 3.1), st.floats(0.2, 20), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_any_turn_scale_and_shift_is_undone(turn: float, scale: float, x: float, y: float) -> None:
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = TARGET @ rotation.T + [x, y]
    matrix = similarity(landmarks.astype(np.float64))
    assert np.allclose(landmarks @ matrix[:, :2].T + matrix[:, 2], TARGET, atol=1e-4)


def test_the_crop_of_an_aligned_picture_is_that_picture() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (112, 112, 3), np.uint8)
    crop = align(load(picture), TARGET.astype(np.float32))
    assert crop.shape == (112, 112, 3)
    assert np.abs(crop.astype(int) - picture).max() <= 1


@pytest.mark.parametrize(("shift", "share"), [(0, 0.0), (56, 0.5), (112, 1.0), (28, 0.25)])
def test_what_lies_outside_the_picture_is_a_share_of_the_crop(shift: int, share: float) -> None:
    picture = load(np.zeros((112, 112, 3), np.uint8))
    landmarks = (TARGET + np.array([shift, 0])).astype(np.float32)
    assert outside(picture, landmarks) == pytest.approx(share, abs=0.04)


def test_landmarks_in_one_point_are_no_error() -> None:
    assert np.isfinite(similarity(np.full((5, 2), 7, np.float32))).all()
