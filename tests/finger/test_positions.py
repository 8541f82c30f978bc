from __future__ import annotations

import pytest

from moiety.errors import UsageError
from moiety.finger.positions import FOUR_FINGERS, FingerPosition, HandShown


def test_numbers_of_the_standard() -> None:
    assert FingerPosition.of_label("right-thumb") == 1
    assert FingerPosition.of_label("left-little") == 10
    assert [FingerPosition.of_label(one.label) for one in FingerPosition if one] == list(range(1, 11))


@pytest.mark.parametrize("label", ["unknown", "", "Right-Index", "right_index"])
def test_no_other_name(label: str) -> None:
    with pytest.raises(UsageError):
        FingerPosition.of_label(label)


def test_a_hand_is_named_with_the_fingers_that_it_shows() -> None:
    assert HandShown.of_label("right") == HandShown("right", FOUR_FINGERS)
    assert HandShown.of_label("left:ring,index,thumb") == HandShown("left", ("thumb", "index", "ring"))


@pytest.mark.parametrize(
    "label", ["", "both", "right:", "right:pinky", "right:index,index", "Right", "left,index"]
)
def test_a_hand_of_another_name_is_refused(label: str) -> None:
    with pytest.raises(UsageError):
        HandShown.of_label(label)
