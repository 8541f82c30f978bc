"""The comparisons of one block: products, scores and counts, exactly and in bounded memory.

Per block: product, scale, bin, count. Only the highest impostor scores are kept one by one; the rest are
counts in a histogram, binned in binary32.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .parameters import (
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    HISTOGRAM_HALF,
    STRIP,
)
from .product import Bytes, multiply, shifted
from .scores import BINS, Floats, Ints

Vectors = NDArray[np.int8]
Strip = NDArray[np.float32]


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
    return row_products(vectors, vectors)


def row_products(first: Vectors, second: Vectors) -> Floats:
    """(N,) products of rows with rows, exact: every sum on the way is an integer below 2**24."""
    dots: Floats = np.einsum("nd,nd->n", first.astype(np.float32), second.astype(np.float32)).astype(
        np.float64
    )
    return dots
