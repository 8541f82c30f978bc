"""Evidence of several comparisons adds up, in bounds that need no further assumption."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.decision import parameters
from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison
from moiety.decision.fusion import fuse

ratios = st.floats(-15, 15)


def face(llr: float) -> Comparison:
    return Comparison("face", 0, 0.5, Rate(0.1, True, "set"), llr, "table")


def finger(position: int, llr: float) -> Comparison:
    return Comparison("finger", position, 0.5, Rate(0.1, True, "set"), llr, "table")


def test_one_comparison_stands_for_its_own_ratio() -> None:
    assert fuse([face(math.log(1000))]).value == pytest.approx(1e-3)
    assert fuse([finger(2, math.log(1000))]).value == pytest.approx(1e-3)


def test_face_and_finger_multiply() -> None:
    assert fuse([face(math.log(1000)), finger(2, math.log(100))]).value == pytest.approx(1e-5)


def test_a_second_finger_of_one_hand_counts_for_less_than_one_of_the_other() -> None:
    first = math.log(100)
    one_hand = fuse([finger(2, first), finger(3, first)]).value
    both_hands = fuse([finger(2, first), finger(7, first)]).value
    assert both_hands == pytest.approx(1e-4)
    assert one_hand == pytest.approx(1e-2 * 100 ** -(1 - parameters.SAME_HAND_PENALTY))
    assert both_hands < one_hand < 1e-2


@given(st.lists(st.builds(finger, st.integers(1, 10), ratios), max_size=6), ratios)
def test_the_rate_is_a_rate_and_never_called_measured(fingers: list[Comparison], llr: float) -> None:
    rate = fuse([face(llr), *fingers])
    assert 0 < rate.value <= 1
    assert not rate.measured
    assert rate.binds == "fusion"


@given(st.lists(st.builds(finger, st.integers(1, 10), ratios), max_size=5), ratios, st.floats(0.01, 5))
def test_stronger_evidence_never_raises_the_rate(fingers: list[Comparison], llr: float, more: float) -> None:
    before = fuse([face(llr), *fingers]).value
    assert fuse([face(llr + more), *fingers]).value <= before * (1 + 1e-12)


@given(st.lists(st.builds(finger, st.integers(1, 10), ratios), min_size=1, max_size=5), st.floats(-15, -0.01))
def test_evidence_against_counts_in_full(fingers: list[Comparison], against: float) -> None:
    """A finger that does not match can never help, whatever the others say."""
    assert fuse([*fingers, finger(1, against)]).value >= fuse(fingers).value * (1 - 1e-9)


@given(st.permutations([face(2.0), finger(2, 3.0), finger(3, -1.0), finger(8, 4.0)]))
def test_the_order_does_not_matter(made: list[Comparison]) -> None:
    assert fuse(made).value == pytest.approx(
        fuse([face(2.0), finger(2, 3.0), finger(3, -1.0), finger(8, 4.0)]).value
    )


def test_nothing_cannot_be_fused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fuse([])
