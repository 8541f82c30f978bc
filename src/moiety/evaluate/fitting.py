"""Fit a calibration table: what false match rate, and what log-likelihood ratio, each score stands for.

The FMR of a score is the share of impostor comparisons that reach it, as counted, down to the rate that the
set's pairs of people support (rule of three). Below, a modelled tail, marked as such. The largest set's tail
is linear in log10 FMR with the slope of its last measured decade; cosines of unrelated faces fall off faster
than that (their log FMR is concave), so it errs towards a higher FMR. A smaller set is continued with the
largest set's measured shape, moved to meet the smaller set's last measured point and stretched by the ratio
of their slopes over the same decade of FMR, never compressed. Over several sets the table is the upper
envelope: at each score the worst FMR of all, with the set that binds.

The log-likelihood ratio is ln(genuine density / impostor density), with the genuine density a Gaussian
kernel estimate (Silverman 1986, eq. 3.31) over the sets that have enough people, the impostor density the
envelope's fall, made monotone by pooling adjacent violators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.decision.calibration import SCHEMA, CalibrationTable
from moiety.errors import InputError

from .intervals import lowest_supported_fmr, wilson
from .parameters import LLR_GENUINE_PEOPLE, TABLE_STEP, TAIL_FIT_DECADES, TAIL_LOWEST_LOG10_FMR
from .scores import Floats, Scores, from_lists


@dataclass(frozen=True, slots=True)
class FittingSet:
    """One set of comparisons under a name, with how many people it holds."""

    name: str
    scores: Scores
    people: int


@dataclass(frozen=True, slots=True)
class Curve:
    """log10 FMR at each score of the grid, which of them were measured, and how it goes on below.

    `last` is the last measured index; `slope` the fall over the last measured decade, in decades per unit of
    score; `stretch` how much wider the tail is than the lender's, or None where it is a straight line.
    """

    log10_fmr: Floats
    measured: NDArray[np.bool_]
    last: int
    slope: float
    stretch: float | None = None


def grid() -> Floats:
    """The scores of a table: -1 to 1 by `TABLE_STEP`."""
    steps = round(1 / TABLE_STEP)
    return np.arange(-steps, steps + 1) / steps


def fit_curve(fitted: FittingSet, lender: Curve | None = None) -> Curve:
    """The FMR curve of one set: counted, then continued, by the shape of `lender` if there is one.

    Raises:
        InputError: fewer pairs of people than show a false match rate of 10 %, or no fall to continue.
    """
    at, floor = grid(), lowest_supported_fmr(fitted.scores.subject_pairs)
    if floor > 0.1:
        raise InputError(
            f"The set {fitted.name!r} has {fitted.scores.subject_pairs} pairs of different people; "
            "30 are the least that show anything.",
            remedy="Add captures of more people: 9 people make 36 pairs.",
        )
    fmr = fitted.scores.false_matches(at) / fitted.scores.impostor
    measured = fmr >= floor
    last = int(np.flatnonzero(measured)[-1])
    with np.errstate(divide="ignore"):
        counted = np.log10(fmr)
    slope = _slope(at, counted, measured, float(counted[last]))
    if slope is None:
        raise InputError(f"The impostor scores of {fitted.name!r} are all alike: no curve can be fitted.")
    stretch = None
    tail = counted[last] + slope * (at - at[last])
    if lender is not None:
        lent = _slope(at, lender.log10_fmr, lender.measured, float(counted[last]))
        if lent is not None:
            stretch = max(1.0, lent / slope)
            start = float(np.interp(-counted[last], -lender.log10_fmr, at))
            tail = np.interp(start + (at - at[last]) / stretch, at, lender.log10_fmr)
            tail = np.minimum(tail, counted[last])
    log10_fmr = np.where(measured, counted, np.maximum(tail, TAIL_LOWEST_LOG10_FMR))
    return Curve(log10_fmr, measured, last, slope, stretch)


def _slope(at: Floats, log10_fmr: Floats, measured: NDArray[np.bool_], floor: float) -> float | None:
    """The least-squares slope over the decade that ends at `floor` (log10 FMR); None without two points."""
    steep = measured & (log10_fmr >= floor) & (log10_fmr <= floor + TAIL_FIT_DECADES) & (log10_fmr < 0)
    if np.count_nonzero(steep) < 2:
        return None
    slope = float(np.polyfit(at[steep], log10_fmr[steep], 1)[0])
    return slope if slope < 0 else None


def fit_table(
    sets: Sequence[FittingSet],
    *,
    name: str,
    modality: str,
    model: str,
    samples: int,
    fitted_at: str | None = None,
) -> dict[str, Any]:
    """A calibration table over one set or the envelope of several, as plain data for JSON.

    `samples` is the number of pictures in each reference. The counts at the top are those of the largest set
    (by pairs of people); every set's own stand below. `measured_to` is the lowest FMR that the largest set
    shows: from there up, no set was seen to exceed the table where it could be measured.
    """
    at = grid()
    largest = max(sets, key=lambda each: each.scores.subject_pairs)
    lender = fit_curve(largest)
    curves = [lender if each is largest else fit_curve(each, lender) for each in sets]
    stacked = np.stack([curve.log10_fmr for curve in curves])
    binding = np.argmax(stacked, axis=0)
    envelope = stacked[binding, np.arange(len(at))]
    llr = _log_likelihood_ratio(at, envelope, sets)
    used = _useful(envelope)
    table: dict[str, Any] = {
        "schema": SCHEMA,
        "name": name,
        "modality": modality,
        "model": model,
        "samples": samples,
        "fitted_on": " + ".join(each.name for each in sets),
        "counts": _counts(largest),
        "measured_to": lowest_supported_fmr(largest.scores.subject_pairs),
        "tail": {"kind": "log-linear", "slope": round(lender.slope, 6)},
        "points": [
            [round(float(a), 8), round(float(f), 6), round(float(r), 6)]
            for a, f, r in zip(at[used], envelope[used], llr[used], strict=True)
        ],
        "sets": [_description(each, curve) for each, curve in zip(sets, curves, strict=True)],
        "binding": _segments(at[used], binding[used], curves, used, sets),
    }  # fmt: skip
    if fitted_at is not None:
        table["fitted_at"] = fitted_at
    return table


def pooled(sets: Sequence[FittingSet]) -> FittingSet:
    """Several sets as one, whose people are never compared across sets. Every comparison must be kept."""
    people = subjects = samples = 0
    genuine, impostor = [], []
    genuine_pairs, impostor_pairs, subject_of = [], [], []
    for each in sets:
        scores = each.scores
        genuine.append(scores.genuine)
        impostor.append(scores.tail)
        genuine_pairs.append(scores.genuine_pairs + samples)
        impostor_pairs.append(scores.tail_pairs + samples)
        subject_of.append(scores.subject_of + subjects)
        people += each.people
        samples += len(scores.subject_of)
        subjects += int(scores.subject_of.max()) + 1
    joined = from_lists(
        np.concatenate(genuine), np.concatenate(genuine_pairs),
        np.concatenate(impostor), np.concatenate(impostor_pairs), np.concatenate(subject_of),
    )  # fmt: skip
    return FittingSet("all sets pooled", joined, people)


def _useful(envelope: Floats) -> NDArray[np.intp]:
    """From the last score that everybody reaches to the first at the end of the tail."""
    first = int(np.flatnonzero(envelope >= 0)[-1]) if np.any(envelope >= 0) else 0
    ends = np.flatnonzero(envelope <= TAIL_LOWEST_LOG10_FMR)
    last = int(ends[0]) if len(ends) else len(envelope) - 1
    return np.arange(first, last + 1)


def _description(fitted: FittingSet, curve: Curve) -> dict[str, Any]:
    return {
        "name": fitted.name,
        **_counts(fitted),
        "measured_to": lowest_supported_fmr(fitted.scores.subject_pairs),
        "slope": round(curve.slope, 6),
        "stretch": None if curve.stretch is None else round(curve.stretch, 6),
    }


def _counts(fitted: FittingSet) -> dict[str, int]:
    return {
        "people": fitted.people,
        "people_pairs": fitted.scores.subject_pairs,
        "comparisons": fitted.scores.impostor,
        "genuine": len(fitted.scores.genuine),
    }


def _segments(
    at: Floats,
    binding: NDArray[np.intp],
    curves: Sequence[Curve],
    used: NDArray[np.intp],
    sets: Sequence[FittingSet],
) -> list[dict[str, Any]]:
    """From which score on which set binds, and whether it was measured there: a row for each change."""
    rows: list[dict[str, Any]] = []
    for score, which, column in zip(at, binding, used, strict=True):
        row = {"set": sets[int(which)].name, "measured": bool(curves[int(which)].measured[column])}
        if not rows or {**rows[-1], **row} != rows[-1]:
            rows.append({"from": round(float(score), 8), **row})
    return rows


def _log_likelihood_ratio(at: Floats, envelope: Floats, sets: Sequence[FittingSet]) -> Floats:
    """ln of genuine over impostor density at each score of the grid, never falling."""
    genuine = [each.scores.genuine for each in sets if _genuine_people(each) >= LLR_GENUINE_PEOPLE]
    if not genuine:
        raise InputError(
            f"No set has genuine pairs of {LLR_GENUINE_PEOPLE} people or more.",
            remedy="Give at least two pictures of each person, of 30 people or more.",
        )
    each = np.concatenate(genuine)
    # Every set counts alike, however many pairs it has: none may drown the others.
    weights = np.concatenate([np.full(len(one), 1 / (len(one) * len(genuine))) for one in genuine])
    density = _kernel_density(at, each, weights)
    survival = 10.0**envelope
    fall = np.maximum(-np.gradient(survival, at), 0.0)
    least = 1 / (2 * len(each) * TABLE_STEP)  # below half a score per bin, a density is not told from none
    with np.errstate(divide="ignore"):
        ratio = np.log(np.maximum(density, least)) - np.log(np.maximum(fall, 10.0**TAIL_LOWEST_LOG10_FMR))
    known = (density > least) | (at < np.median(each))
    ratio = np.where(known, ratio, ratio[known].max())
    return monotone(ratio, density + fall)


def _genuine_people(fitted: FittingSet) -> int:
    return len(np.unique(fitted.scores.genuine_subjects))


def _kernel_density(at: Floats, values: Floats, weights: Floats) -> Floats:
    """A Gaussian kernel estimate at the points `at`."""
    mean = float(np.sum(weights * values))
    spread = float(np.sqrt(np.sum(weights * (values - mean) ** 2)))
    quartiles = np.quantile(values, [0.25, 0.75])
    scale = min(spread, float(quartiles[1] - quartiles[0]) / 1.34) or spread
    width = max(0.9 * scale * len(values) ** -0.2, TABLE_STEP)
    density = np.zeros(len(at))
    for start in range(0, len(values), 4096):
        distance = (at[:, None] - values[None, start : start + 4096]) / width
        density += np.exp(-0.5 * distance**2) @ weights[start : start + 4096]
    scaled: Floats = density / (width * np.sqrt(2 * np.pi))
    return scaled


def monotone(values: Floats, weights: Floats) -> Floats:
    """The closest never-falling sequence by weighted squares: pool adjacent violators (Ayer et al. 1955)."""
    means: list[float] = []
    sums: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values, np.maximum(weights, 1e-300), strict=True):
        means.append(float(value))
        sums.append(float(weight))
        lengths.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            both = sums[-2] + sums[-1]
            means[-2:] = [(means[-2] * sums[-2] + means[-1] * sums[-1]) / both]
            sums[-2:] = [both]
            lengths[-2:] = [lengths[-2] + lengths[-1]]
    return np.repeat(means, lengths)


def held_back(table: CalibrationTable, check: Scores, targets: Sequence[float]) -> list[dict[str, Any]]:
    """What a table fitted on other people comes to on these: one row for each target that they can show."""
    rows = []
    for target in targets:
        if target < lowest_supported_fmr(check.subject_pairs):
            continue
        threshold = table.score_at(target)
        passed = int(check.false_matches(np.array([threshold]))[0])
        failed = int(check.false_non_matches(np.array([threshold]))[0])
        low, high = wilson(passed * check.subject_pairs / check.impostor, check.subject_pairs)
        rows.append({
            "target": target, "threshold": round(threshold, 6), "fmr": passed / check.impostor, "low": low,
            "high": high, "false_matches": passed, "comparisons": check.impostor,
            "people_pairs": check.subject_pairs, "fnmr": failed / max(1, len(check.genuine)),
        })  # fmt: skip
    return rows
