"""Compare everybody with everybody, in blocks of fixed geometry, exactly and in bounded memory.

Templates are int8 vectors. A float32 product of two of them is exact (128 * 127 * 127 < 2**24), whatever the
order of the sums, so counts do not depend on the machine, the library or the number of workers. The score is
the cosine, `dot / sqrt(|a|^2 |b|^2)` in binary64 from three exact integers.

Per block: product, scale, bin, count. Only the highest impostor scores are kept one by one (`TAIL_LIMIT`);
the rest are counts in a histogram, binned in binary32.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError

from .executors import Mapper, here
from .parameters import BLOCK, CHUNK, HISTOGRAM_HALF, TAIL_LIMIT
from .scores import BINS, Floats, Ints, Scores, bin_edge

Vectors = NDArray[np.int8]
_EDGE_MARGIN = 2.0**-20
"""More than the difference between a cosine in binary32 and in binary64 (at most 4 roundings of 2**-24)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: rows `row` onward against columns `column` onward. Plain data, so it can travel."""

    rows: Vectors
    row_subjects: Ints
    row: int
    columns: Vectors
    column_subjects: Ints
    column: int
    ordered: bool
    limit: int


@dataclass(slots=True)
class Part:
    """What a piece of work found: counts in every bin, and its highest scores with their sample numbers."""

    histogram: Ints
    scores: list[Floats]
    bins: list[NDArray[np.int16]]
    pairs: list[NDArray[np.int32]]
    limit: int
    held: int = 0
    cut: int = 1

    def add(self, scores: Floats, bins: NDArray[np.int16], pairs: NDArray[np.int32]) -> None:
        """Take in kept scores; let go of those below the cut when there are twice too many."""
        self.scores.append(scores)
        self.bins.append(bins)
        self.pairs.append(pairs)
        self.held += len(scores)
        if self.held > 2 * self.limit:
            self.prune()

    def prune(self) -> None:
        """Raise the cut to the lowest bin from which at most `limit` scores count, and drop what is below."""
        at_least = np.cumsum(self.histogram[::-1])[::-1]
        self.cut = max(1, int(np.argmax(at_least <= self.limit)))
        bins = np.concatenate(self.bins) if self.bins else np.empty(0, np.int16)
        scores = np.concatenate(self.scores) if self.scores else np.empty(0)
        pairs = np.concatenate(self.pairs) if self.pairs else np.empty((0, 2), np.int32)
        keep = bins >= self.cut
        self.bins, self.scores, self.pairs = [bins[keep]], [scores[keep]], [pairs[keep]]
        self.held = int(np.count_nonzero(keep))

    def merge(self, other: Part) -> None:
        """Take in another part. The order of merging changes nothing after the last `prune`."""
        self.histogram += other.histogram
        for scores, bins, pairs in zip(other.scores, other.bins, other.pairs, strict=True):
            self.add(scores, bins, pairs)


def empty_part(limit: int) -> Part:
    """A part that has seen nothing."""
    return Part(np.zeros(BINS, np.int64), [], [], [], limit)


def work(task: Task) -> Part:
    """Do one task: all its blocks, left to right."""
    part = empty_part(task.limit)
    rows = task.rows.astype(np.float32)
    row_norms = squared_norms(task.rows)
    for start in range(0, len(task.columns), BLOCK):
        stop = min(start + BLOCK, len(task.columns))
        _block(task, part, rows, row_norms, start, stop)
    part.prune()
    return part


def _block(
    task: Task, part: Part, rows: NDArray[np.float32], row_norms: Floats, start: int, stop: int
) -> None:
    columns = task.columns[start:stop]
    column_norms = squared_norms(columns)
    dots = rows @ columns.astype(np.float32).T
    # Scaling by a power of two is exact: the bins are those of the binary32 cosine itself.
    row_scale = (HISTOGRAM_HALF / np.sqrt(row_norms)).astype(np.float32)
    column_scale = (1.0 / np.sqrt(column_norms)).astype(np.float32)
    scaled = dots * row_scale[:, None]
    scaled *= column_scale
    scaled += np.float32(HISTOGRAM_HALF + 1)
    bins = scaled.astype(np.int16)
    counted = _counted(task, start, stop)
    if counted is not None:
        bins[~counted] = 0
    counts = np.bincount(bins.ravel().astype(np.intp), minlength=BINS)
    counts[0] = 0
    part.histogram += counts[:BINS]
    found = np.flatnonzero(bins.ravel() >= part.cut)
    if len(found) == 0:
        return
    row, column = np.divmod(found, stop - start)
    scores = dots.ravel()[found].astype(np.float64) / np.sqrt(row_norms[row] * column_norms[column])
    pairs = np.stack([row + task.row, column + task.column + start], axis=1).astype(np.int32)
    part.add(scores, bins.ravel()[found], pairs)


def _counted(task: Task, start: int, stop: int) -> NDArray[np.bool_] | None:
    """Which cells of a block are impostor comparisons; None when all are. Subjects ascend on both sides."""
    across, down = task.column_subjects[start:stop], task.row_subjects
    if across[0] > down[-1] or (not task.ordered and across[-1] < down[0]):
        return None
    compare = np.greater if task.ordered else np.not_equal
    counted: NDArray[np.bool_] = compare(across[None, :], down[:, None])
    return counted


def squared_norms(vectors: Vectors) -> Floats:
    """(N,) squared lengths of int8 vectors (N, D), exact."""
    wide = vectors.astype(np.int64)
    norms: Floats = np.einsum("nd,nd->n", wide, wide).astype(np.float64)
    return norms


def score_pairs(references: Vectors, probes: Vectors, pairs: Ints) -> Floats:
    """(P,) cosines of listed pairs (P, 2): row of `references` against row of `probes`."""
    scores = np.empty(len(pairs))
    norms = squared_norms(references), squared_norms(probes)
    for start in range(0, len(pairs), BLOCK * 64):
        first, second = pairs[start : start + BLOCK * 64].T
        dots = np.einsum("nd,nd->n", references[first].astype(np.int64), probes[second].astype(np.int64))
        scores[start : start + BLOCK * 64] = dots / np.sqrt(norms[0][first] * norms[1][second])
    return scores


def all_pairs(
    references: Vectors,
    probes: Vectors,
    subject_of: Ints,
    *,
    mapper: Mapper = here,
    limit: int = TAIL_LIMIT,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Every unordered pair of samples once: the earlier one as reference, the later one as probe.

    `references`, `probes`: (N, D) int8, the two roles of the same N samples; `subject_of`: (N,) ascending
    subject numbers from 0. Raises `UsageError` when subjects are not in order or a vector is all zero.
    """
    _check(references, subject_of)
    _check(probes, subject_of)
    tasks = list(_tasks(references, subject_of, probes, subject_of, ordered=True, limit=limit))
    part = _gather(tasks, mapper, limit, progress)
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
    limit: int = TAIL_LIMIT,
) -> Scores:
    """Every reference against every probe of another subject, and the listed genuine pairs.

    (R, D) and (P, D) int8 with ascending subject numbers (R,), (P,). `genuine` (G, 2): row of `references`,
    row of `probes`; the caller leaves out probes that are part of the reference. In the outcome samples are
    numbered references first, then probes.
    """
    _check(references, reference_subjects)
    _check(probes, probe_subjects)
    tasks = list(_tasks(references, reference_subjects, probes, probe_subjects, ordered=False, limit=limit))
    part = _gather(tasks, mapper, limit, None)
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
    if len(subject_of) == 0:
        return np.empty((0, 2), np.int64)
    starts = np.searchsorted(subject_of, np.arange(int(subject_of.max()) + 2))
    found = [np.empty((0, 2), np.int64)]
    for low, high in itertools.pairwise(starts):
        first, second = np.triu_indices(int(high - low), k=1)
        found.append(np.stack([first + low, second + low], axis=1))
    return np.concatenate(found)


def _tasks(
    rows: Vectors, row_subjects: Ints, columns: Vectors, column_subjects: Ints, *, ordered: bool, limit: int
) -> Iterator[Task]:
    for row in range(0, len(rows), BLOCK):
        of_rows = slice(row, row + BLOCK)
        for column in range(row if ordered else 0, len(columns), CHUNK):
            of_columns = slice(column, column + CHUNK)
            yield Task(rows[of_rows], row_subjects[of_rows], row, columns[of_columns],
                       column_subjects[of_columns], column, ordered, limit)  # fmt: skip


def _gather(
    tasks: list[Task], mapper: Mapper, limit: int, progress: Callable[[int, int], None] | None
) -> Part:
    total = empty_part(limit)
    for done, part in enumerate(mapper(work, tasks), start=1):
        total.merge(part)
        if progress is not None:
            progress(done, len(tasks))
    total.prune()
    return total


def _finish(
    part: Part, scores: Floats, pairs: Ints, subject_of: Ints, people: int, weight: Callable[[Floats], float]
) -> Scores:
    tail, tail_pairs = part.scores[0], part.pairs[0].astype(np.int64)
    down = np.lexsort((tail_pairs[:, 1], tail_pairs[:, 0], -tail))
    up = np.lexsort((pairs[:, 1], pairs[:, 0], scores))
    impostor = int(part.histogram.sum())
    return Scores(
        genuine=scores[up],
        genuine_pairs=pairs[up],
        tail=tail[down],
        tail_pairs=tail_pairs[down],
        complete_from=-np.inf if len(tail) == impostor else float(bin_edge(part.cut)) + _EDGE_MARGIN,
        histogram=part.histogram,
        impostor=impostor,
        subject_of=subject_of,
        subject_pairs=people,
        pairs_weight=weight,
    )


def _check(vectors: Vectors, subject_of: Ints) -> None:
    if vectors.dtype != np.int8 or vectors.ndim != 2 or len(vectors) != len(subject_of):
        raise UsageError("templates must be an int8 matrix with one row for each sample")
    if vectors.shape[1] * 127 * 127 >= 1 << 24:
        raise UsageError(f"templates of {vectors.shape[1]} numbers are too long for exact float32 products")
    if len(vectors) and (np.any(np.diff(subject_of) < 0) or subject_of[0] < 0):
        raise UsageError("samples must be sorted by subject")
    if len(vectors) and not np.all(vectors.any(axis=1)):
        raise UsageError("a template of nothing but zeros cannot be compared")
