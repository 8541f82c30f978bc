"""Compare everybody with everybody, in blocks of fixed geometry, exactly and in bounded memory.

Templates are int8 vectors, and their products exact integers (see `product`), so counts do not depend on the
machine, the library or the number of workers. The score is the cosine, `dot / sqrt(|a|^2 |b|^2)` in binary64
from three exact integers.

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
from .product import Bytes, multiply, shifted
from .scores import BINS, Floats, Ints, Scores, bin_edge

Vectors = NDArray[np.int8]
Strip = NDArray[np.float32]
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
        self._bins, self._above = np.empty(rows * columns, np.uint16), np.empty(rows * columns, np.bool_)
        self._strip = np.empty(STRIP * columns, np.float32)

    def shaped(self, rows: int, columns: int) -> tuple[NDArray[np.uint16], NDArray[np.bool_], Strip]:
        """The front of each array: bins (rows, columns), flags (rows * columns,), a strip of rows."""
        bins = self._bins[: rows * columns].reshape(rows, columns)
        strip = self._strip[: STRIP * columns].reshape(STRIP, columns)
        return bins, self._above[: rows * columns], strip


@dataclass(frozen=True, slots=True)
class _Side:
    """The rows or the columns of a task or block, made ready once.

    `first`: the sample number of the first. `vectors` (N, D) as the product takes them.
    """

    vectors: Bytes
    norms: Floats
    scale: NDArray[np.float32]
    subjects: Ints
    first: int

    @classmethod
    def of(cls, vectors: Vectors, subjects: Ints, first: int, unit: float) -> _Side:
        norms = squared_norms(vectors)
        return cls(shifted(vectors), norms, (unit / np.sqrt(norms)).astype(np.float32), subjects, first)

    def part(self, start: int, stop: int) -> _Side:
        return _Side(self.vectors[start:stop], self.norms[start:stop], self.scale[start:stop],
                     self.subjects[start:stop], self.first + start)  # fmt: skip


def work(task: Task) -> Part:
    """Do one task: all its blocks, column after column of blocks, each downward."""
    part = empty_part(task.limit, task.cut)
    # Scaling by a power of two is exact: the bins are those of the binary32 cosine itself.
    rows = _Side.of(task.rows, task.row_subjects, task.row, HISTOGRAM_HALF)
    columns = _Side.of(task.columns, task.column_subjects, task.column, 1.0)
    space = _Workspace(min(BLOCK_ROWS, len(task.rows)), min(BLOCK_COLUMNS, len(task.columns)))
    for start in range(0, len(task.columns), BLOCK_COLUMNS):
        across = columns.part(start, start + BLOCK_COLUMNS)
        factor = np.ascontiguousarray(across.vectors.T)
        found = []
        for row in range(0, len(task.rows), BLOCK_ROWS):
            above = rows.part(row, row + BLOCK_ROWS)
            # Left of the diagonal nothing counts.
            left = max(0, above.first - across.first) if task.ordered else 0
            if left < len(across.subjects):
                right = across.part(left, BLOCK_COLUMNS)
                found.append(_block(part, space, above, right, factor[:, left:], task.ordered))
        if found:
            _keep(part, rows, columns, found)
    part.pack()
    return part


@dataclass(frozen=True, slots=True)
class _Found:
    """The cells of one block that reach the cut: sample numbers, products and bins, each (found,)."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    dots: NDArray[np.int32]
    bins: NDArray[np.uint16]


def _block(
    part: Part, space: _Workspace, rows: _Side, columns: _Side, factor: Bytes, ordered: bool
) -> _Found:
    """Count one block. `factor`: the columns' vectors, (D, columns)."""
    width = len(columns.subjects)
    dots = multiply(rows.vectors, factor)
    bins, above, strip = space.shaped(len(rows.subjects), width)
    _bin(dots, rows.scale[:, None], columns.scale, strip, bins)
    _discount(bins, rows.subjects, columns.subjects, ordered)
    # OpenCV counts 16-bit numbers three times as fast as bincount. Its float32 counts are exact up to 2**24.
    counts = cv2.calcHist([bins], [0], None, [BINS], [0, BINS]).ravel().astype(np.int64)
    counts[0] = 0
    part.histogram += counts
    cells = np.flatnonzero(np.greater_equal(bins.ravel(), part.cut, out=above))
    row = cells // width
    return _Found(row + rows.first, cells - row * width + columns.first,
                  dots.ravel().take(cells), bins.ravel().take(cells))  # fmt: skip


def _keep(part: Part, rows: _Side, columns: _Side, found: list[_Found]) -> None:
    """Work out the scores of what several blocks found: few long arrays cost less than many short ones."""
    row = np.concatenate([each.row for each in found])
    column = np.concatenate([each.column for each in found])
    dots = np.concatenate([each.dots for each in found])
    scores = dots / np.sqrt(rows.norms.take(row - rows.first) * columns.norms.take(column - columns.first))
    pairs = np.stack([row, column], axis=1).astype(np.int32)
    part.add(scores, np.concatenate([each.bins for each in found]), pairs)


def _bin(
    dots: NDArray[np.int32],
    row_scale: NDArray[np.float32],
    column_scale: NDArray[np.float32],
    strip: Strip,
    bins: NDArray[np.uint16],
) -> None:
    """From products to bins, a strip of rows at a time: what is in between stays in the inner cache."""
    for top in range(0, len(dots), STRIP):
        some = dots[top : top + STRIP]
        wide = strip[: len(some)]
        np.copyto(wide, some, casting="unsafe")  # exact: products are below 2**24
        np.multiply(wide, row_scale[top : top + STRIP], out=wide)
        np.multiply(wide, column_scale, out=wide)
        np.add(wide, np.float32(HISTOGRAM_HALF + 1), out=wide)
        np.copyto(bins[top : top + STRIP], wide, casting="unsafe")


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
    return _row_products(vectors, vectors)


def _row_products(first: Vectors, second: Vectors) -> Floats:
    """(N,) products of rows with rows, exact: every sum on the way is an integer below 2**24."""
    dots: Floats = np.einsum("nd,nd->n", first.astype(np.float32), second.astype(np.float32)).astype(
        np.float64
    )
    return dots


def score_pairs(references: Vectors, probes: Vectors, pairs: Ints) -> Floats:
    """(P,) cosines of listed pairs (P, 2): row of `references` against row of `probes`."""
    scores = np.empty(len(pairs))
    norms = squared_norms(references), squared_norms(probes)
    for start in range(0, len(pairs), CHUNK):
        first, second = pairs[start : start + CHUNK].T
        dots = _row_products(references[first], probes[second])
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
