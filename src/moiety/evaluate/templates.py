"""The templates of a run behind one interface: vectors compared in blocks, or others compared one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .comparison_blocks import Vectors
from .comparisons import all_pairs, genuine_pairs, score_pairs
from .executors import Mapper, here
from .scores import Floats, Ints, Scores, from_lists

BATCH = 256
"""Comparisons in one task of those made one by one: about a second of work."""


class Templates(Protocol):
    """Compares samples by number; the first of a pair is the reference."""

    def pairs(self, index: Ints, mapper: Mapper) -> Floats:
        """(P,) scores of listed pairs (P, 2)."""
        ...

    def everybody(self, numbers: NDArray[np.intp], subject_of: Ints, mapper: Mapper) -> Scores:
        """All pairs among the samples `numbers`; `subject_of` is of all samples."""
        ...


@dataclass(frozen=True, slots=True)
class VectorTemplates:
    """Vectors of small integers, one matrix for each role."""

    references: Vectors
    probes: Vectors

    def pairs(self, index: Ints, mapper: Mapper = here) -> Floats:
        """See `Templates`. Vectors need no help: listed pairs are few."""
        del mapper
        return score_pairs(self.references, self.probes, index)

    def everybody(self, numbers: NDArray[np.intp], subject_of: Ints, mapper: Mapper) -> Scores:
        """See `Templates`."""
        among = all_pairs(self.references[numbers], self.probes[numbers], subject_of[numbers], mapper=mapper)
        return among.renumbered(numbers, subject_of)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some comparisons to make one by one. Plain data, so that it can travel."""

    score: Callable[[bytes, bytes], float]
    references: Sequence[bytes]
    probes: Sequence[bytes]


def work_batch(batch: Batch) -> list[float]:
    """The scores of one batch."""
    return [batch.score(a, b) for a, b in zip(batch.references, batch.probes, strict=True)]


@dataclass(frozen=True, slots=True)
class OpaqueTemplates:
    """Templates as bytes, with the function that compares two of them."""

    score: Callable[[bytes, bytes], float]
    references: Sequence[bytes]
    probes: Sequence[bytes]

    def pairs(self, index: Ints, mapper: Mapper) -> Floats:
        """See `Templates`."""
        batches = (
            Batch(self.score, [self.references[a] for a, _ in some], [self.probes[b] for _, b in some])
            for some in (index[start : start + BATCH] for start in range(0, len(index), BATCH))
        )
        return np.array([one for batch in mapper(work_batch, batches) for one in batch], dtype=np.float64)

    def everybody(self, numbers: NDArray[np.intp], subject_of: Ints, mapper: Mapper) -> Scores:
        """See `Templates`."""
        of = subject_of[numbers]
        first, second = np.triu_indices(len(numbers), k=1)
        apart = of[first] != of[second]
        genuine = numbers[genuine_pairs(of)]
        impostor = np.stack([numbers[first[apart]], numbers[second[apart]]], axis=1)
        return from_lists(
            self.pairs(genuine, mapper), genuine, self.pairs(impostor, mapper), impostor, subject_of
        )
