"""The figures of one set of comparisons, as plain data: rates, intervals, thresholds, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import intervals, metrics
from .parameters import FMR_TARGETS
from .scores import Floats, Scores

FEW_ERRORS = 10
"""With fewer errors a bootstrap only repeats the few that there are; Wilson over people is wider."""

Figures = dict[str, Any]


def key(target: float) -> str:
    """A false match rate as it stands in the JSON: 0.01, 0.001, 0.0001, 0.00001."""
    return f"{target:.10f}".rstrip("0")


def figures(scores: Scores, *, max_genuine: int | None = None) -> Figures:
    """Everything that is stated of a set of comparisons with at least one genuine and one impostor.

    With `max_genuine`, every rate over genuine comparisons is the mean over the draws, its spread beside it.
    """
    weights = genuine_weights(scores, max_genuine)
    supported = [t for t in FMR_TARGETS if intervals.why_unsupported(t, scores.subject_pairs) is None]
    boot = intervals.bootstrap(scores, supported, weights)
    return {
        "genuine": round(float(weights.sum())),
        "genuine_subjects": len(np.unique(scores.genuine_subjects)),
        "impostor": scores.impostor,
        "subject_pairs": scores.subject_pairs,
        "eer": _eer(scores, max_genuine, boot),
        "fnmr_at_fmr": {key(t): _fnmr(scores, t, max_genuine, boot) for t in FMR_TARGETS},
        "thresholds": {key(t): _threshold(scores, t, boot) for t in FMR_TARGETS},
        "zero_fmr": _zero_fmr(scores, max_genuine),
        "det": [[p.fmr, p.fnmr, p.threshold] for p in metrics.det_curve(scores)],
        "histograms": _histograms(scores),
    }


def genuine_weights(scores: Scores, max_genuine: int | None) -> Floats:
    """(G,) how often each genuine comparison is drawn: 1, or N over its subject's number if that is less."""
    if max_genuine is None:
        return np.ones(len(scores.genuine))
    subjects = scores.genuine_subjects
    each = np.bincount(subjects)[subjects]
    return np.minimum(1.0, max_genuine / each)


def _fnmr(scores: Scores, target: float, most: int | None, boot: intervals.Bootstrapped) -> Figures:
    reason = intervals.why_unsupported(target, scores.subject_pairs)
    if reason is not None:
        return {"value": None, "reason": reason}
    point = metrics.fnmr_at_fmr(scores, target)
    stated: Figures = {"value": point.fnmr}
    if most is not None:
        mean, low, high = metrics.over_draws(scores, most, lambda s: metrics.fnmr_at_fmr(s, target).fnmr)
        stated = {"value": mean, "spread": [low, high]}
    stated["errors"] = point.false_non_matches
    interval = boot.fnmr.get(target)
    if point.false_non_matches < FEW_ERRORS or interval is None:
        people = len(np.unique(scores.genuine_subjects))
        low, high = intervals.wilson(stated["value"] * people, people)
        return {**stated, "low": low, "high": high, "interval": "Wilson over people"}
    return {**stated, "low": interval.low, "high": interval.high, "interval": "bootstrap over people"}


def _threshold(scores: Scores, target: float, boot: intervals.Bootstrapped) -> Figures:
    reason = intervals.why_unsupported(target, scores.subject_pairs)
    if reason is not None:
        return {"value": None, "reason": reason}
    point = metrics.fnmr_at_fmr(scores, target)
    behind = scores.tail_subjects[scores.tail >= point.threshold]
    people = len(np.unique(np.sort(behind, axis=1), axis=0)) if len(behind) else 0
    low, high = intervals.wilson(point.fmr * scores.subject_pairs, scores.subject_pairs)
    stated: Figures = {
        "value": point.threshold, "fmr": point.fmr, "fmr_low": low, "fmr_high": high,
        "false_matches": point.false_matches, "false_match_subject_pairs": people,
    }  # fmt: skip
    interval = boot.threshold.get(target)
    if interval is not None:
        stated.update(low=interval.low, high=interval.high)
    return stated


def _eer(scores: Scores, most: int | None, boot: intervals.Bootstrapped) -> Figures:
    value, threshold = metrics.equal_error(scores)
    stated: Figures = {"value": value, "threshold": threshold}
    if most is not None:
        mean, low, high = metrics.over_draws(scores, most, lambda s: metrics.equal_error(s)[0])
        stated.update(value=mean, spread=[low, high])
    if value * len(scores.genuine) < FEW_ERRORS or boot.eer is None:
        people = len(np.unique(scores.genuine_subjects))
        low, high = intervals.wilson(stated["value"] * people, people)
        return {**stated, "low": low, "high": high, "interval": "Wilson over people"}
    return {**stated, "low": boot.eer.low, "high": boot.eer.high, "interval": "bootstrap over people"}


def _zero_fmr(scores: Scores, most: int | None) -> Figures:
    point = metrics.zero_fmr(scores)
    fnmr = point.fnmr
    if most is not None:
        fnmr, _, _ = metrics.over_draws(scores, most, lambda s: metrics.zero_fmr(s).fnmr)
    bound = intervals.lowest_supported_fmr(scores.subject_pairs)
    return {"fnmr": fnmr, "threshold": point.threshold, "fmr_high": bound}


def _histograms(scores: Scores, bins: int = 100) -> Figures:
    """Shares of genuine and impostor scores in even bins of -1 to 1, for the plot."""
    genuine, edges = np.histogram(scores.genuine, bins=bins, range=(-1, 1))
    fold = np.minimum(
        (np.arange(len(scores.histogram)) - 1).clip(0) * bins // (len(scores.histogram) - 2), bins - 1
    )
    impostor = np.bincount(fold, weights=scores.histogram, minlength=bins)
    return {
        "edges": [round(float(e), 6) for e in edges],
        "genuine": [float(v) for v in genuine / max(1, genuine.sum())],
        "impostor": [float(v) for v in impostor / max(1.0, impostor.sum())],
    }
