from __future__ import annotations

import pytest

from moiety.errors import UsageError
from moiety.finger.positions import FingerPosition


def test_numbers_of_the_standard() -> None:
    assert FingerPosition.of_label("right-thumb") == 1
    assert FingerPosition.of_label("left-little") == 10
    assert [FingerPosition.of_label(one.label) for one in FingerPosition if one] == list(range(1, 11))


@pytest.mark.parametrize("label", ["unknown", "", "Right-Index", "right_index"])
def test_no_other_name(label: str) -> None:
    with pytest.raises(UsageError):
        FingerPosition.of_label(label)
