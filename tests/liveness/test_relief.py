"""Relief: a nose's height is found in the pixels, and none where there is none, bent or not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.liveness.conftest import levelled

from moiety.face.detect import detect
from moiety.image import Image, load
from moiety.liveness.relief import SIDE, frontal, level, relief
from moiety.rendering import media
from moiety.rendering.head import Head, Pose, Relief

FRONT = frontal(np.stack([levelled(0.0)] * 3))
SIZE = (320, 240)
Face = Callable[[str], Image]


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("yaw", [15.0, 22.0, 30.0])
def test_a_nose_is_as_high_as_it_moved(way: int, yaw: float) -> None:
    moved = 0.35 * np.tan(np.radians(yaw))
    assert 0.6 * moved < relief(FRONT, levelled(way * yaw), way) < 1.2 * moved


@settings(deadline=None, max_examples=30)
@given(st.floats(-45, 45), st.sampled_from([1, -1]), st.floats(0, 0.3))
def test_a_sheet_has_no_nose_flat_or_bent(yaw: float, way: int, bend: float) -> None:
    assert relief(FRONT, levelled(yaw, depth=0.0, bend=bend), way) < 0.03


def test_a_nose_that_moves_against_its_turn_is_none() -> None:
    assert relief(FRONT, levelled(25.0), -1) < 0.03


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from([1, -1]))
def test_any_pixels_give_a_finite_height(seed: int, way: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    for face in (noise, np.zeros((SIDE, SIDE), np.uint8), np.full((SIDE, SIDE), 255, np.uint8)):
        found = relief(frontal(face[None]), noise, way)
        assert np.isfinite(found)
        assert found >= 0


def test_the_height_of_what_cannot_be_explained_is_not_believed() -> None:
    """Half of the face hidden behind something else, as behind the edge of a sheet that is turned far."""
    turned = levelled(25.0)
    turned[:, : SIDE // 2] = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE // 2))
    assert relief(FRONT, turned, 1) > 0.03
    assert relief(FRONT, turned, 1, misfit=0.1) == 0.0
    assert relief(FRONT, levelled(25.0), 1, misfit=0.1) == relief(FRONT, levelled(25.0), 1)


def test_light_from_one_side_changes_little() -> None:
    shade = np.linspace(0.5, 1.4, SIDE)[None]
    lit = np.clip(levelled(25.0) * shade, 0, 255).astype(np.uint8)
    assert relief(FRONT, lit, 1) == pytest.approx(relief(FRONT, levelled(25.0), 1), abs=0.04)


@pytest.mark.parametrize("yaw", [24.0, -24.0])
def test_a_rendered_head_has_a_nose_and_its_prints_none(face: Face, yaw: float) -> None:
    head = Head.of(face("london/101/neutral"))
    rng = np.random.default_rng(2)
    way = 1 if yaw > 0 else -1
    high = _height(head, head, yaw, way)
    assert high > 0.06
    for sheet in (media.paper(head, rng), media.bent_paper(head, rng), media.cut_out(head, rng)):
        assert _height(sheet, head, yaw, way) < high / 2


def _height(thing: Relief, head: Head, yaw: float, way: int) -> float:
    """The height that is found in a turned thing, by the detector's own landmarks."""
    faces = []
    for pose in (Pose(eyes=0.17), Pose(yaw=yaw, eyes=0.17)):
        picture = load(thing.render(pose, SIZE))
        grey = cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)
        faces.append(level(np.asarray(grey, np.uint8), detect(picture)[0].landmarks.astype(np.float64)))
    return relief(frontal(faces[0][None]), faces[1], way)
