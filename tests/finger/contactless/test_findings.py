"""The table of findings: each fires on the synthetic frames that it is for, and none on the good ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.finger.contactless import HandReading, read_finger, read_hand
from moiety.finger.positions import FingerPosition
from moiety.finger.synthesis import Cover, hand_of

from .conftest import Take

Picture = NDArray[np.uint8]
FOUR = ("index", "middle", "ring", "little")
STRAP = Cover("middle", 48.0, 90.0, 50.0, 9.0, (30, 30, 120))
LID = Cover("little", 12.0, 0.0, 44.0, 18.0, (20, 20, 20))

GOOD: dict[str, dict[str, Any]] = {
    "plain": {},
    "turned": {"rotation": 12.0, "seed": 6},
    "turned far": {"rotation": -50.0, "centre": (0.38, 0.38), "seed": 7},
    "tilted": {"tilt": 24.0},
    "dark skin": {"tone": 8.6, "background": "cloth"},
    "light skin": {"tone": 0.4, "background": "leaves"},
    "wet": {"glare": 0.35, "wet": 0.5},
    "jewels and varnish": {"rings": ("ring", "index"), "varnish": (176, 24, 40), "nail": 3.0},
    "another anatomy": {"hand": hand_of(11), "spread": 0.7},
    "a strap below the pads": {"covers": (STRAP,)},
    "clutter": {"background": "clutter", "tone": 5.0, "seed": 8},
}


@pytest.mark.parametrize("scene", GOOD)
def test_good_frames_have_four_named_fingers_and_no_finding(take: Take, scene: str) -> None:
    picture = take(**GOOD[scene])
    reading = read_hand(picture.rgb, "right")
    assert reading.findings == ()
    assert [f.position.label for f in reading.fingers] == [f"right-{name}" for name in FOUR]
    truth = {finger.position: finger for finger in picture.fingers}
    for finger in reading.fingers:
        true = truth[finger.position.label]
        assert np.hypot(*np.subtract(finger.where.tip, true.tip)) < 0.4 * true.breadth
        assert [one.code for one in finger.findings] == []
        assert finger.flat is not None
        assert finger.flat.flipped
        assert finger.flat.measures.period == pytest.approx(7.7, rel=0.3)


FINGERS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "out of focus": ({"defocus": 4.0}, dict.fromkeys(FOUR, "finger-unfocused")),
    "shaken": ({"motion": (25.0, 90.0)}, dict.fromkeys(FOUR, "finger-unfocused")),
    "too far away": ({"scale": 11.0}, dict.fromkeys(FOUR, "finger-far")),
    "little light": ({"exposure": 0.012}, dict.fromkeys(FOUR, "finger-dark")),
    "cut by the edge": ({"centre": (0.66, 0.32), "spread": 0.9}, {"index": "finger-cut"}),
}
"""The finding of each finger that has one; the others must have none. In the dark ridges are lost as well."""


@pytest.mark.parametrize("case", FINGERS)
def test_a_finger_has_the_finding_that_the_frame_is_for(take: Take, case: str) -> None:
    changes, expected = FINGERS[case]
    reading = read_hand(take(**changes).rgb, "right")
    assert [f.position.label.split("-")[1] for f in reading.fingers] == list(FOUR)
    for finger in reading.fingers:
        codes = [one.code for one in finger.findings]
        wanted = expected.get(finger.position.label.split("-")[1])
        assert codes[:1] == ([] if wanted is None else [wanted])
        assert set(codes) <= {wanted, "finger-unfocused"}
    assert len(reading.usable) == 4 - len(expected)


def _grey(picture: Picture) -> Picture:
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


GREY: dict[str, tuple[dict[str, Any], str | None]] = {
    "good": ({}, None),
    "good, dark skin": ({"tone": 8.0, "background": "plain"}, None),
    "out of focus": ({"defocus": 4.0}, "finger-unfocused"),
    "shaken": ({"motion": (25.0, 90.0)}, "finger-unfocused"),
    "too far away": ({"scale": 11.0}, "finger-far"),
}


@pytest.mark.parametrize("case", GREY)
def test_a_grey_picture_of_a_fixed_camera_has_the_same_findings(take: Take, case: str) -> None:
    changes, wanted = GREY[case]
    reading = read_hand(_grey(take(**changes).rgb), "right")
    assert [f.position.label.split("-")[1] for f in reading.fingers] == list(FOUR)
    for finger in reading.fingers:
        assert [one.code for one in finger.findings] == ([] if wanted is None else [wanted])


LYING: dict[str, Any] = {
    "fingers": ("index",),
    "close_up": True,
    "height": 900,
    "width": 1400,
    "scale": 34.0,
    "rotation": 90.0,
    "centre": (0.82, 0.5),
}


@pytest.mark.parametrize(("blur", "codes"), [(0.5, []), (9.0, ["finger-unfocused"])])
def test_one_finger_that_fills_a_grey_picture_lying_on_its_side(
    take: Take, blur: float, codes: list[str]
) -> None:
    reading = read_finger(_grey(take(**LYING, defocus=blur).rgb), FingerPosition.RIGHT_INDEX)
    assert [[one.code for one in finger.findings] for finger in reading.fingers] == [codes]


@pytest.mark.parametrize("grey", [False, True])
def test_glare_is_found_on_the_finger_that_has_it(take: Take, grey: bool) -> None:
    picture = take()
    burnt = _grey(picture.rgb) if grey else picture.rgb.copy()
    middle = next(f for f in picture.fingers if f.position == "right-middle")
    spot = (int(middle.tip[0]), int(middle.tip[1] + 0.7 * middle.breadth))
    cv2.circle(burnt, spot, int(0.25 * middle.breadth), (255, 255, 255), -1)
    codes = {f.position.label: [x.code for x in f.findings] for f in read_hand(burnt, "right").fingers}
    assert codes == {f"right-{name}": ["finger-glare"] if name == "middle" else [] for name in FOUR}


def _doubled(picture: Picture) -> Picture:
    return np.ascontiguousarray(np.concatenate([picture, picture[:, ::-1]], axis=1))


def _drawn(picture: Picture) -> Picture:
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 6)
    outline = cv2.dilate(cv2.Canny(grey, 10, 30), np.ones((9, 9), np.uint8))
    return np.repeat(255 - outline[..., None], 3, axis=2).astype(np.uint8)


SCENES: dict[str, tuple[dict[str, Any], Callable[[Picture], Picture] | None, set[str]]] = {
    "back of the hand": ({"view": "back"}, None, {"hand-contradicts"}),
    "mirrored unannounced": ({"mirrored": True}, None, {"hand-contradicts"}),
    "the other hand": ({"side": "left"}, None, {"hand-contradicts"}),
    "three where four are expected": ({"fingers": ("index", "middle", "ring")}, None, {"fingers-missing"}),
    "a finger hidden, unannounced": ({"covers": (LID,)}, None, {"fingers-missing", "hand-contradicts"}),
    "palm only": ({"fingers": ()}, None, {"no-finger", "fingers-missing"}),
    "beyond the edge": ({"centre": (0.5, -0.02)}, None, {"fingers-missing", "no-finger", "hand-contradicts"}),
    "no light": ({"exposure": 0.001}, None, {"too-dark"}),
    "two hands": ({}, _doubled, {"fingers-surplus", "hand-contradicts"}),
    "a drawing": ({}, _drawn, {"no-finger", "fingers-missing", "hand-contradicts", "fingers-surplus"}),
}


@pytest.mark.parametrize("case", SCENES)
def test_a_bad_scene_names_no_finger_and_says_why(take: Take, masters: Any, case: str) -> None:
    changes, altered, codes = SCENES[case]
    if changes.get("side") == "left":
        for name in FOUR:
            masters.setdefault(f"left-{name}", masters[f"right-{name}"])
    picture = take(**changes).rgb
    reading = read_hand(picture if altered is None else altered(picture), "right")
    if case == "a drawing" and reading.fingers:  # an outline alone can be a hand; it has no ridges
        _every_finger_refused(reading)
        return
    assert reading.fingers == ()
    assert {finding.code for finding in reading.findings} <= codes
    assert all(finding.text.endswith(".") for finding in reading.findings)
    assert reading.findings


def _every_finger_refused(reading: HandReading) -> None:
    assert all(finger.findings for finger in reading.fingers)


@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_picture_without_a_hand_has_a_finding(level: int) -> None:
    reading = read_hand(np.full((900, 700, 3), level, np.uint8), "right")
    assert reading.fingers == ()
    assert {one.code for one in reading.findings} <= {"no-finger", "too-dark"}
    assert reading.findings


def test_noise_has_a_finding() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (900, 700, 3)).astype(np.uint8)
    reading = read_hand(noise, "right")
    assert reading.fingers == ()
    assert reading.findings


def test_a_hidden_finger_that_is_announced_leaves_the_others(take: Take) -> None:
    picture = take(covers=(replace(LID, finger="ring"),)).rgb
    reading = read_hand(picture, "right", expected=("index", "middle", "little"))
    assert [f.position.label for f in reading.fingers] == ["right-index", "right-middle", "right-little"]
    assert all(not finger.findings for finger in reading.fingers)


def test_three_fingers_that_look_alike_on_either_hand_are_not_named(take: Take) -> None:
    picture = take(fingers=("index", "middle", "ring"), close_up=True).rgb
    reading = read_hand(picture, "right", expected=("index", "middle", "ring"))
    assert reading.fingers == ()
    assert [one.code for one in reading.findings] == ["hand-contradicts"]


def test_where_the_little_finger_leaves_the_palm_tells_the_hand(take: Take) -> None:
    """It is hidden: there is skin beside the ring finger, and none beside the index."""
    picture = take(covers=(LID,)).rgb
    three = ("index", "middle", "ring")
    reading = read_hand(picture, "right", expected=three)
    assert [one.position.label for one in reading.fingers] == [f"right-{name}" for name in three]
    assert read_hand(picture, "left", expected=three).fingers == ()
    assert read_hand(np.ascontiguousarray(picture[:, ::-1]), "right", expected=three).fingers == ()
