"""Compare everybody with everybody, in blocks of fixed geometry, exactly and in bounded memory.

Templates are int8 vectors, and their products exact integers (see `product`), so counts do not depend on the
machine, the library or the number of workers. The score is the cosine, `dot / sqrt(|a|^2 |b|^2)` in binary64
from three exact integers.

Where to begin keeping impostor scores one by one (`tail_limit`; see `comparison_blocks`) is guessed from a
sample of comparisons. A guess that proves too high is corrected from the counts and the work done again, so
the outcome never depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError
from moiety.evaluate.comparison_blocks import (
    Part,
    Task,
    Vectors,
    empty_part,
    row_products,
    squared_norms,
    work,
)

from .executors import Mapper, here
from .parameters import (
    BAND,
    CHUNK,
    SAMPLE_LEAST,
    SAMPLE_MOST,
    SAMPLE_SHARE,
    TAIL_LEAST,
    TAIL_MOST,
    TAIL_SHARE,
)
from .scores import BINS, Floats, Ints, Scores, bin_edge

_EDGE_MARGIN = 2.0**-20
"""More than the difference between a cosine in binary32 and in binary64 (at most 4 roundings of 2**-24)."""


def score_pairs(references: Vectors, probes: Vectors, pairs: Ints) -> Floats:
    """(P,) cosines of listed pairs (P, 2): row of `references` against row of `probes`."""
    scores = np.empty(len(pairs))
    norms = squared_norms(references), squared_norms(probes)
    for start in range(0, len(pairs), CHUNK):
        first, second = pairs[start : start + CHUNK].T
        dots = row_products(references[first], probes[second])
        scores[start : start + CHUNK] = dots / np.sqrt(norms[0][first] * norms[1][second])
    return scores


def all_pairs(
    references: Vectors,
    probes: Vectors,
    subject_of: Ints,
    *,
    mapper: Mapper = here,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Every unordered pair of samples once: the earlier one as reference, the later one as probe.

    `references`, `probes`: (N, D) int8, the two roles of the same N samples; `subject_of`: (N,) ascending
    subject numbers from 0. Raises `UsageError` when subjects are not in order or a vector is all zero.
    """
    _check(references, subject_of)
    _check(probes, subject_of)
    part = _gather(_Sides(references, subject_of, probes, subject_of, True), mapper, limit, progress)
    samples = np.bincount(subject_of).astype(np.float64)

    def weight(of_subject: Floats) -> float:
        each = of_subject[: len(samples)] * samples
        return float((each.sum() ** 2 - np.sum(each**2)) / 2)

    pairs = genuine_pairs(subject_of)
    present = int(np.count_nonzero(samples))
    return _finish(part, score_pairs(references, probes, pairs), pairs, subject_of,
                   present * (present - 1) // 2, weight)  # fmt: skip


def cross(
    references: Vectors,
    reference_subjects: Ints,
    probes: Vectors,
    probe_subjects: Ints,
    genuine: Ints,
    *,
    mapper: Mapper = here,
    limit: int | None = None,
) -> Scores:
    """Every reference against every probe of another subject, and the listed genuine pairs.

    (R, D) and (P, D) int8 with ascending subject numbers (R,), (P,). `genuine` (G, 2): row of `references`,
    row of `probes`; the caller leaves out probes that are part of the reference. In the outcome samples are
    numbered references first, then probes.
    """
    _check(references, reference_subjects)
    _check(probes, probe_subjects)
    sides = _Sides(references, reference_subjects, probes, probe_subjects, False)
    part = _gather(sides, mapper, limit, None)
    subject_of = np.concatenate([reference_subjects, probe_subjects])
    size = int(subject_of.max()) + 1
    of_references = np.bincount(reference_subjects, minlength=size).astype(np.float64)
    of_probes = np.bincount(probe_subjects, minlength=size).astype(np.float64)

    def weight(of_subject: Floats) -> float:
        left, right = of_subject[:size] * of_references, of_subject[:size] * of_probes
        return float(left.sum() * right.sum() - np.sum(left * right))

    apart = np.array([0, len(references)], np.int32)
    part.pairs = [each + apart for each in part.pairs]
    return _finish(part, score_pairs(references, probes, genuine), genuine + apart, subject_of,
                   _crossed_people(of_references > 0, of_probes > 0), weight)  # fmt: skip


def _crossed_people(has_reference: NDArray[np.bool_], has_probe: NDArray[np.bool_]) -> int:
    """Unordered pairs of different people of whom one has a reference and the other a probe."""
    both = int(np.count_nonzero(has_reference & has_probe))
    every = int(np.count_nonzero(has_reference)) * int(np.count_nonzero(has_probe)) - both
    return every - both * (both - 1) // 2


def genuine_pairs(subject_of: Ints) -> Ints:
    """(G, 2) every pair of samples of one subject, the earlier first, in lexicographic order."""
    found = [np.empty((0, 2), np.int64)]
    apart = 1
    while len(first := np.flatnonzero(subject_of[apart:] == subject_of[:-apart])) > 0:
        found.append(np.stack([first, first + apart], axis=1))
        apart += 1
    pairs = np.concatenate(found)
    ordered: Ints = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return ordered


def tail_limit(comparisons: int) -> int:
    """How many of the highest impostor scores to keep one by one."""
    return int(np.clip(TAIL_SHARE * comparisons, TAIL_LEAST, TAIL_MOST))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Rows against columns, with the subjects of both; `ordered` when both are one collection."""

    rows: Vectors
    row_subjects: Ints
    columns: Vectors
    column_subjects: Ints
    ordered: bool

    def tasks(self, limit: int, cut: int) -> Iterator[Task]:
        for row in range(0, len(self.rows), BAND):
            of_rows = slice(row, row + BAND)
            for column in range(row if self.ordered else 0, len(self.columns), CHUNK):
                of_columns = slice(column, column + CHUNK)
                yield Task(
                    self.rows[of_rows],
                    self.row_subjects[of_rows],
                    row,
                    self.columns[of_columns],
                    self.column_subjects[of_columns],
                    column,
                    self.ordered,
                    limit,
                    cut,
                )

    def guess(self, limit: int) -> int:
        """The bin that about 1.5 times `limit` scores reach, from evenly spaced rows and columns."""
        whole = len(self.rows) * len(self.columns) // (2 if self.ordered else 1)
        side = int(np.clip(math.isqrt(int(SAMPLE_SHARE * whole)), SAMPLE_LEAST, SAMPLE_MOST))
        rows = np.unique(np.linspace(0, len(self.rows) - 1, side).astype(np.int64))
        columns = np.unique(np.linspace(0, len(self.columns) - 1, side).astype(np.int64))
        sample = Task(self.rows[rows], self.row_subjects[rows], 0, self.columns[columns],
                      self.column_subjects[columns], 0, False, limit, BINS)  # fmt: skip
        at_least = np.cumsum(work(sample).histogram[::-1])[::-1]
        return max(1, int(np.argmax(at_least <= 1.5 * limit / max(whole, 1) * at_least[1])))


def _gather(
    sides: _Sides, mapper: Mapper, limit: int | None, progress: Callable[[int, int], None] | None
) -> Part:
    whole = len(sides.rows) * len(sides.columns) // (2 if sides.ordered else 1)
    limit = tail_limit(whole) if limit is None else limit
    cut = 1 if whole <= limit else sides.guess(limit)
    total = _run(sides, mapper, limit, cut, progress)
    if total.cut < cut:
        total = _run(sides, mapper, limit, total.cut, progress)
    return total


def _run(
    sides: _Sides, mapper: Mapper, limit: int, cut: int, progress: Callable[[int, int], None] | None
) -> Part:
    tasks = list(sides.tasks(limit, cut))
    total = empty_part(limit, cut)
    for done, part in enumerate(mapper(work, tasks), start=1):
        total.merge(part)
        if progress is not None:
            progress(done, len(tasks))
    total.prune()
    return total


def _finish(
    part: Part, scores: Floats, pairs: Ints, subject_of: Ints, people: int, weight: Callable[[Floats], float]
) -> Scores:
    tail, tail_pairs = part.scores[0], part.pairs[0]
    down = _descending(tail, tail_pairs)
    up = np.lexsort((pairs[:, 1], pairs[:, 0], scores))
    impostor = int(part.histogram.sum())
    return Scores(
        genuine=scores[up],
        genuine_pairs=pairs[up],
        tail=tail[down],
        tail_pairs=tail_pairs.take(down, axis=0).astype(np.int64),
        complete_from=-np.inf if len(tail) == impostor else float(bin_edge(part.cut)) + _EDGE_MARGIN,
        histogram=part.histogram,
        impostor=impostor,
        subject_of=subject_of,
        subject_pairs=people,
        pairs_weight=weight,
    )


def _descending(scores: Floats, pairs: NDArray[np.int32]) -> NDArray[np.intp]:
    """The order of falling scores, equal ones by row and column: two fast sorts, then only the ties."""
    # Scores as integers of 31 bits; numpy sorts 16 bits at a time seven times as fast as 64.
    rank = ((1.0 - scores) * 2.0**30).astype(np.uint32)
    order = np.argsort(rank.astype(np.uint16), kind="stable")
    order = order[np.argsort((rank >> 16).astype(np.uint16)[order], kind="stable")]
    falling = rank[order]
    equal = falling[1:] == falling[:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.insert(equal, 0, False))
    among = order[tied]
    order[tied] = among[np.lexsort((pairs[among, 1], pairs[among, 0], -scores[among]))]
    return order


def _check(vectors: Vectors, subject_of: Ints) -> None:
    if vectors.dtype != np.int8 or vectors.ndim != 2 or len(vectors) != len(subject_of):
        raise UsageError("templates must be an int8 matrix with one row for each sample")
    if vectors.shape[1] * 127 * 127 >= 1 << 24:
        raise UsageError(
            f"templates of {vectors.shape[1]} numbers are too long for exact products in binary32"
        )
    if len(vectors) and (np.any(np.diff(subject_of) < 0) or subject_of[0] < 0):
        raise UsageError("samples must be sorted by subject")
    if len(vectors) and not np.all(vectors.any(axis=1)):
        raise UsageError("a template of nothing but zeros cannot be compared")
