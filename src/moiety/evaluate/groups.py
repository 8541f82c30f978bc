"""Error rates by group (ISO/IEC 19795-10), with intervals, and silence about groups that are too small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.errors import InputError

from .captures import named, read_table
from .intervals import wilson
from .parameters import FEWEST_BEHIND, SMALLEST_GROUP
from .scores import Scores

NOT_STATED = "not stated"


def read_groups(path: Path, subjects: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Read a CSV with a `subject` column: for each other column, a value a subject; and what did not match.

    Columns of numbers (ages) are banded by tens. With two or more columns of words, their combination is a
    further one. Second: `{"without_row": [...], "without_pictures": [...]}`.

    Raises:
        InputError: unreadable, no column beside `subject`, a subject twice, or no subject in common.
    """
    rows = read_table(path, "groups file", ("subject",))
    columns = [name for name in (rows[0] if rows else {}) if name != "subject"]
    if not columns:
        raise InputError(f"The groups file {path.name!r} has no column beside 'subject', or no rows.")
    of = {row["subject"]: row for row in rows}
    if len(of) < len(rows):
        names = [row["subject"] for row in rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InputError(f"The groups file {path.name!r} lists subjects twice: {named(twice)}.")
    without_row = [name for name in subjects if name not in of]
    if len(without_row) == len(subjects):
        raise InputError(f"The groups file {path.name!r} names none of the subjects in the folder.")
    values: dict[str, list[str]] = {}
    words = []
    for column in columns:
        found = [_stated(of[name][column]) if name in of else NOT_STATED for name in subjects]
        if all(value.isdigit() for value in found if value != NOT_STATED):
            found = [value if value == NOT_STATED else _band(int(value)) for value in found]
        else:
            words.append(column)
        values[column] = found
    if len(words) > 1:
        values[" and ".join(words)] = [
            ", ".join(each) for each in zip(*(values[c] for c in words), strict=True)
        ]
    return values, {"without_row": without_row, "without_pictures": sorted(set(of) - set(subjects))}


def _stated(cell: str) -> str:
    return NOT_STATED if cell.lower() in ("", "-", "na", "n/a", "nan", "none", "unknown") else cell


def _band(years: int) -> str:
    return f"{years // 10 * 10} to {years // 10 * 10 + 9}"


def differentials(
    scores: Scores,
    threshold: float,
    groups: dict[str, list[str]],
    refused: NDArray[np.bool_] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """For each column a row a group: FNMR, FMR among its own members, and refusals by the gate.

    `groups` gives each subject number a value; `refused` (samples,) whether the quality gate refuses it. All
    rates hold at the one `threshold`. Intervals are Wilson's, over people and over pairs of people.
    """
    return {column: [_row(scores, threshold, np.array(values), value, refused)
                     for value in sorted(set(values))] for column, values in groups.items()}  # fmt: skip


def _row(
    scores: Scores, threshold: float, values: NDArray[np.str_], value: str, refused: NDArray[np.bool_] | None
) -> dict[str, Any]:
    member = values == value
    present = np.zeros(len(member), np.bool_)
    present[np.unique(scores.subject_of)] = True
    people = int(np.count_nonzero(member & present))
    row: dict[str, Any] = {"group": value, "subjects": people}
    if people < SMALLEST_GROUP:
        return {**row, "reason": f"fewer than {SMALLEST_GROUP} subjects: nothing can be said"}
    genuine = member[scores.genuine_subjects]
    if np.any(genuine):
        own = scores.genuine_subjects[genuine]
        failed = scores.genuine[genuine] < threshold
        row["genuine"] = len(own)
        row["fnmr"] = _rate(int(np.count_nonzero(failed)), len(own), len(np.unique(own)))
        row["fnmr"]["behind"] = len(np.unique(own[failed]))
    comparisons = round(scores.pairs_weight(member.astype(np.float64)))
    if comparisons and threshold >= scores.complete_from:
        row["impostor"] = comparisons
        row["subject_pairs"], row["fmr"] = _within(scores, threshold, member, comparisons, people)
    if refused is not None:
        own = scores.subject_of[member[scores.subject_of]]
        turned = scores.subject_of[refused & member[scores.subject_of]]
        row["refused"] = _rate(len(turned), len(own), people)
        row["refused"]["behind"] = len(np.unique(turned))
    return row


def _within(
    scores: Scores, threshold: float, member: NDArray[np.bool_], comparisons: int, people: int
) -> tuple[int, dict[str, Any]]:
    """Pairs of people of one group, and their false matches. With listed pairs only those that are listed."""
    inside = member[scores.tail_subjects].all(axis=1)
    whole = len(scores.tail) == scores.impostor
    pairs = _distinct(scores.tail_subjects[inside]) if whole else people * (people - 1) // 2
    passed = inside & (scores.tail >= threshold)
    rate = _rate(int(np.count_nonzero(passed)), comparisons, pairs)
    return pairs, {**rate, "behind": _distinct(scores.tail_subjects[passed])}


def _distinct(pairs: NDArray[np.int64]) -> int:
    return len(np.unique(np.sort(pairs, axis=1), axis=0)) if len(pairs) else 0


def _rate(errors: int, trials: int, independent: int) -> dict[str, Any]:
    low, high = wilson(errors / trials * independent, independent)
    return {"value": errors / trials, "errors": errors, "low": low, "high": high}


def unlike(rows: Sequence[dict[str, Any]], rate: str) -> list[str]:
    """The groups whose interval for `rate` lies wholly above another's: differences that the data show.

    A group whose errors come from fewer than `FEWEST_BEHIND` people or pairs of people is never among them.
    """
    stated = [row for row in rows if rate in row]
    return [
        row["group"]
        for row in stated
        if row[rate]["behind"] >= FEWEST_BEHIND
        and any(row[rate]["low"] > other[rate]["high"] for other in stated)
    ]
