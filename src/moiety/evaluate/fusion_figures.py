"""The figures of a fusion study: each system at equal false match rates, with intervals over its subjects.

At a false match rate that the pairs of subjects support, the threshold is counted on the impostors. Below
it the threshold is where the shipped tables and the fusion's bound claim that rate; FNMR is still
counted, the false match rate is *modelled*.

Intervals draw subjects with replacement: people for the face, fingers for the fingers, both for the
fusion. A comparison weighs the product of how often its subjects were drawn (Owen 2007, the pigeonhole
bootstrap), so that the same few fingers behind many comparisons count as few. Where fewer than ten
subjects are behind the errors, Wilson over subjects takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import intervals, metrics
from .chimeras import Trials
from .figures import FEW_ERRORS, key
from .parameters import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED, CONFIDENCE
from .scores import Floats, Ints, Scores, from_lists

TARGETS: Final = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
COMPARED_AT: Final = 1e-3
"""The rate at which fusion is held against the better modality."""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """One way to decide. `score` (T,): what it ranks by; `claimed` (T,): -log10 of the rate it claims.

    `face`: whether the face is in it; `fingers`: how many of each person's fingers are.
    """

    name: str
    title: str
    score: Floats
    claimed: Floats
    face: bool
    fingers: int


def figures(trials: Trials, systems: Sequence[System]) -> Figures:
    """Counts, each system's rates, and how the fusion compares with the better modality."""
    drawn = _drawn(trials, systems)
    rates = {system.name: _system(trials, system, drawn[system.name]) for system in systems}
    return {
        "genuine": int(np.count_nonzero(trials.genuine)),
        "impostor": int(np.count_nonzero(~trials.genuine)),
        "people": len(np.unique(trials.people[trials.genuine])),
        "fingers": len(np.unique(trials.fingers)),
        "people_pairs": _distinct(trials.people[~trials.genuine]),
        "finger_pairs": _finger_pairs(trials, trials.fingers.shape[2]),
        "systems": rates,
        "comparison": _comparison(rates),
    }


def _comparison(rates: dict[str, Figures]) -> list[Figures]:
    """The fusion beside every modality alone: ahead where its upper bound lies below that one's point."""
    at = key(COMPARED_AT)
    fused = rates["fused"]["fnmr_at_fmr"][at]
    rows = []
    for name, each in rates.items():
        if name == "fused":
            continue
        alone = each["fnmr_at_fmr"][at]
        rows.append({
            "fmr": COMPARED_AT, "alone": name, "fnmr": alone["value"], "low": alone["low"],
            "high": alone["high"], "modelled": alone["modelled"] or fused["modelled"],
            "fused_fnmr": fused["value"], "fused_high": fused["high"],
            "ahead": fused["high"] < alone["value"],
        })  # fmt: skip
    return rows


def _distinct(pairs: Ints) -> int:
    return len(np.unique(np.sort(pairs, axis=1), axis=0))


def _finger_pairs(trials: Trials, fingers: int) -> int:
    """Distinct pairs of different fingers that were compared, in the first so many places."""
    sides = trials.fingers[~trials.genuine][:, :, :fingers]
    return _distinct(np.swapaxes(sides, 1, 2).reshape(-1, 2))


def _system(trials: Trials, system: System, drawn: _Drawn) -> Figures:
    scores = _as_scores(trials, system.score)
    pairs = (
        _distinct(trials.people[~trials.genuine]) if system.face else _finger_pairs(trials, system.fingers)
    )
    units = _units(trials, system)
    eer, _ = metrics.equal_error(scores)
    counted = [target for target in TARGETS if intervals.why_unsupported(target, pairs) is None]
    thresholds = {target: metrics.threshold_at_fmr(scores, target) for target in counted}
    at_fmr = {}
    as_shipped = {target: _as_shipped(trials, system, units, target, drawn) for target in TARGETS}
    for target in TARGETS:
        if target not in thresholds:
            at_fmr[key(target)] = {**as_shipped[target], "modelled": True, "threshold": None}
            continue
        passes = system.score >= thresholds[target]
        at_fmr[key(target)] = {
            **_rates(trials.genuine, passes, units, drawn.at_fmr[target]),
            "modelled": False, "threshold": thresholds[target],
        }  # fmt: skip
    return {
        "title": system.title, "supporting_pairs": pairs, "subjects": len(np.unique(units)), "eer": eer,
        "fnmr_at_fmr": at_fmr, "as_shipped": {key(target): each for target, each in as_shipped.items()},
        "det": [[p.fmr, p.fnmr] for p in metrics.det_curve(scores)],
    }  # fmt: skip


def _as_scores(trials: Trials, score: Floats) -> Scores:
    genuine = trials.genuine
    everybody = np.arange(int(trials.people.max()) + 1)
    return from_lists(score[genuine], trials.people[genuine],
                      score[~genuine], trials.people[~genuine], everybody)  # fmt: skip


def _units(trials: Trials, system: System) -> Ints:
    """(G,) the subject of each genuine trial: the person where the face takes part, else the first finger."""
    own = trials.people[:, 0] if system.face else trials.fingers[:, 0, 0]
    return own[trials.genuine]


def _as_shipped(trials: Trials, system: System, units: Ints, target: float, drawn: _Drawn) -> Figures:
    """What the shipped rule does when it is asked for a rate: it passes whoever claims at most that."""
    return _rates(trials.genuine, system.claimed >= _claim(target), units, drawn.at_claim[target])


def _claim(target: float) -> float:
    """The least claim that passes; rates that differ by rounding only are the same."""
    return float(-np.log10(target) - 1e-12)


def _rates(
    genuine: NDArray[np.bool_], passes: NDArray[np.bool_], units: Ints, drawn: Sequence[float]
) -> Figures:
    """FNMR with its interval, and the false matches that were counted."""
    failed = ~passes[genuine]
    value, matches = float(np.mean(failed)), int(np.count_nonzero(passes & ~genuine))
    subjects, behind = len(np.unique(units)), len(np.unique(units[failed]))
    if behind < FEW_ERRORS:
        (low, high), how = intervals.wilson(value * subjects, subjects), "Wilson over subjects"
    else:
        tail = (1 - CONFIDENCE) / 2
        low, high = (float(each) for each in np.quantile(drawn, [tail, 1 - tail]))
        how = "bootstrap over subjects"
    return {
        "value": value, "low": low, "high": high, "interval": how,
        "errors": int(np.count_nonzero(failed)), "subjects_behind": behind,
        "false_matches": matches, "fmr": matches / int(np.count_nonzero(~genuine)),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Drawn:
    """FNMR in every draw of subjects: at the threshold of the draw's own FMR, and at what is claimed."""

    at_fmr: dict[float, list[float]]
    at_claim: dict[float, list[float]]


def _drawn(trials: Trials, systems: Sequence[System]) -> dict[str, _Drawn]:
    """Draw subjects `BOOTSTRAP_REPLICATES` times and look where each system's FNMR falls."""
    random = np.random.default_rng(BOOTSTRAP_SEED)
    people, fingers = np.unique(trials.people), np.unique(trials.fingers)
    orders = [_Order.of(trials, system) for system in systems]
    found = {system.name: _Drawn({t: [] for t in TARGETS}, {t: [] for t in TARGETS}) for system in systems}
    for _ in range(BOOTSTRAP_REPLICATES):
        of_people = np.bincount(random.choice(people, len(people)), minlength=int(people[-1]) + 1)
        of_fingers = np.bincount(random.choice(fingers, len(fingers)), minlength=int(fingers[-1]) + 1)
        weights = _weights(trials, of_people.astype(np.float64), of_fingers.astype(np.float64))
        for system, order in zip(systems, orders, strict=True):
            order.look(weights[system.face, system.fingers], found[system.name])
    return found


@dataclass(frozen=True, slots=True)
class _Order:
    """One system's trials in the order of their scores, made ready for many draws.

    `down`: the highest impostors; `up`: the genuine, lowest first; `below` (down,): how many genuine do not
    pass just above each of `down`; `refused`: for each target, the genuine whose claim is too weak.
    """

    genuine: NDArray[np.bool_]
    down: NDArray[np.intp]
    up: NDArray[np.intp]
    below: NDArray[np.intp]
    refused: dict[float, NDArray[np.intp]]

    @classmethod
    def of(cls, trials: Trials, system: System) -> _Order:
        genuine, impostor = np.flatnonzero(trials.genuine), np.flatnonzero(~trials.genuine)
        down = impostor[np.argsort(-system.score[impostor], kind="stable")][: _highest(len(impostor))]
        up = genuine[np.argsort(system.score[genuine], kind="stable")]
        below = np.searchsorted(system.score[up], system.score[down], side="right")
        refused = {t: genuine[system.claimed[genuine] < _claim(t)] for t in TARGETS}
        return cls(trials.genuine, down, up, below, refused)

    def look(self, weight: Floats, found: _Drawn) -> None:
        """Add what one draw of subjects, weights (T,), shows."""
        lowest = weight[self.up]
        own, every = float(lowest.sum()), float(weight.sum())
        if own <= 0 or every <= own:
            return
        failing = np.concatenate([[0.0], np.cumsum(lowest)]) / own
        passing = np.cumsum(weight[self.down]) / (every - own)
        for target in TARGETS:
            found.at_claim[target].append(float(weight[self.refused[target]].sum()) / own)
            beyond = int(np.searchsorted(passing, target * (1 + 1e-12), side="right"))
            if beyond < len(self.down):
                found.at_fmr[target].append(float(failing[self.below[beyond]]))


def _highest(impostors: int) -> int:
    """How many of the highest impostor scores hold any draw's FMR of the highest target."""
    return max(1000, impostors // 10)


def _weights(trials: Trials, of_people: Floats, of_fingers: Floats) -> dict[tuple[bool, int], Floats]:
    """(T,) weights by (face, fingers): how often the subjects of a comparison were drawn, multiplied."""
    other = ~trials.genuine
    face = of_people[trials.people[:, 0]]
    face[other] *= of_people[trials.people[other, 1]]
    found = {(True, 0): face}
    hand = np.ones(len(trials))
    for slot in range(trials.fingers.shape[2]):
        hand = hand * of_fingers[trials.fingers[:, 0, slot]]
        hand[other] *= of_fingers[trials.fingers[other, 1, slot]]
        found[False, slot + 1] = hand
        found[True, slot + 1] = face * hand
    return found
