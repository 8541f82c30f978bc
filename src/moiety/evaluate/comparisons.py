"""Compare everybody with everybody, in blocks of fixed geometry, exactly and in bounded memory.

Templates are int8 vectors. A float32 product of two of them is exact (128 * 127 * 127 < 2**24), whatever the
order of the sums, so counts do not depend on the machine, the library or the number of workers. The score is
the cosine, `dot / sqrt(|a|^2 |b|^2)` in binary64 from three exact integers.

Per block: product, scale, bin, count. Only the highest impostor scores are kept one by one (`tail_limit`);
the rest are counts in a histogram, binned in binary32. Where to begin keeping is guessed from a sample of
comparisons; a guess that proves too high is corrected from the counts and the work done again, so the
outcome never depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError

from .executors import Mapper, here
from .parameters import (
    BAND,
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    CHUNK,
    HISTOGRAM_HALF,
    SAMPLE_LEAST,
    SAMPLE_MOST,
    SAMPLE_SHARE,
    STRIP,
    TAIL_LEAST,
    TAIL_MOST,
    TAIL_SHARE,
)
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
    cut: int


@dataclass(slots=True)
class Part:
    """What a piece of work found: counts in every bin, and its highest scores with their sample numbers."""

    histogram: Ints
    scores: list[Floats]
    bins: list[NDArray[np.uint16]]
    pairs: list[NDArray[np.int32]]
    limit: int
    held: int = 0
    cut: int = 1

    def add(self, scores: Floats, bins: NDArray[np.uint16], pairs: NDArray[np.int32]) -> None:
        """Take in kept scores; let go of those below the cut when there are twice too many."""
        self.scores.append(scores)
        self.bins.append(bins)
        self.pairs.append(pairs)
        self.held += len(scores)
        if self.held > 2 * self.limit:
            self.prune()

    def pack(self) -> None:
        """Join what was added piece by piece: one array each travels faster than hundreds."""
        self.bins = [np.concatenate([np.empty(0, np.uint16), *self.bins])]
        self.scores = [np.concatenate([np.empty(0), *self.scores])]
        self.pairs = [np.concatenate([np.empty((0, 2), np.int32), *self.pairs])]

    def prune(self) -> None:
        """Raise the cut to the lowest bin from which at most `limit` scores count, and drop what is below."""
        at_least = np.cumsum(self.histogram[::-1])[::-1]
        self.cut = max(1, int(np.argmax(at_least <= self.limit)))
        self.pack()
        bins, scores, pairs = self.bins[0], self.scores[0], self.pairs[0]
        keep = bins >= self.cut
        # `compress` and `take` are several times as fast on rows of pairs as indexing.
        self.bins, self.scores = [bins.compress(keep)], [scores.compress(keep)]
        self.pairs = [pairs.compress(keep, axis=0)]
        self.held = int(np.count_nonzero(keep))

    def merge(self, other: Part) -> None:
        """Take in another part. The order of merging changes nothing after the last `prune`."""
        self.histogram += other.histogram
        for scores, bins, pairs in zip(other.scores, other.bins, other.pairs, strict=True):
            self.add(scores, bins, pairs)


def empty_part(limit: int, cut: int) -> Part:
    """A part that has seen nothing, and keeps scores from bin `cut` up."""
    return Part(np.zeros(BINS, np.int64), [], [], [], limit, cut=cut)


class _Workspace:
    """Arrays of one block's size, used over and over: fresh memory would cost as much as the arithmetic."""

    def __init__(self, rows: int, columns: int) -> None:
        cells = rows * columns
        self._dots, self._bins = np.empty(cells, np.float32), np.empty(cells, np.uint16)
        self._above, self._strip = np.empty(cells, np.bool_), np.empty(STRIP * columns, np.float32)

    def shaped(self, rows: int, columns: int) -> _Cells:
        """The front of each array as one block of rows by columns."""
        cells, shape = rows * columns, (rows, columns)
        strip = self._strip[: STRIP * columns].reshape(STRIP, columns)
        dots, bins = self._dots[:cells].reshape(shape), self._bins[:cells].reshape(shape)
        return _Cells(dots, bins, self._above[:cells], strip)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The arrays of one block."""

    dots: NDArray[np.float32]
    bins: NDArray[np.uint16]
    above: NDArray[np.bool_]
    strip: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Side:
    """The rows or the columns of a task or block, made ready once: numbers, lengths, scales, subjects.

    `first`: the sample number of the first.
    """

    vectors: NDArray[np.float32]
    norms: Floats
    scale: NDArray[np.float32]
    subjects: Ints
    first: int

    @classmethod
    def of(cls, vectors: Vectors, subjects: Ints, first: int, unit: float) -> _Side:
        wide = vectors.astype(np.float32)
        # Exact, as products are: see the module's first paragraph.
        norms = np.einsum("nd,nd->n", wide, wide).astype(np.float64)
        return cls(wide, norms, (unit / np.sqrt(norms)).astype(np.float32), subjects, first)

    def part(self, start: int, stop: int) -> _Side:
        return _Side(self.vectors[start:stop], self.norms[start:stop], self.scale[start:stop],
                     self.subjects[start:stop], self.first + start)  # fmt: skip


def work(task: Task) -> Part:
    """Do one task: all its blocks, row after row of blocks, each left to right."""
    part = empty_part(task.limit, task.cut)
    # Scaling by a power of two is exact: the bins are those of the binary32 cosine itself.
    rows = _Side.of(task.rows, task.row_subjects, task.row, HISTOGRAM_HALF)
    columns = _Side.of(task.columns, task.column_subjects, task.column, 1.0)
    width = len(task.columns)
    space = _Workspace(min(BLOCK_ROWS, len(task.rows)), min(BLOCK_COLUMNS, width))
    for row in range(0, len(task.rows), BLOCK_ROWS):
        above = rows.part(row, row + BLOCK_ROWS)
        # Left of the diagonal nothing counts.
        begin = max(0, above.first - task.column) if task.ordered else 0
        for start in range(begin, width, BLOCK_COLUMNS):
            _block(part, space, above, columns.part(start, start + BLOCK_COLUMNS), task.ordered)
    part.pack()
    return part


def _block(part: Part, space: _Workspace, rows: _Side, columns: _Side, ordered: bool) -> None:
    width = len(columns.subjects)
    cells = space.shaped(len(rows.subjects), width)
    np.matmul(rows.vectors, columns.vectors.T, out=cells.dots)
    _bin(cells, rows.scale[:, None], columns.scale)
    _discount(cells.bins, rows.subjects, columns.subjects, ordered)
    # OpenCV counts 16-bit numbers three times as fast as bincount. Its float32 counts are exact up to 2**24.
    counts = cv2.calcHist([cells.bins], [0], None, [BINS], [0, BINS]).ravel().astype(np.int64)
    counts[0] = 0
    part.histogram += counts
    bins = cells.bins.ravel()
    found = np.flatnonzero(np.greater_equal(bins, part.cut, out=cells.above))
    if len(found) == 0:
        return
    row = found // width
    column = found - row * width
    pairs = np.empty((len(found), 2), np.int32)
    np.add(row, rows.first, out=pairs[:, 0])
    np.add(column, columns.first, out=pairs[:, 1])
    dots = cells.dots.ravel().take(found).astype(np.float64)
    part.add(dots / np.sqrt(rows.norms.take(row) * columns.norms.take(column)), bins.take(found), pairs)


def _bin(cells: _Cells, row_scale: NDArray[np.float32], column_scale: NDArray[np.float32]) -> None:
    """From products to bins, a strip of rows at a time: what is in between stays in the inner cache."""
    for top in range(0, len(cells.dots), STRIP):
        dots = cells.dots[top : top + STRIP]
        strip = cells.strip[: len(dots)]
        np.multiply(dots, row_scale[top : top + STRIP], out=strip)
        np.multiply(strip, column_scale, out=strip)
        np.add(strip, np.float32(HISTOGRAM_HALF + 1), out=strip)
        np.copyto(cells.bins[top : top + STRIP], strip, casting="unsafe")


def _discount(bins: NDArray[np.uint16], down: Ints, across: Ints, ordered: bool) -> None:
    """Send cells that are no impostor comparisons to bin 0. Subjects ascend on both sides."""
    if across[0] > down[-1] or (not ordered and across[-1] < down[0]):
        return
    # Only columns up to the last row's subject can be concerned.
    stop = int(np.searchsorted(across, down[-1], side="right"))
    compare = np.greater if ordered else np.not_equal
    bins[:, :stop] *= compare(across[None, :stop], down[:, None])


def squared_norms(vectors: Vectors) -> Floats:
    """(N,) squared lengths of int8 vectors (N, D), exact."""
    wide = vectors.astype(np.int64)
    norms: Floats = np.einsum("nd,nd->n", wide, wide).astype(np.float64)
    return norms


def score_pairs(references: Vectors, probes: Vectors, pairs: Ints) -> Floats:
    """(P,) cosines of listed pairs (P, 2): row of `references` against row of `probes`."""
    scores = np.empty(len(pairs))
    norms = squared_norms(references), squared_norms(probes)
    for start in range(0, len(pairs), CHUNK):
        first, second = pairs[start : start + CHUNK].T
        dots = np.einsum("nd,nd->n", references[first].astype(np.int64), probes[second].astype(np.int64))
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
    """The order of falling scores, equal ones by row and column: one fast sort, then only the ties."""
    order = np.argsort(-scores)
    falling = scores[order]
    equal = falling[1:] == falling[:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.insert(equal, 0, False))
    among = order[tied]
    order[tied] = among[np.lexsort((pairs[among, 1], pairs[among, 0], -scores[among]))]
    return order


def _check(vectors: Vectors, subject_of: Ints) -> None:
    if vectors.dtype != np.int8 or vectors.ndim != 2 or len(vectors) != len(subject_of):
        raise UsageError("templates must be an int8 matrix with one row for each sample")
    if vectors.shape[1] * 127 * 127 >= 1 << 24:
        raise UsageError(f"templates of {vectors.shape[1]} numbers are too long for exact float32 products")
    if len(vectors) and (np.any(np.diff(subject_of) < 0) or subject_of[0] < 0):
        raise UsageError("samples must be sorted by subject")
    if len(vectors) and not np.all(vectors.any(axis=1)):
        raise UsageError("a template of nothing but zeros cannot be compared")
