"""Tables say what was counted, mark what was modelled, and never promise less error than there is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.isotonic import isotonic_regression
from tests.evaluate.conftest import make_people

from moiety.decision.calibration import read
from moiety.errors import DocumentUnreadable, InputError
from moiety.evaluate import comparisons, fitting, intervals
from moiety.evaluate.scores import Scores, from_lists


def scored(subjects: int, *, spread: float = 1.0, seed: int = 0) -> Scores:
    return comparisons.all_pairs(*make_people(subjects, 4, spread=spread, seed=seed))


def fit(*sets: fitting.FittingSet) -> dict[str, object]:
    return fitting.fit_table(sets, name="t", modality="face", model="m", samples=1)


@pytest.fixture(scope="module")
def large() -> fitting.FittingSet:
    return fitting.FittingSet("large", scored(120), 120)


def test_a_table_is_what_the_decisions_read_and_agrees_with_the_counts(large: fitting.FittingSet) -> None:
    table = read(json.dumps(fit(large)).encode())
    assert table.measured_to == intervals.lowest_supported_fmr(120 * 119 // 2)
    for score in np.arange(-0.2, 0.6, 0.1):
        counted = int(large.scores.false_matches(np.array([score]))[0]) / large.scores.impostor
        rate = table.fmr(float(score))
        if counted > table.measured_to * 2:
            assert rate.measured
            assert rate.value == pytest.approx(counted, rel=0.1)
            assert rate.binds == "large"
    beyond = table.fmr(0.95)
    assert not beyond.measured
    assert 0 < beyond.value < table.measured_to
    assert table.counts["people_pairs"] == 7140


def test_the_envelope_is_the_worst_of_all_sets_and_names_it(large: fitting.FittingSet) -> None:
    harder = scored(60, seed=3)
    moved = fitting.FittingSet("harder", shifted(harder, 0.08), 60)
    both, alone = (read(json.dumps(fit(*sets)).encode()) for sets in ((large, moved), (large,)))
    for score in np.arange(0.0, 0.9, 0.05):
        assert both.fmr(float(score)).value >= alone.fmr(float(score)).value * (1 - 1e-9)
    assert both.fmr(0.5).binds == "harder"
    assert not both.fmr(0.9).measured
    assert both.score_at(1e-3) > alone.score_at(1e-3)


def shifted(scores: Scores, by: float) -> Scores:
    from moiety.evaluate.scores import from_lists

    return from_lists(scores.genuine, scores.genuine_pairs, np.minimum(scores.tail + by, 1.0),
                      scores.tail_pairs, scores.subject_of)  # fmt: skip


def test_held_back_people_keep_the_promise(large: fitting.FittingSet) -> None:
    table = read(json.dumps(fit(large)).encode())
    others = scored(120, seed=77)
    rows = fitting.held_back(table, others, (1e-2, 1e-3, 1e-5))
    assert [row["target"] for row in rows] == [1e-2, 1e-3]
    for row in rows:
        assert row["low"] <= row["target"] <= row["high"]


def test_monotone_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    values, weights = np.linspace(0, 1, 200) + random.standard_normal(200), random.random(200) + 0.01
    assert fitting.monotone(values, weights) == pytest.approx(
        isotonic_regression(values, sample_weight=weights)
    )


def test_the_likelihood_ratio_rises_and_changes_sign_between_the_humps(large: fitting.FittingSet) -> None:
    table = read(json.dumps(fit(large)).encode())
    ratios = [table.llr(float(score)) for score in np.linspace(-1, 1, 100)]
    assert np.all(np.diff(ratios) >= -1e-9)
    assert (
        table.llr(float(np.median(large.scores.tail))) < 0 < table.llr(float(np.median(large.scores.genuine)))
    )


def test_too_few_people_are_refused() -> None:
    with pytest.raises(InputError, match="pairs of different people"):
        fit(fitting.FittingSet("few", scored(6), 6))
    with pytest.raises(InputError, match="30 people"):
        fit(fitting.FittingSet("some", scored(20), 20))


def test_a_table_whose_fmr_rises_is_refused(large: fitting.FittingSet) -> None:
    table = fit(large)
    points = table["points"]
    assert isinstance(points, list)
    points[5][1] = 0.0
    points[4][1] = -1.0
    with pytest.raises(DocumentUnreadable):
        read(json.dumps(table).encode())


def test_pooled_sets_keep_every_comparison_and_compare_nobody_across() -> None:
    sets = [fitting.FittingSet(str(n), listed(12 + n, seed=n), 12 + n) for n in range(3)]
    joined = fitting.pooled(sets)
    assert joined.people == 12 + 13 + 14
    assert joined.scores.subject_pairs == sum(n * (n - 1) // 2 for n in (12, 13, 14))
    assert joined.scores.impostor == sum(one.scores.impostor for one in sets)
    for at in (-0.5, 0.0, 0.3):
        threshold = np.array([at])
        expected = sum(int(one.scores.false_matches(threshold)[0]) for one in sets)
        assert int(joined.scores.false_matches(threshold)[0]) == expected
    sizes = [len(one.scores.subject_of) for one in sets]
    of_set = np.repeat(np.arange(3), sizes)
    for pairs in (joined.scores.tail_pairs, joined.scores.genuine_pairs):
        assert (of_set[pairs[:, 0]] == of_set[pairs[:, 1]]).all()


def listed(subjects: int, seed: int) -> Scores:
    """Every comparison of some people, each kept."""
    references, probes, subject_of = make_people(subjects, 3, spread=1.0, seed=seed)
    first, second = np.triu_indices(len(subject_of), k=1)
    pairs = np.stack([first, second], axis=1)
    scores = comparisons.score_pairs(references, probes, pairs)
    same = subject_of[first] == subject_of[second]
    return from_lists(scores[same], pairs[same], scores[~same], pairs[~same], subject_of)
