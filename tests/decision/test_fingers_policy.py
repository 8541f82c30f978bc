"""Fingers in policies: enough of them, each at its share of the rate; more fingers are no more chances."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison, Outcome, part_of
from moiety.decision.policy import AllOf, AnyOf, FaceMatches, FingersMatch, Fused, requirement
from moiety.decision.policy_file import home_policy
from moiety.errors import UsageError

FMR = 1e-4


def finger(position: int, rate: float, llr: float = 1.0) -> Comparison:
    return Comparison("finger", position, 0.1, Rate(rate, False, "set"), llr, "table")


def face(rate: float, llr: float) -> Comparison:
    return Comparison("face", 0, 0.5, Rate(rate, True, "set"), llr, "table")


RATES = st.lists(st.floats(1e-9, 1.0), min_size=0, max_size=10)


@given(RATES, st.integers(1, 4))
def test_enough_fingers_at_their_share_of_the_rate_and_never_otherwise(
    rates: list[float], least: int
) -> None:
    made = [finger(position, rate) for position, rate in enumerate(rates, 1)]
    outcome = FingersMatch(least).judge(made, FMR).outcome
    if len(rates) < least:
        assert outcome is Outcome.INCONCLUSIVE
        return
    share = FMR / math.comb(len(rates), least)
    enough = sum(rate <= share for rate in rates) >= least
    assert outcome is (Outcome.ACCEPT if enough else Outcome.REJECT)


@pytest.mark.parametrize(("captured", "least"), [(1, 1), (4, 1), (4, 2), (10, 1), (6, 3)], ids=str)
def test_more_fingers_are_no_more_chances(captured: int, least: int) -> None:
    """Exactly: the chance that independent impostor fingers, each just at its limit, are accepted."""
    share = FMR / math.comb(captured, least)
    accepted = 0.0
    for passes in product((False, True), repeat=captured):
        made = [finger(n, share if passed else 1.0) for n, passed in enumerate(passes, 1)]
        if FingersMatch(least).judge(made, FMR).outcome is Outcome.ACCEPT:
            accepted += math.prod(share if passed else 1 - share for passed in passes)
    assert accepted <= FMR * (1 + 1e-9)


def test_what_is_missing_is_said() -> None:
    (reason,) = FingersMatch(2).judge([finger(2, 1e-9)], FMR).reasons
    assert reason.text == "2 fingers were asked for; one finger could be compared."
    (reason,) = FingersMatch().judge([], FMR).reasons
    assert reason.text == "One finger was asked for; none could be compared."


def test_the_finger_is_named() -> None:
    (reason,) = FingersMatch().judge([finger(7, 1e-9)], FMR).reasons
    assert "left index finger matches" in reason.text
    assert [part_of("finger", n) for n in (1, 10)] == ["right thumb", "left little finger"]
    assert part_of("face", 0) == "face"


@pytest.mark.parametrize("least", [0, -1, 11])
def test_a_number_of_fingers_that_nobody_has(least: int) -> None:
    with pytest.raises(UsageError):
        FingersMatch(least)


def test_fusion_needs_both_and_adds_what_each_says() -> None:
    made = [face(1e-3, 6.0), finger(2, 1e-2, 4.0)]
    assert math.exp(-10.0) <= FMR
    assert Fused().judge(made, FMR).outcome is Outcome.ACCEPT
    # Neither was enough alone, and a face that speaks against is not outvoted.
    assert FaceMatches().judge(made, FMR).outcome is Outcome.REJECT
    assert FingersMatch().judge(made, FMR).outcome is Outcome.REJECT
    assert Fused().judge([face(1.0, -3.0), finger(2, 1e-9, 4.4)], FMR).outcome is Outcome.REJECT
    for partial in ([], [made[0]], [made[1]]):
        judged = Fused().judge(partial, FMR)
        assert judged.outcome is Outcome.INCONCLUSIVE
        assert [one.code for one in judged.reasons] == ["fusion-incomplete"]


def test_names_stand_for_requirements(tmp_path: Path) -> None:
    assert requirement("two-fingers") == FingersMatch(2)
    assert requirement("face-and-finger") == AllOf((FaceMatches(), FingersMatch()))
    assert requirement("face-or-finger") == AnyOf((FaceMatches(), FingersMatch()))
    with pytest.raises(UsageError, match="no requirement"):
        requirement("anything")
    (tmp_path / "policy.json").write_text(json.dumps({"require": "fused"}))
    assert home_policy(tmp_path).require == Fused()
    (tmp_path / "policy.json").write_text(json.dumps({"require": "anything"}))
    with pytest.raises(UsageError):
        home_policy(tmp_path)
