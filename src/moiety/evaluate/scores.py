"""The outcome of a set of comparisons: genuine scores, the impostor tail, and the impostor histogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .parameters import HISTOGRAM_HALF

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 2 * HISTOGRAM_HALF + 2
"""Bin 0 is unused (it takes comparisons that must not count); bin b holds scores from `bin_edge(b)`."""


def bin_edge(index: Ints | int) -> Floats:
    """The lowest score of a histogram bin; shape as `index`."""
    edges: Floats = (np.asarray(index, dtype=np.float64) - 1.0) / HISTOGRAM_HALF - 1.0
    return edges


def bin_of(scores: Floats) -> Ints:
    """The histogram bin of each score, evaluated in binary64 (blocks evaluate theirs in binary32)."""
    bins: Ints = np.clip(1 + np.floor((scores + 1.0) * HISTOGRAM_HALF), 1, BINS - 1).astype(np.int64)
    return bins


@dataclass(frozen=True, slots=True)
class Scores:
    """What the metrics need to know of a set of comparisons. Higher scores mean more alike.

    `genuine`: (G,) scores, ascending; `genuine_pairs`: (G, 2) sample numbers, in the same order.
    `tail`: (T,) the highest impostor scores, descending; `tail_pairs`: (T, 2) sample numbers.
    `complete_from`: every impostor comparison that scores at least this is in `tail`.
    `histogram`: (BINS,) counts of all impostor comparisons. `impostor`: how many there are.
    `subject_of`: (samples,) the subject number of each sample.
    `pairs_weight`: for subject weights (subjects,), the weighted number of all impostor comparisons.
    """

    genuine: Floats
    genuine_pairs: Ints
    tail: Floats
    tail_pairs: Ints
    complete_from: float
    histogram: Ints
    impostor: int
    subject_of: Ints
    subject_pairs: int
    pairs_weight: Callable[[Floats], float]

    @property
    def genuine_subjects(self) -> Ints:
        """(G,) the subject of each genuine comparison."""
        return self.subject_of[self.genuine_pairs[:, 0]]

    @property
    def tail_subjects(self) -> Ints:
        """(T, 2) the subjects of each impostor comparison of the tail."""
        return self.subject_of[self.tail_pairs]

    def false_matches(self, thresholds: Floats) -> Ints:
        """Impostor comparisons that score at least each threshold.

        Exact from `complete_from` up; below it, counted from the edge of the threshold's histogram bin, so
        never fewer than there are.
        """
        from_tail = len(self.tail) - np.searchsorted(self.tail[::-1], thresholds, side="left")
        at_least = np.append(np.cumsum(self.histogram[::-1])[::-1], 0)
        finite = np.nan_to_num(thresholds, posinf=2.0, neginf=-2.0)
        from_histogram = at_least[bin_of(finite)]
        return np.where(thresholds >= self.complete_from, from_tail, from_histogram).astype(np.int64)

    def false_non_matches(self, thresholds: Floats) -> Ints:
        """Genuine comparisons that score below each threshold."""
        return np.searchsorted(self.genuine, thresholds, side="left").astype(np.int64)

    def with_genuine(self, chosen: NDArray[np.intp]) -> Scores:
        """The same impostors with only the `chosen` genuine comparisons (indices, any order)."""
        kept = np.sort(chosen)
        return replace(self, genuine=self.genuine[kept], genuine_pairs=self.genuine_pairs[kept])

    def renumbered(self, numbers: NDArray[np.intp], subject_of: Ints) -> Scores:
        """The same comparisons, sample i called `numbers[i]` in a larger collection `subject_of`.

        Subject numbers stay as they are.
        """
        genuine_pairs, tail_pairs = numbers[self.genuine_pairs], numbers[self.tail_pairs]
        return replace(self, genuine_pairs=genuine_pairs, tail_pairs=tail_pairs, subject_of=subject_of)


def from_lists(
    genuine: Floats, genuine_pairs: Ints, impostor: Floats, impostor_pairs: Ints, subject_of: Ints
) -> Scores:
    """Scores of comparisons that were made one by one: everything is in the tail.

    `genuine` (G,), `genuine_pairs` (G, 2), `impostor` (I,), `impostor_pairs` (I, 2), in any order.
    """
    up = np.lexsort((genuine_pairs[:, 1], genuine_pairs[:, 0], genuine))
    down = np.lexsort((impostor_pairs[:, 1], impostor_pairs[:, 0], -impostor))
    subjects = subject_of[impostor_pairs[down]]
    people = np.unique(np.sort(subjects, axis=1), axis=0) if len(subjects) else subjects

    def weight(of_subject: Floats) -> float:
        return float(np.sum(of_subject[subjects[:, 0]] * of_subject[subjects[:, 1]]))

    return Scores(
        genuine=genuine[up],
        genuine_pairs=genuine_pairs[up],
        tail=impostor[down],
        tail_pairs=impostor_pairs[down],
        complete_from=-np.inf,
        histogram=np.bincount(bin_of(impostor), minlength=BINS).astype(np.int64),
        impostor=len(impostor),
        subject_of=subject_of,
        subject_pairs=len(people),
        pairs_weight=weight,
    )
