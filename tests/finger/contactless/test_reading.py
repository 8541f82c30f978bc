"""Photographs of hands: fingers found and named, bad captures refused by name, never a wrong position."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from moiety.errors import UsageError
from moiety.finger.contactless import read_finger, read_hand
from moiety.finger.positions import FingerPosition
from moiety.finger.synthesis import SyntheticPhotograph

from .conftest import Take

GOOD_SCENES: dict[str, dict[str, Any]] = {
    "plain": {},
    "turned": {"rotation": 12.0, "seed": 6},
    "dark skin": {"tone": 8.6, "background": "cloth"},
    "light skin": {"tone": 0.4, "background": "leaves"},
    "wet": {"glare": 0.35},
    "jewels and varnish": {"rings": ("ring", "index"), "varnish": (176, 24, 40), "nail": 3.0},
}


@pytest.mark.parametrize("scene", GOOD_SCENES)
def test_good_hands_have_four_named_fingers_and_no_finding(take: Take, scene: str) -> None:
    picture = take(**GOOD_SCENES[scene])
    reading = read_hand(picture.rgb, "right")
    assert reading.findings == ()
    assert [f.position.label for f in reading.fingers] == _labels("index", "middle", "ring", "little")
    truth = {finger.position: finger for finger in picture.fingers}
    for finger in reading.fingers:
        true = truth[finger.position.label]
        off = np.hypot(*np.subtract(finger.where.tip, true.tip))
        assert off < 0.4 * true.breadth
        assert finger.findings == ()
        assert finger.flat is not None
        assert finger.flat.flipped
        assert finger.flat.measures.period == pytest.approx(7.7, rel=0.25)


def _labels(*names: str) -> list[str]:
    return [f"right-{name}" for name in names]


BAD_HANDS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "back of the hand": ({"view": "back"}, {"hand-contradicts"}),
    "mirrored unannounced": ({"mirrored": True}, {"hand-contradicts"}),
    "three where four are expected": ({"fingers": ("index", "middle", "ring")}, {"fingers-missing"}),
    "palm only": ({"fingers": ()}, {"no-finger", "fingers-missing"}),
    "cut by the edge": ({"centre": (0.5, -0.02)}, {"fingers-missing", "no-finger", "hand-contradicts"}),
    "no light": ({"exposure": 0.001}, {"too-dark"}),
}


@pytest.mark.parametrize("case", BAD_HANDS)
def test_bad_hands_name_no_finger(take: Take, case: str) -> None:
    changes, codes = BAD_HANDS[case]
    reading = read_hand(take(**changes).rgb, "right")
    assert reading.fingers == ()
    assert {finding.code for finding in reading.findings} <= codes
    assert all(finding.text.endswith(".") for finding in reading.findings)
    assert reading.findings


def test_the_other_hand_is_not_named(take: Take) -> None:
    reading = read_hand(take().rgb, "left")
    assert reading.fingers == ()
    assert [finding.code for finding in reading.findings] == ["hand-contradicts"]


def test_a_mirrored_picture_is_read_when_announced_and_left_unflipped(take: Take) -> None:
    reading = read_hand(take(mirrored=True).rgb, "right", mirrored=True)
    assert [f.position.label for f in reading.fingers] == _labels("index", "middle", "ring", "little")
    assert all(f.flat is not None and not f.flat.flipped for f in reading.fingers)


def test_two_hands_are_refused(take: Take) -> None:
    one = take().rgb
    both = np.concatenate([one, one[:, ::-1]], axis=1)
    reading = read_hand(np.ascontiguousarray(both), "right")
    assert reading.fingers == ()
    assert reading.findings


PAD_FINDINGS: dict[str, tuple[dict[str, Any], str]] = {
    "defocus": ({"defocus": 4.0}, "finger-unfocused"),
    "motion": ({"motion": (25.0, 90.0)}, "finger-unfocused"),
    "far": ({"scale": 11.0}, "finger-far"),
    "dark": ({"exposure": 0.012}, "finger-dark"),
}


@pytest.mark.parametrize("case", PAD_FINDINGS)
def test_each_finding_fires_on_the_frames_it_is_for(take: Take, case: str) -> None:
    changes, code = PAD_FINDINGS[case]
    reading = read_hand(take(**changes).rgb, "right")
    assert len(reading.fingers) == 4
    for finger in reading.fingers:
        assert code in {finding.code for finding in finger.findings}
    assert reading.usable == ()


def test_glare_is_found_where_it_is(take: Take) -> None:
    picture = take()
    burnt = picture.rgb.copy()
    middle = next(f for f in picture.fingers if f.position == "right-middle")
    spot = (int(middle.tip[0]), int(middle.tip[1] + 0.7 * middle.breadth))
    cv2.circle(burnt, spot, int(0.25 * middle.breadth), (255, 255, 255), -1)
    codes = {f.position.label: {x.code for x in f.findings} for f in read_hand(burnt, "right").fingers}
    assert codes.pop("right-middle") == {"finger-glare"}
    assert set(map(frozenset, codes.values())) == {frozenset()}


def test_pictures_without_a_hand_have_findings() -> None:
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (900, 700, 3)).astype(np.uint8)
    grey = np.full((900, 700, 3), 127, np.uint8)
    for picture in (noise, grey, np.zeros_like(grey)):
        reading = read_hand(picture, "right")
        assert reading.fingers == ()
        assert reading.findings


def test_a_drawn_hand_gives_no_usable_finger(take: Take) -> None:
    grey = cv2.cvtColor(take().rgb, cv2.COLOR_RGB2GRAY)
    outline = cv2.dilate(cv2.Canny(cv2.GaussianBlur(grey, (0, 0), 6), 10, 30), np.ones((9, 9), np.uint8))
    drawing = np.repeat(255 - outline[..., None], 3, axis=2)
    assert read_hand(drawing, "right").usable == ()


def test_one_fingertip_close_up(take: Take) -> None:
    picture = take(fingers=("index",), close_up=True, scale=34.0, centre=(0.5, 0.2), background="cloth")
    reading = read_finger(picture.rgb, FingerPosition.RIGHT_INDEX)
    assert [f.position for f in reading.fingers] == [FingerPosition.RIGHT_INDEX]
    assert reading.fingers[0].findings == ()
    left, top, right, bottom = reading.fingers[0].box
    true = picture.fingers[0].box
    assert left < (true[0] + true[2]) / 2 < right
    assert top < (true[1] + true[3]) / 2 < bottom


def test_a_whole_hand_is_not_taken_for_one_finger(take: Take) -> None:
    reading = read_finger(take().rgb, FingerPosition.RIGHT_INDEX)
    assert reading.fingers == ()
    assert [finding.code for finding in reading.findings] == ["fingers-surplus"]


def test_wrong_calls_are_refused() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(UsageError):
        read_hand(picture, "upper")
    with pytest.raises(UsageError):
        read_hand(picture, "right", expected=())
    with pytest.raises(UsageError):
        read_hand(picture, "right", expected=("index", "index"))
    with pytest.raises(UsageError):
        read_hand(picture[..., 0], "right")
    with pytest.raises(UsageError):
        read_finger(picture, FingerPosition.UNKNOWN)


def test_two_photographs_of_a_finger_agree_where_it_lies_on_the_skin(take: Take) -> None:
    """The flattened prints of two poses line up far better than those of two fingers."""
    shots: list[SyntheticPhotograph] = [take(seed=5), take(seed=9, rotation=-12.0, scale=16.0)]
    flats = []
    for shot in shots:
        fingers = read_hand(shot.rgb, "right").fingers
        assert len(fingers) == 4
        flats.append([f.flat.grey for f in fingers if f.flat is not None])
    same = [_alike(flats[0][k], flats[1][k]) for k in range(4)]
    different = [_alike(flats[0][k], flats[1][m]) for k in range(4) for m in range(4) if k != m]
    assert min(same) > max(different)


def _alike(one: Any, two: Any) -> float:
    """Highest correlation of the middle of one print within the other."""
    rows, columns = one.shape[0] // 2, one.shape[1] // 2
    middle = one[rows - 60 : rows + 60, columns - 60 : columns + 60]
    return float(cv2.matchTemplate(two, middle, cv2.TM_CCOEFF_NORMED).max())
