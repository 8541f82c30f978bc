"""How errors move with the quality of the pictures and with the time between them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.errors import InputError

from .captures import read_table
from .intervals import wilson
from .parameters import DISCARD_STEPS
from .scores import Floats, Scores

AGE_BANDS = ((0, 30, "under 30 days"), (30, 365, "30 days to 1 year"), (365, 1826, "1 to 5 years"),
             (1826, 10**6, "over 5 years"))  # fmt: skip


def error_against_discard(scores: Scores, quality: Floats, threshold: float) -> list[dict[str, Any]]:
    """FNMR at one threshold when the worst share of samples is dropped (ISO/IEC 29794-1, EDC).

    `quality` (samples,), higher is better, NaN where unknown (dropped first). Ties are dropped together with
    the better half of the order, by sample number, so that the share is exact.
    """
    order = np.argsort(np.nan_to_num(quality, nan=-np.inf), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    worst = np.minimum(*rank[scores.genuine_pairs].T) if len(scores.genuine) else np.empty(0, np.int64)
    rows = []
    for share in DISCARD_STEPS:
        kept = worst >= round(share * len(order))
        trials = int(np.count_nonzero(kept))
        if trials == 0:
            break
        errors = int(np.count_nonzero(kept & (scores.genuine < threshold)))
        people = len(np.unique(scores.genuine_subjects[kept]))
        low, high = wilson(errors / trials * people, people)
        rows.append(
            {"discarded": share, "fnmr": errors / trials, "low": low, "high": high, "genuine": trials}
        )
    return rows


def read_dates(path: Path, names: list[str]) -> NDArray[np.float64]:
    """(N,) day numbers of samples, NaN where unknown, from a CSV: `name` (SUBJECT/FILE), `date` (YYYY-MM-DD).

    Raises:
        InputError: unreadable, or a date that is none.
    """
    days: dict[str, int] = {}
    for row in read_table(path, "dates file", ("name", "date")):
        try:
            days[row["name"]] = date.fromisoformat(row["date"]).toordinal()
        except ValueError as error:
            raise InputError(
                f"The dates file {path.name!r}: {row['date']!r} is no date (YYYY-MM-DD)."
            ) from error
    return np.array([days.get(name, np.nan) for name in names], dtype=np.float64)


def ageing(scores: Scores, days: NDArray[np.float64], threshold: float) -> list[dict[str, Any]]:
    """FNMR at one threshold by the time between the two captures of a genuine pair."""
    apart = np.abs(days[scores.genuine_pairs[:, 0]] - days[scores.genuine_pairs[:, 1]])
    rows = []
    for least, below, name in AGE_BANDS:
        kept = (apart >= least) & (apart < below)
        trials = int(np.count_nonzero(kept))
        if trials == 0:
            continue
        errors = int(np.count_nonzero(kept & (scores.genuine < threshold)))
        people = len(np.unique(scores.genuine_subjects[kept]))
        low, high = wilson(errors / trials * people, people)
        rows.append({"apart": name, "fnmr": errors / trials, "low": low, "high": high,
                     "genuine": trials, "subjects": people})  # fmt: skip
    return rows
