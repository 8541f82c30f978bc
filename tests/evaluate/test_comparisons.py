"""Counts are exact whatever the blocks, the workers and the order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evaluate import plain
from tests.evaluate.conftest import make_people

from moiety.errors import UsageError
from moiety.evaluate import comparison_blocks, comparisons
from moiety.evaluate.executors import executor
from moiety.evaluate.parameters import BAND
from moiety.evaluate.scores import Scores
from moiety.face.compare import score
from moiety.face.template import FaceTemplate


def same(first: Scores, second: Scores) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in (
            "genuine",
            "genuine_pairs",
            "tail",
            "tail_pairs",
            "histogram",
            "complete_from",
            "impostor",
        )
    )


def test_scores_are_those_of_the_face_comparison() -> None:
    references, probes, _ = make_people(6, 2, spread=1.0, seed=2, dimensions=128)
    pairs = np.array([[0, 1], [3, 2], [4, 4]])
    for value, (i, j) in zip(comparisons.score_pairs(references, probes, pairs), pairs, strict=True):
        first = FaceTemplate.from_bytes(references[i].tobytes(), model="m", samples=1)
        second = FaceTemplate.from_bytes(probes[j].tobytes(), model="m", samples=1)
        assert value == score(first, second)


@pytest.mark.parametrize("geometry", [(8, 16, 32, 24, 3), (16, 8, 16, 16, 32), (7, 64, 40, 30, 1)])
def test_block_geometry_changes_nothing(geometry: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    references, probes, subjects = make_people(30, 4, spread=1.0, seed=4)
    expected = comparisons.all_pairs(references, probes, subjects)
    for name, value in zip(("BLOCK_ROWS", "BLOCK_COLUMNS", "CHUNK", "BAND", "STRIP"), geometry, strict=True):
        module = comparisons if name in ("CHUNK", "BAND") else comparison_blocks
        monkeypatch.setattr(module, name, value)
    assert same(comparisons.all_pairs(references, probes, subjects), expected)


def test_two_processes_give_identical_counts() -> None:
    references, probes, subjects = make_people(400, 6, spread=1.0, seed=6)
    assert len(subjects) > BAND
    expected = comparisons.all_pairs(references, probes, subjects, limit=5000)
    with executor(2) as mapper:
        assert same(comparisons.all_pairs(references, probes, subjects, mapper=mapper, limit=5000), expected)


def test_two_dask_workers_give_identical_counts() -> None:
    distributed = pytest.importorskip("distributed")
    references, probes, subjects = make_people(400, 6, spread=1.0, seed=6)
    expected = comparisons.all_pairs(references, probes, subjects, limit=5000)
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            worker_dashboard_address=None,
        ) as cluster,
        executor(scheduler=cluster.scheduler_address) as mapper,
    ):
        assert same(comparisons.all_pairs(references, probes, subjects, mapper=mapper, limit=5000), expected)


@pytest.mark.parametrize("guess", [1, 2500, 4096])
def test_a_wrong_guess_of_the_tail_changes_nothing(guess: int, monkeypatch: pytest.MonkeyPatch) -> None:
    references, probes, subjects = make_people(80, 5, spread=1.0, seed=12)
    expected = comparisons.all_pairs(references, probes, subjects, limit=900)
    monkeypatch.setattr(comparisons._Sides, "guess", lambda self, limit: guess)
    assert same(comparisons.all_pairs(references, probes, subjects, limit=900), expected)


def test_the_tail_is_the_same_in_any_order_of_tasks() -> None:
    references, probes, subjects = make_people(500, 6, spread=1.0, seed=7)
    expected = comparisons.all_pairs(references, probes, subjects, limit=3000)

    def backwards(do, items):  # type: ignore[no-untyped-def]
        return (do(item) for item in reversed(list(items)))

    assert same(comparisons.all_pairs(references, probes, subjects, mapper=backwards, limit=3000), expected)


def test_cross_leaves_out_nothing_but_the_own_subject() -> None:
    references, probes, subjects = make_people(12, 3, spread=1.0, seed=8)
    rows = np.flatnonzero(np.r_[True, np.diff(subjects) > 0])
    genuine = np.array([[r, p] for r, row in enumerate(rows) for p in range(len(subjects))
                        if subjects[p] == subjects[row] and p != row])  # fmt: skip
    found = comparisons.cross(references[rows], subjects[rows], probes, subjects, genuine)
    expected = sorted(
        plain.cosine(references[row].tolist(), probes[p].tolist())
        for row in rows for p in range(len(subjects)) if subjects[p] != subjects[row]
    )  # fmt: skip
    assert found.impostor == len(expected)
    assert np.array_equal(found.tail[::-1], expected)
    assert found.subject_pairs == 12 * 11 // 2
    assert found.pairs_weight(np.ones(12)) == found.impostor
    assert np.array_equal(
        found.subject_of[found.genuine_pairs[:, 0]], found.subject_of[found.genuine_pairs[:, 1]]
    )


def test_weights_of_all_pairs_count_the_comparisons() -> None:
    references, probes, subjects = make_people(15, 4, spread=1.0, seed=3)
    scores = comparisons.all_pairs(references, probes, subjects)
    weights = np.random.default_rng(0).integers(0, 4, 15).astype(float)
    first, second = scores.tail_subjects.T
    assert scores.pairs_weight(weights) == pytest.approx(float(np.sum(weights[first] * weights[second])))
    assert scores.subject_pairs == 15 * 14 // 2


@pytest.mark.parametrize(
    ("vectors", "subjects"),
    [
        (np.ones((2, 4), np.int8), np.array([1, 0])),
        (np.zeros((2, 4), np.int8), np.array([0, 1])),
        (np.ones((2, 2000), np.int8), np.array([0, 1])),
        (np.ones((3, 4), np.int8), np.array([0, 1])),
    ],
)
def test_malformed_matrices_are_refused(vectors: NDArray[np.int8], subjects: NDArray[np.int64]) -> None:
    with pytest.raises(UsageError):
        comparisons.all_pairs(vectors, vectors, subjects)
