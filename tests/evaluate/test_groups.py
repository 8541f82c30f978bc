"""Groups are compared at one threshold, and a difference is stated only when the data show one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tests.evaluate.conftest import make_people

from moiety.evaluate import conditions, groups
from moiety.evaluate.comparisons import all_pairs
from moiety.evaluate.scores import Scores


@pytest.fixture(scope="module")
def scores() -> Scores:
    return all_pairs(*make_people(60, 4, spread=1.0, seed=21))


def test_rates_of_groups_are_those_of_their_own_comparisons(scores: Scores) -> None:
    values = ["a" if i < 40 else "b" for i in range(60)]
    threshold = float(np.median(scores.genuine))
    refused = np.zeros(len(scores.subject_of), np.bool_)
    refused[:5] = True
    rows = {row["group"]: row for row in groups.differentials(scores, threshold, {"g": values}, refused)["g"]}
    for name, own in (("a", set(range(40))), ("b", set(range(40, 60)))):
        genuine = [v for v, s in zip(scores.genuine, scores.genuine_subjects, strict=True) if s in own]
        impostor = [v for v, (i, j) in zip(scores.tail, scores.tail_subjects, strict=True) if {i, j} <= own]
        row = rows[name]
        assert row["genuine"] == len(genuine)
        assert row["impostor"] == len(impostor)
        assert row["fnmr"]["value"] == pytest.approx(np.mean(np.array(genuine) < threshold), abs=1e-12)
        assert row["fmr"]["value"] == pytest.approx(np.mean(np.array(impostor) >= threshold), abs=1e-12)
    assert rows["a"]["subject_pairs"] == 40 * 39 // 2
    assert rows["a"]["refused"]["errors"] == 5
    assert rows["b"]["refused"]["errors"] == 0


def test_differences_need_intervals_apart_and_people_behind_them() -> None:
    def row(name: str, low: float, high: float, behind: int) -> dict[str, object]:
        return {"group": name, "fnmr": {"low": low, "high": high, "behind": behind}}

    rows = [
        row("worse", 0.2, 0.3, 5),
        row("few", 0.2, 0.3, 2),
        row("middle", 0.1, 0.25, 9),
        row("best", 0, 0.15, 9),
    ]
    assert groups.unlike(rows, "fnmr") == ["worse"]
    assert groups.unlike([{"group": "silent", "reason": "small"}], "fnmr") == []


def test_dropping_the_worst_pictures_lowers_the_error_when_quality_tells(scores: Scores) -> None:
    threshold = float(np.quantile(scores.genuine, 0.2))
    quality = np.ones(len(scores.subject_of))
    failing = scores.genuine < threshold
    quality[scores.genuine_pairs[failing].ravel()] = 0.0
    rows = conditions.error_against_discard(scores, quality, threshold)
    rates = [row["fnmr"] for row in rows]
    assert rates[0] == pytest.approx(np.mean(failing))
    assert all(after <= before for before, after in pairwise(rates))
    assert rates[-1] < rates[0]


def test_ageing_sorts_genuine_pairs_by_the_time_between_them(scores: Scores) -> None:
    days = (np.arange(len(scores.subject_of)) * 20).astype(np.float64)
    rows = conditions.ageing(scores, days, 0.5)
    assert sum(row["genuine"] for row in rows) == len(scores.genuine)
    assert [row["apart"] for row in rows] == ["under 30 days", "30 days to 1 year"]
    assert conditions.ageing(scores, np.full(len(days), np.nan), 0.5) == []
