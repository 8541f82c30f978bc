"""Each hint fires on the frames it is for, and none on a good frame, whoever's face it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.guidance.conftest import LIGHT_SKIN, NAMES, Framed, sent

from moiety.face.detect import detect
from moiety.guidance import Want, hint_for, look, progress
from moiety.guidance import parameters as p
from moiety.guidance.hints import CODES
from moiety.image import load

LONDON = tuple(one for one in NAMES if one.startswith("london"))


def lit(pixels: NDArray[np.uint8], gain: float, noise: float = 3.0) -> NDArray[np.uint8]:
    """The same scene in `gain` times the light: linear, then the sRGB-like curve, clipping and noise."""
    light = (pixels / 255.0) ** 2.2 * gain
    grey = 255 * np.clip(light, 0, 1) ** (1 / 2.2)
    grey += np.random.default_rng(1).normal(0, noise, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def said(pixels: NDArray[np.uint8], want: Want | None = None, shown: str = "") -> str:
    sight = look(sent(pixels))
    return hint_for(sight, Want() if want is None else want, shown=shown).code


@pytest.mark.parametrize("name", NAMES)
def test_no_hint_on_a_good_frame(framed: Framed, name: str) -> None:
    assert said(framed(name)) == "good"
    assert said(framed(name, tall=0.45)) == said(framed(name, tall=0.75)) == "good"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gain", [0.5, 0.25, 2.0])
def test_dim_and_bright_rooms_that_lose_nothing_are_no_fault(framed: Framed, name: str, gain: float) -> None:
    assert said(lit(framed(name), gain, 1.0)) == "good"


@pytest.mark.parametrize("name", NAMES)
def test_too_far_and_too_near_are_told_apart(framed: Framed, name: str) -> None:
    assert said(framed(name, tall=0.25)) == "too-far"
    assert said(framed(name, tall=0.95)) == "too-near"


@pytest.mark.parametrize("name", NAMES)
def test_off_centre_says_the_way_back(framed: Framed, name: str) -> None:
    # Not mirrored: right in the frame is the person's left, so they go to their right.
    assert said(framed(name, x=70)) == "move-right"
    assert said(framed(name, x=-70)) == "move-left"
    assert said(framed(name, y=45)) == "move-up"
    assert said(framed(name, y=-45)) == "move-down"


@pytest.mark.parametrize("name", LONDON)
def test_too_dark_where_the_picture_is_lost_in_black(framed: Framed, name: str) -> None:
    assert said(lit(framed(name), 0.003, 2.0)) == "too-dark"


@pytest.mark.parametrize("name", LONDON)
def test_too_bright_where_the_picture_is_lost_in_white(framed: Framed, name: str) -> None:
    assert said(lit(framed(name), 40.0, 0.0)) == "too-bright"


def test_the_darkest_and_the_lightest_face_differ_in_mean_and_not_in_hint(framed: Framed) -> None:
    means = {name: float(framed(name)[90:150, 130:190].mean()) for name in NAMES}
    darkest, lightest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    assert means[lightest] > 1.5 * means[darkest]
    assert said(framed(darkest)) == said(framed(lightest)) == "good"


@pytest.mark.parametrize("name", LONDON)
def test_out_of_focus(framed: Framed, name: str) -> None:
    blurred = cv2.GaussianBlur(framed(name), (0, 0), 4.0)
    assert said(np.asarray(blurred, np.uint8)) == "focus"


@pytest.mark.parametrize("name", LONDON[:4])
def test_two_people(framed: Framed, name: str) -> None:
    pair = np.hstack([framed(name)[:, 70:250], framed(LIGHT_SKIN)[:, 70:250]])
    assert said(np.ascontiguousarray(pair)) == "several-faces"


def test_nobody() -> None:
    grey = np.full((240, 320, 3), 120, np.uint8)
    assert said(grey) == "no-face"


@pytest.mark.parametrize("name", LONDON[:6])
def test_hold_still(framed: Framed, name: str) -> None:
    before, now = look(sent(framed(name, x=-14))), look(sent(framed(name, x=14)))
    assert hint_for(now, before=before).code == "hold-still"
    assert hint_for(now, before=now).code == "good"


@pytest.mark.parametrize(
    ("way", "turn", "roll", "code"),
    [
        ("left", 0.0, 0.0, "turn-left"),
        ("left", 0.5, 0.0, "good"),
        ("left", 0.95, 0.0, "turn-less"),
        ("left", -0.5, 0.0, "turn-left"),
        ("right", -0.5, 0.0, "good"),
        ("right", 0.5, 0.0, "turn-right"),
        ("tilt-left", 0.0, 0.0, "tilt-left"),
        ("tilt-left", 0.0, 16.0, "good"),
        ("tilt-right", 0.0, 16.0, "tilt-right"),
    ],
)
def test_more_less_and_the_other_way(framed: Framed, way: str, turn: float, roll: float, code: str) -> None:
    sight = look(sent(framed(LIGHT_SKIN)))
    moved = replace(sight, across=0.0, down=0.0, turn=turn, roll=roll)
    want = Want(way, 14.0, 45.0) if way.startswith("tilt") else Want(way, 0.35, 0.8)  # type: ignore[arg-type]
    assert hint_for(moved, want).code == code
    assert 0 <= progress(moved, want) <= 1
    assert (progress(moved, want) == 1) == (code in ("good", "turn-less"))


def test_a_limit_eases_while_its_hint_is_shown(framed: Framed) -> None:
    """A face right at the limit: the hint that is shown stays, none that is not shown comes up."""
    sight = look(sent(framed(LIGHT_SKIN)))
    just = replace(sight, size=p.FAR * (1 + p.EASE / 2), across=0.0, down=0.0, turn=0.0)
    assert hint_for(just).code == "good"
    assert hint_for(just, shown="too-far").code == "too-far"


def test_every_code_is_listed(framed: Framed) -> None:
    assert "good" in CODES
    assert len(set(CODES)) == len(CODES)


@pytest.mark.data
def test_no_hint_on_any_portrait_of_the_london_set(data_folder: Path) -> None:
    """Framed as a page frames them; skin of every kind. One picture in fifty may ask for something."""
    wrong = []
    files = sorted((data_folder / "faces" / "london").glob("*/*.jpg"))
    for file in files[::3]:
        picture = load(file)
        face = detect(picture)[0]
        scale = 0.55 * 240 / face.box[3]
        matrix = np.array(
            [[scale, 0, 160 - scale * face.centre[0]], [0, scale, 120 - scale * face.centre[1]]]
        )
        soft = cv2.GaussianBlur(picture.rgb, (0, 0), 0.4 / scale)
        frame = cv2.warpAffine(soft, matrix, (320, 240), borderMode=cv2.BORDER_REPLICATE)
        code = said(np.asarray(frame, np.uint8))
        if code != "good":
            wrong.append((file.parent.name, code))
    assert not [one for one in wrong if one[1] in ("too-dark", "too-bright", "no-face", "several-faces")]
    assert len(wrong) <= len(files[::3]) // 50, wrong
