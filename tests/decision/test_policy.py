"""Policies are small, compose, are never empty, and never turn doubt into acceptance."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.decision.calibration import CalibrationTable, Rate, Tables, read
from moiety.decision.decision import Comparison, Liveness, Outcome, Reason
from moiety.decision.judge import calibrate, judge
from moiety.decision.policy import AllOf, AnyOf, FaceMatches, Judgement, Policy, Requirement, one_in
from moiety.decision.policy_file import home_policy
from moiety.errors import DocumentUnreadable, UsageError

A, R, I = Outcome.ACCEPT, Outcome.REJECT, Outcome.INCONCLUSIVE  # noqa: E741


def compared(rate: float, *, modality: str = "face", position: int = 0, llr: float = 1.0) -> Comparison:
    return Comparison(modality, position, 0.5, Rate(rate, True, "set"), llr, "table")


@dataclass(frozen=True)
class Fixed:
    """A requirement that says one thing, and writes down the rate it was asked for."""

    outcome: Outcome
    asked: list[float]

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        self.asked.append(fmr)
        return Judgement(self.outcome, (Reason(self.outcome.value, "so"),))


@pytest.mark.parametrize(("rate", "outcome"), [(1e-5, A), (1e-4, A), (1.0001e-4, R), (1.0, R)])
def test_a_face_matches_at_the_rate_or_below(rate: float, outcome: Outcome) -> None:
    judgement = FaceMatches().judge([compared(rate)], 1e-4)
    assert judgement.outcome is outcome
    assert judgement.reasons[0].code == ("face-match" if outcome is A else "face-no-match")


@pytest.mark.parametrize(
    "made",
    [[], [compared(1e-9), compared(1e-9)], [compared(1e-9, modality="finger", position=2)]],
    ids=["none", "two", "a finger"],
)
def test_without_exactly_one_face_nothing_is_decided(made: list[Comparison]) -> None:
    assert FaceMatches().judge(made, 1e-2).outcome is I


ALL = {(A, A): A, (A, R): R, (A, I): I, (R, R): R, (R, I): R, (I, I): I}
ANY = {(A, A): A, (A, R): A, (A, I): A, (R, R): R, (R, I): I, (I, I): I}


@pytest.mark.parametrize("parts", list(itertools.product((A, R, I), repeat=2)))
@pytest.mark.parametrize(("kind", "truth"), [(AllOf, ALL), (AnyOf, ANY)], ids=["all", "any"])
def test_truth_tables(
    kind: type[AllOf] | type[AnyOf],
    truth: dict[tuple[Outcome, Outcome], Outcome],
    parts: tuple[Outcome, Outcome],
) -> None:
    judgement = kind(tuple(Fixed(one, []) for one in parts)).judge([], 1e-4)
    expected = truth.get(parts) or truth[(parts[1], parts[0])]
    assert judgement.outcome is expected
    assert {one.code for one in judgement.reasons} == {expected.value}


def test_all_asks_each_for_the_whole_rate_and_any_for_its_share() -> None:
    asked: list[float] = []
    parts: tuple[Requirement, ...] = tuple(Fixed(R, asked) for _ in range(4))
    AllOf(parts).judge([], 1e-4)
    assert asked == [1e-4] * 4
    asked.clear()
    AnyOf(parts).judge([], 1e-4)
    assert asked == [pytest.approx(2.5e-5)] * 4
    asked.clear()
    AnyOf((AnyOf(parts[:2]), parts[2])).judge([], 1e-4)
    assert sum(asked) <= 1e-4 * (1 + 1e-9)


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_a_policy_that_asks_for_nothing_is_refused(kind: type[AllOf] | type[AnyOf]) -> None:
    with pytest.raises(UsageError, match="asks for nothing"):
        kind(())


@pytest.mark.parametrize("fmr", [0, -1e-4, 1e-7, 0.011, 0.5, 1, float("nan"), float("inf")])
def test_a_rate_that_cannot_be_asked_for(fmr: float) -> None:
    with pytest.raises(UsageError, match="cannot be asked for"):
        Policy(fmr=fmr)
    with pytest.raises(UsageError):
        Policy().changed(fmr=fmr)


@pytest.mark.parametrize("fmr", [1e-6, 1e-4, 1e-2])
def test_a_rate_that_can(fmr: float) -> None:
    assert Policy(fmr=fmr).fmr == Policy().changed(fmr=fmr).fmr == fmr


def test_the_default_is_one_in_ten_thousand_with_liveness() -> None:
    assert (Policy().fmr, Policy().liveness) == (1e-4, "required")
    assert Policy().changed() == Policy()


def test_other_values_are_refused() -> None:
    with pytest.raises(UsageError, match="liveness"):
        Policy(liveness="maybe")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="negative"):
        Policy(max_status_age_s=-1)


# --- judging -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", list(Liveness))
@pytest.mark.parametrize("asked", ["required", "none"])
@pytest.mark.parametrize("rate", [1e-9, 1.0])
def test_liveness_comes_before_any_score(shown: Liveness, asked: Any, rate: float) -> None:
    outcome, reasons = judge([compared(rate)], shown, Policy(liveness=asked))
    if asked == "required" and shown is not Liveness.SHOWN:
        assert outcome is I
        assert reasons[0].code.startswith("liveness-")
    else:
        assert outcome is (A if rate < 1e-4 else R)


def test_an_acceptance_without_liveness_says_so() -> None:
    codes = [one.code for one in judge([compared(1e-9)], Liveness.NONE, Policy(liveness="none"))[1]]
    assert codes == ["face-match", "liveness-none"]
    codes = [one.code for one in judge([compared(1e-9)], Liveness.SHOWN, Policy())[1]]
    assert codes == ["face-match"]


outcomes = st.sampled_from([A, R, I])
trees: st.SearchStrategy[Requirement] = st.recursive(
    outcomes.map(lambda one: Fixed(one, [])),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        .map(tuple)
        .flatmap(lambda parts: st.sampled_from([AllOf(parts), AnyOf(parts)]))
    ),
    max_leaves=8,
)


def holds(requirement: Requirement) -> bool:
    """Whether the parts that accept are enough by themselves."""
    if isinstance(requirement, AllOf):
        return all(holds(one) for one in requirement.requirements)
    if isinstance(requirement, AnyOf):
        return any(holds(one) for one in requirement.requirements)
    assert isinstance(requirement, Fixed)
    return requirement.outcome is A


@given(trees)
def test_doubt_never_becomes_acceptance(tree: Requirement) -> None:
    outcome, reasons = judge([], Liveness.SHOWN, Policy(require=tree))
    assert (outcome is A) == holds(tree)
    assert reasons


def table(measured_to: float) -> CalibrationTable:
    points = [[-1, 0, -20], [0.5, -5, 20], [1, -9, 40]]
    text = {
        "schema": "moiety/calibration/1", "name": "t", "modality": "face", "model": "m", "samples": 1,
        "fitted_on": "s", "measured_to": measured_to, "counts": {}, "points": points,
    }  # fmt: skip
    return read(json.dumps(text).encode())


def test_evidence_is_capped_by_the_pairs_of_people_behind_the_table() -> None:
    done = calibrate(0.9, Tables([table(1e-3)]), modality="face", model="m", samples=1)
    assert done.llr == pytest.approx(6.9078, abs=1e-3)
    assert (done.modality, done.position, done.score, done.calibration) == ("face", 0, 0.9, "t")
    assert not done.rate.measured
    against = calibrate(-0.9, Tables([table(1e-3)]), modality="face", model="m", samples=1)
    assert against.llr < 0


# --- words and files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (1.0, "1 in 1"),
        (0.5, "1 in 2"),
        (0.1, "1 in 10"),
        (1e-2, "1 in 100"),
        (1e-4, "1 in 10,000"),
        (1e-6, "1 in 1,000,000"),
        (3.3e-5, "1 in 30,000"),
    ],
)
def test_rates_are_said_as_people_say_them(rate: float, text: str) -> None:
    assert one_in(rate) == text


@given(st.floats(1e-9, 1))
def test_what_is_said_of_a_rate_is_near_it(rate: float) -> None:
    said = 1 / int(one_in(rate).removeprefix("1 in ").replace(",", ""))
    assert 0.65 < said / rate < 1.55


def test_a_home_without_a_policy_has_the_default(tmp_path: Path) -> None:
    assert home_policy(tmp_path) == Policy()


def test_a_homes_policy_is_read(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"fmr": 1e-5, "liveness": "none", "max_status_age_s": 60}')
    assert home_policy(tmp_path) == Policy(fmr=1e-5, liveness="none", max_status_age_s=60)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "null",
        '"fmr"',
        "{",
        '{"fmr": "1e-4"}',
        '{"fmr": true}',
        '{"fmr": null}',
        '{"liveness": 0}',
        '{"max_status_age_s": 1.5}',
        '{"max_status_age_s": true}',
        '{"require": []}',
        '{"Fmr": 1e-6}',
        '{"fmr ": 1e-6}',
        "[" * 50_000,
        " " * 20_000,
    ],
)
def test_a_homes_policy_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(text)
    with pytest.raises(DocumentUnreadable):
        home_policy(tmp_path)


@pytest.mark.parametrize(
    "text", ['{"fmr": 0.5}', '{"fmr": NaN}', '{"liveness": "off"}', '{"max_status_age_s": -1}']
)
def test_a_homes_policy_out_of_range_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(text)
    with pytest.raises(UsageError):
        home_policy(tmp_path)


def test_a_misspelt_limit_is_named(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"fnr": 1e-6}')
    with pytest.raises(DocumentUnreadable, match="fnr") as refused:
        home_policy(tmp_path)
    assert "fmr" in refused.value.remedy
