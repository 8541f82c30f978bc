"""Error rates after ISO/IEC 19795-1: FMR, FNMR, EER, ZeroFMR, DET, and accuracy over folds.

Conventions. A comparison is accepted when score >= threshold. Rates are steps: nothing is interpolated.
*FNMR at FMR f*: with k = floor(f * impostors), the threshold lies just above the (k+1)th highest impostor
score, so that at most k impostors pass; FNMR counts the genuine scores below it. *EER*: over all thresholds,
the convention of FVC2000 (Maio et al. 2002, section 4): of the two thresholds either side of the crossing,
the one where FMR + FNMR is lower; EER is the mean of the two rates there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .parameters import DET_STEPS_PER_DECADE, DRAWS
from .scores import BINS, Floats, Ints, Scores, bin_edge


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold, and what passes and fails there. Rates lie in [0, 1]."""

    threshold: float
    fmr: float
    fnmr: float
    false_matches: int
    false_non_matches: int


def at_threshold(scores: Scores, threshold: float) -> OperatingPoint:
    """The rates at one threshold. Needs at least one genuine and one impostor comparison."""
    one = np.array([threshold])
    matches, non_matches = int(scores.false_matches(one)[0]), int(scores.false_non_matches(one)[0])
    return OperatingPoint(
        threshold, matches / scores.impostor, non_matches / len(scores.genuine), matches, non_matches
    )


def threshold_at_fmr(scores: Scores, target: float) -> float:
    """The lowest threshold that at most floor(target * impostors) impostor comparisons reach.

    Below the kept tail, the lower edge of the first histogram bin with so few at or above it.
    """
    allowed = int(np.floor(target * scores.impostor * (1 + 1e-12)))
    complete = int(np.count_nonzero(scores.tail >= scores.complete_from))
    if allowed < complete:
        return float(np.nextafter(scores.tail[allowed], np.inf))
    if complete == scores.impostor:
        return float(np.nextafter(-1.0, -2.0))
    at_least = np.cumsum(scores.histogram[::-1])[::-1]
    return float(bin_edge(int(np.argmax(at_least <= allowed))))


def fnmr_at_fmr(scores: Scores, target: float) -> OperatingPoint:
    """The operating point whose FMR is the highest that does not exceed `target`."""
    return at_threshold(scores, threshold_at_fmr(scores, target))


def zero_fmr(scores: Scores) -> OperatingPoint:
    """The lowest FNMR at which no impostor comparison of these data passes."""
    return fnmr_at_fmr(scores, 0.0)


def equal_error(scores: Scores) -> tuple[float, float]:
    """EER and the threshold that it holds at."""
    edges = bin_edge(np.arange(1, BINS, dtype=np.int64))
    own = np.concatenate([scores.genuine, scores.tail])
    every = np.unique(np.concatenate([own[own >= scores.complete_from], edges[edges < scores.complete_from]]))
    every = np.append(every, np.nextafter(every[-1], np.inf))
    fmr = scores.false_matches(every) / scores.impostor
    fnmr = scores.false_non_matches(every) / len(scores.genuine)
    above = int(np.argmax(fnmr >= fmr))
    below = max(above - 1, 0) if fnmr[above] > fmr[above] else above
    at = below if fmr[below] + fnmr[below] <= fmr[above] + fnmr[above] else above
    return float((fmr[at] + fnmr[at]) / 2), float(every[at])


def det_curve(scores: Scores) -> list[OperatingPoint]:
    """Points of the detection error trade-off, from FMR 1/impostors up to 1/2, even steps of log FMR."""
    decades = np.log10(scores.impostor)
    steps = max(2, int(np.ceil(decades * DET_STEPS_PER_DECADE)))
    targets = np.logspace(-decades, np.log10(0.5), steps)
    return [fnmr_at_fmr(scores, float(target)) for target in targets]


def drawn(scores: Scores, most: int, seed: int) -> Scores:
    """At most `most` genuine comparisons a subject, drawn with `numpy.random.default_rng(seed)`.

    Subjects in order; of each the pairs in lexicographic order of sample number; subjects with no more than
    `most` keep all of theirs and use up no random numbers.
    """
    random = np.random.default_rng(seed)
    order = np.lexsort((scores.genuine_pairs[:, 1], scores.genuine_pairs[:, 0]))
    subjects = scores.genuine_subjects[order]
    chosen: list[NDArray[np.intp]] = []
    for group in np.split(order, np.flatnonzero(np.diff(subjects)) + 1):
        chosen.append(group if len(group) <= most else random.choice(group, size=most, replace=False))
    return scores.with_genuine(np.concatenate(chosen))


def over_draws(scores: Scores, most: int, rate: Callable[[Scores], float]) -> tuple[float, float, float]:
    """Mean, lowest and highest of a rate over seeds 0 to 19 of the draw of genuine pairs."""
    values = [rate(drawn(scores, most, seed)) for seed in range(DRAWS)]
    return float(np.mean(values)), min(values), max(values)


@dataclass(frozen=True, slots=True)
class FoldAccuracy:
    """Accuracy over folds: each fold judged at the threshold that is best on all the others."""

    mean: float
    standard_error: float
    folds: tuple[float, ...]
    thresholds: tuple[float, ...]


def accuracy_over_folds(scores: Floats, same: NDArray[np.bool_], fold: Ints) -> FoldAccuracy:
    """Accuracy as in Labeled Faces in the Wild, view 2 (Huang et al. 2007). Arrays of shape (pairs,).

    Of several best thresholds the lowest is taken. The standard error is that of the mean over folds.
    """
    accuracies, thresholds = [], []
    for held in np.unique(fold):
        rest = fold != held
        threshold = best_threshold(scores[rest], same[rest])
        accuracies.append(float(np.mean((scores[~rest] >= threshold) == same[~rest])))
        thresholds.append(threshold)
    spread = float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))) if len(accuracies) > 1 else 0.0
    return FoldAccuracy(float(np.mean(accuracies)), spread, tuple(accuracies), tuple(thresholds))


def best_threshold(scores: Floats, same: NDArray[np.bool_]) -> float:
    """The lowest observed score that, as a threshold, gives the most right answers."""
    every = np.unique(scores)
    genuine, impostor = np.sort(scores[same]), np.sort(scores[~same])
    right = (
        len(genuine)
        - np.searchsorted(genuine, every, side="left")
        + np.searchsorted(impostor, every, side="left")
    )
    return float(every[int(np.argmax(right))])
