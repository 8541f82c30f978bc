"""How far to trust a rate: Wilson, rule of three, and a two-way bootstrap over subjects.

Comparisons that share a person are not independent, so the number that supports a false match rate is the
number of *pairs of people*, and the bootstrap draws people: a genuine comparison weighs as often as its
person was drawn, an impostor comparison the product of both (Owen 2007, the pigeonhole bootstrap).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .parameters import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED, CONFIDENCE, RULE_OF_THREE, WILSON_Z
from .scores import Floats, Scores


def wilson(errors: float, trials: float) -> tuple[float, float]:
    """The Wilson score interval of a rate at `CONFIDENCE`; (0, 1) when there were no trials."""
    if trials <= 0:
        return 0.0, 1.0
    rate, z2 = errors / trials, WILSON_Z**2
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = WILSON_Z / (1 + z2 / trials) * np.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2))
    low = 0.0 if errors <= 0 else float(centre - half)
    return max(0.0, low), 1.0 if errors >= trials else float(min(1.0, centre + half))


def lowest_supported_fmr(people_pairs: int) -> float:
    """The lowest FMR that so many pairs of people can show: rule of three; 1 when there is none."""
    return min(1.0, RULE_OF_THREE / people_pairs) if people_pairs > 0 else 1.0


def why_unsupported(target: float, people_pairs: int) -> str | None:
    """Why a false match rate must not be stated on these data, or None when it may."""
    needed = int(np.ceil(RULE_OF_THREE / target - 1e-9))
    if people_pairs >= needed:
        return None
    return f"needs {needed:,} pairs of different people, the data have {people_pairs:,} (rule of 3)"


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval at `CONFIDENCE`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """Intervals of FNMR and of the threshold at each FMR target, and of the EER."""

    fnmr: dict[float, Interval]
    threshold: dict[float, Interval]
    eer: Interval | None


def bootstrap(
    scores: Scores, targets: Sequence[float], genuine_weights: Floats | None = None
) -> Bootstrapped:
    """Draw subjects with replacement, `BOOTSTRAP_REPLICATES` times, and look where the rates fall.

    `genuine_weights` (G,) weighs genuine comparisons besides (their chance of being drawn under
    `--max-genuine`). A target whose impostors lie below the kept tail gets no interval.
    """
    weights = np.ones(len(scores.genuine)) if genuine_weights is None else genuine_weights
    fnmr: dict[float, list[float]] = {target: [] for target in targets}
    thresholds: dict[float, list[float]] = {target: [] for target in targets}
    eers: list[float] = []
    for replicate in _replicates(scores, weights):
        for target in targets:
            at = replicate.threshold(target)
            if at is not None:
                thresholds[target].append(at)
                fnmr[target].append(replicate.fnmr(at))
        eer = replicate.eer()
        if eer is not None:
            eers.append(eer)
    return Bootstrapped(
        {target: _interval(values) for target, values in fnmr.items() if _enough(values)},
        {target: _interval(values) for target, values in thresholds.items() if _enough(values)},
        _interval(eers) if _enough(eers) else None,
    )


@dataclass(frozen=True, slots=True)
class _Replicate:
    """One draw of subjects. `passing[i]`: the weighted share of impostors among the i+1 highest."""

    tail: Floats
    passing: Floats
    whole: bool
    genuine: Floats
    failing: Floats

    def threshold(self, target: float) -> float | None:
        beyond = int(np.searchsorted(self.passing, target * (1 + 1e-12), side="right"))
        if beyond < len(self.tail):
            return float(np.nextafter(self.tail[beyond], np.inf))
        return -1.0 if self.whole else None

    def fnmr(self, threshold: float) -> float:
        below = int(np.searchsorted(self.genuine, threshold, side="left"))
        return float(self.failing[below])

    def eer(self) -> float | None:
        """Where the weighted rates cross, from the impostors' side."""
        fnmr = self.failing[np.searchsorted(self.genuine, self.tail, side="left")]
        crossed = np.flatnonzero(self.passing >= fnmr)
        if len(crossed) == 0:
            return None
        at = int(crossed[0])
        return float((self.passing[at] + fnmr[at]) / 2)


def _replicates(scores: Scores, weights: Floats) -> Iterator[_Replicate]:
    random = np.random.default_rng(BOOTSTRAP_SEED)
    subjects = np.unique(scores.subject_of)
    complete = scores.tail >= scores.complete_from
    tail, (first, second) = scores.tail[complete], scores.tail_subjects[complete].T
    genuine_of = scores.genuine_subjects
    size = int(subjects[-1]) + 1
    for _ in range(BOOTSTRAP_REPLICATES):
        drawn = np.bincount(random.choice(subjects, size=len(subjects)), minlength=size).astype(np.float64)
        impostors = scores.pairs_weight(drawn)
        genuine = drawn[genuine_of] * weights
        if impostors <= 0 or genuine.sum() <= 0:
            continue
        failing = np.concatenate([[0.0], np.cumsum(genuine)]) / genuine.sum()
        passing = np.cumsum(drawn[first] * drawn[second]) / impostors
        yield _Replicate(tail, passing, len(tail) == scores.impostor, scores.genuine, failing)


def _enough(values: Sequence[float]) -> bool:
    """A replicate may have no value (its impostors all lie below the tail); one in a hundred may lack it."""
    return len(values) >= 0.99 * BOOTSTRAP_REPLICATES


def _interval(values: Sequence[float]) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high))
