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


def _labels(*names: str) -> list[str]:
    return [f"right-{name}" for name in names]


def test_a_mirrored_picture_is_read_when_announced_and_left_unflipped(take: Take) -> None:
    reading = read_hand(take(mirrored=True).rgb, "right", mirrored=True)
    assert [f.position.label for f in reading.fingers] == _labels("index", "middle", "ring", "little")
    assert all(f.flat is not None and not f.flat.flipped for f in reading.fingers)


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
