"""The rates agree with a plain implementation and with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_curve
from tests.evaluate import plain
from tests.evaluate.conftest import make_people

from moiety.evaluate import comparisons, intervals, metrics
from moiety.evaluate.scores import Scores, from_lists

TARGETS = (0.3, 0.1, 0.01, 0.001, 0.0)


def scored(seed: int, spread: float = 1.0) -> tuple[Scores, list[float], list[float]]:
    references, probes, subjects = make_people(16, 4, spread=spread, seed=seed)
    genuine, impostor = plain.compare_all(references.tolist(), probes.tolist(), subjects.tolist())
    return comparisons.all_pairs(references, probes, subjects), genuine, impostor


@pytest.mark.parametrize("seed", range(3))
def test_rates_agree_with_the_plain_implementation(seed: int) -> None:
    scores, genuine, impostor = scored(seed)
    assert len(scores.genuine) == len(genuine)
    assert scores.impostor == len(impostor)
    assert np.array_equal(scores.genuine, np.sort(genuine))
    assert np.array_equal(scores.tail, np.sort(impostor)[::-1])
    for target in TARGETS:
        assert metrics.fnmr_at_fmr(scores, target).fnmr == pytest.approx(
            plain.fnmr_at(genuine, impostor, target), abs=1e-12
        )
        point = metrics.fnmr_at_fmr(scores, target)
        assert point.fmr == pytest.approx(plain.fmr(impostor, point.threshold), abs=1e-12)
        assert point.fmr <= target + 1e-12
    assert metrics.equal_error(scores)[0] == pytest.approx(plain.eer(genuine, impostor), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_rates_agree_with_scikit_learn(seed: int) -> None:
    scores, genuine, impostor = scored(seed)
    truth = np.r_[np.ones(len(genuine)), np.zeros(len(impostor))]
    fpr, tpr, thresholds = roc_curve(truth, np.r_[genuine, impostor], drop_intermediate=False)
    for false_positive, true_positive, threshold in list(zip(fpr, tpr, thresholds, strict=True))[1::37]:
        point = metrics.at_threshold(scores, float(threshold))
        assert point.fmr == pytest.approx(false_positive, abs=1e-12)
        assert 1 - point.fnmr == pytest.approx(true_positive, abs=1e-12)


def test_the_tail_and_the_histogram_agree_below_the_cut() -> None:
    references, probes, subjects = make_people(60, 4, spread=1.0, seed=9)
    whole = comparisons.all_pairs(references, probes, subjects)
    cut = comparisons.all_pairs(references, probes, subjects, limit=200)
    assert len(cut.tail) <= 200 < cut.impostor == whole.impostor
    assert np.array_equal(cut.histogram, whole.histogram)
    assert np.array_equal(cut.tail, whole.tail[: len(cut.tail)])
    for target in (1e-3, 1e-2):
        assert metrics.fnmr_at_fmr(cut, target) == metrics.fnmr_at_fmr(whole, target)
    for target in (0.1, 0.3, 0.6):
        coarse, exact = metrics.fnmr_at_fmr(cut, target), metrics.fnmr_at_fmr(whole, target)
        assert coarse.fmr <= target + 1e-12
        assert exact.threshold <= coarse.threshold <= exact.threshold + 2 / 2048
    assert metrics.equal_error(cut)[0] == pytest.approx(metrics.equal_error(whole)[0], abs=5e-3)


def test_accuracy_over_folds_chooses_each_threshold_on_the_other_folds() -> None:
    random = np.random.default_rng(3)
    same = random.random(300) < 0.5
    values = np.where(same, 0.5, 0.0) + 0.3 * random.standard_normal(300)
    fold = np.arange(300) % 5
    outcome = metrics.accuracy_over_folds(values, same, fold)
    for number in range(5):
        rest = fold != number
        threshold, _ = plain.best_accuracy(values[rest].tolist(), same[rest].tolist())
        right = np.mean((values[~rest] >= threshold) == same[~rest])
        assert outcome.thresholds[number] == threshold
        assert outcome.folds[number] == pytest.approx(right, abs=1e-12)
    assert outcome.mean == pytest.approx(np.mean(outcome.folds), abs=1e-12)


def test_draws_take_at_most_n_of_each_person_and_repeat() -> None:
    scores, _, _ = scored(1)
    first, again, other = (metrics.drawn(scores, 3, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.genuine_pairs, again.genuine_pairs)
    assert not np.array_equal(first.genuine_pairs, other.genuine_pairs)
    whole = np.bincount(scores.genuine_subjects)
    assert np.array_equal(np.bincount(first.genuine_subjects), np.minimum(whole, 3))
    assert first.impostor == scores.impostor


def test_ties_never_let_more_impostors_pass_than_asked() -> None:
    genuine, impostor = np.array([0.5, 0.5, 0.9]), np.array([0.5, 0.5, 0.5, 0.1])
    pairs = np.zeros((3, 2), np.int64), np.array([[0, 1]] * 4)
    scores = from_lists(genuine, pairs[0], impostor, pairs[1], np.array([0, 1]))
    point = metrics.fnmr_at_fmr(scores, 0.5)
    assert (point.false_matches, point.false_non_matches) == (0, 2)
    assert metrics.fnmr_at_fmr(scores, 0.75).fnmr == 0


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (10, 10, 0.72247, 1.0), (1, 1000, 0.000177, 0.005642)],
)
def test_wilson_matches_published_values(errors: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, method 3."""
    found = intervals.wilson(errors, trials)
    assert found == pytest.approx((low, high), abs=5e-6)


def test_rule_of_three_counts_pairs_of_people() -> None:
    assert intervals.why_unsupported(1e-3, 3000) is None
    reason = intervals.why_unsupported(1e-3, 2999)
    assert reason is not None
    assert "3,000" in reason
    assert "2,999" in reason
    assert intervals.lowest_supported_fmr(30_000) == pytest.approx(1e-4)
    assert intervals.lowest_supported_fmr(0) == 1


def test_bootstrap_covers_the_rate_and_widens_with_fewer_people() -> None:
    def width(subjects: int) -> float:
        references, probes, of = make_people(subjects, 4, spread=1.1, seed=5)
        scores = comparisons.all_pairs(references, probes, of)
        found = intervals.bootstrap(scores, (0.01,))
        rate = metrics.fnmr_at_fmr(scores, 0.01).fnmr
        assert found.eer is not None
        assert found.fnmr[0.01].low <= rate <= found.fnmr[0.01].high
        assert found.eer.low <= metrics.equal_error(scores)[0] <= found.eer.high
        assert intervals.bootstrap(scores, (0.01,)) == found
        return found.fnmr[0.01].high - found.fnmr[0.01].low

    assert width(20) > width(160)
