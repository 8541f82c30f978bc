"""Calibration: the false match rate and the log-likelihood ratio that a comparison score stands for."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import DocumentUnreadable
from moiety.files import read_bounded, refuse_if_others_write

SCHEMA: Final = "moiety/calibration/1"
MAX_TABLE_BYTES: Final = 2_000_000
MAX_POINTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A false match rate, and how it is known.

    Attributes:
        value: share of impostor comparisons, 0 to 1, that reach the score.
        measured: whether it was counted; otherwise it comes from the table's tail and is only modelled.
        binds: the fitted set that gives the highest rate at this score.
    """

    value: float
    measured: bool
    binds: str


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationTable:
    """A fitted table for one modality, one model and one number of reference samples.

    Attributes:
        name: stable name, printed in every decision's evidence.
        samples: pictures in the reference; the last table of a family also serves larger numbers.
        measured_to: the lowest FMR that the fitted data can show (rule of three over pairs of people).
        counts: people, pairs of people, genuine and impostor comparisons of the largest fitted set.
        digest: SHA-256 of the table's file, in hexadecimal: a name alone says nothing of what is in it.
    """

    name: str
    modality: str
    model: str
    samples: int
    fitted_on: str
    measured_to: float
    counts: Mapping[str, int]
    digest: str
    _scores: NDArray[np.float64]
    _log10_fmr: NDArray[np.float64]
    _llr: NDArray[np.float64]
    _binding: tuple[tuple[float, str, bool], ...]

    def fmr(self, score: float) -> Rate:
        """The false match rate that `score` stands for: log10 FMR, linear between the table's points.

        Above the last point the last value is kept: no table claims more than its tail says.
        """
        value = 10.0 ** float(np.interp(score, self._scores, self._log10_fmr))
        binds, counted = self._binding_at(score)
        return Rate(value, counted and value >= self.measured_to, binds)

    def llr(self, score: float) -> float:
        """The natural logarithm of the likelihood ratio, same person against another, at `score`."""
        return float(np.interp(score, self._scores, self._llr))

    def llr_cap(self) -> float:
        """The largest log-likelihood ratio that the pairs of people behind the table support.

        With n pairs and no false match, FMR below 3/n is not shown (rule of three); a likelihood ratio over
        its reciprocal would claim more.
        """
        return math.log(1.0 / self.measured_to)

    def score_at(self, fmr: float) -> float:
        """The lowest score that stands for at most `fmr`, or infinity where the table does not go so far."""
        reached = np.flatnonzero(self._log10_fmr <= math.log10(fmr))
        if not len(reached):
            return math.inf
        at = int(reached[0])
        if at == 0:
            return float(self._scores[0])
        pair = slice(at - 1, at + 1)
        # np.interp wants rising abscissae; log10 FMR falls with the score.
        return float(np.interp(-math.log10(fmr), -self._log10_fmr[pair], self._scores[pair]))

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The table's scores and log10 FMR, for drawing."""
        return self._scores.copy(), self._log10_fmr.copy()

    def _binding_at(self, score: float) -> tuple[str, bool]:
        """The set that binds at a score, and whether it was counted there or is continued by a model."""
        name, counted = self._binding[0][1:]
        for start, each, measured in self._binding:
            if score >= start:
                name, counted = each, measured
        return name, counted


def read(data: bytes) -> CalibrationTable:
    """Parse a table.

    Raises:
        DocumentUnreadable: not a table of this schema, or one whose FMR does not fall with the score.
    """
    try:
        return _parse(json.loads(data), hashlib.sha256(data).hexdigest())
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise DocumentUnreadable(
            "The calibration table cannot be read.", remedy="Make one with: moiety calibrate."
        ) from error


def _read_file(path: Path) -> CalibrationTable:
    data = read_bounded(path, MAX_TABLE_BYTES, what="calibration table")
    try:
        return read(data)
    except DocumentUnreadable as error:
        said = f"The calibration table {path.name!r} cannot be read."
        raise DocumentUnreadable(said, remedy=error.remedy) from error


def _parse(document: Mapping[str, Any], digest: str) -> CalibrationTable:
    points = np.array(document["points"], np.float64)
    if document["schema"] != SCHEMA or points.ndim != 2 or points.shape[1] != 3:
        raise ValueError
    if not 2 <= len(points) <= MAX_POINTS or not np.isfinite(points).all():
        raise ValueError
    scores, log10_fmr, llr = points.T.copy()
    falls = bool(
        (np.diff(scores) > 0).all() and (np.diff(log10_fmr) <= 1e-12).all() and (np.diff(llr) >= -1e-9).all()
    )
    measured_to = float(document["measured_to"])
    samples = document["samples"]
    if (
        not falls
        or log10_fmr[0] > 1e-9
        or not 0 < measured_to <= 1
        or type(samples) is not int
        or samples < 1
    ):
        raise ValueError
    return CalibrationTable(
        name=_text(document["name"]),
        modality=_text(document["modality"]),
        model=_text(document["model"]),
        samples=samples,
        fitted_on=_text(document["fitted_on"]),
        measured_to=measured_to,
        counts={_text(key): int(value) for key, value in document["counts"].items()},
        digest=digest,
        _scores=scores,
        _log10_fmr=log10_fmr,
        _llr=llr,
        _binding=_binding(document, float(scores[0])),
    )


def _binding(document: Mapping[str, Any], lowest: float) -> tuple[tuple[float, str, bool], ...]:
    rows = [
        (float(row["from"]), _text(row["set"]), row.get("measured", True) is True)
        for row in document.get("binding", [])
    ]
    return tuple(rows) if rows else ((lowest, _text(document["fitted_on"]), True),)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise ValueError
    return value


class Tables:
    """The tables that a verifier uses: the shipped ones, with a site's own in their place where given."""

    def __init__(self, tables: Sequence[CalibrationTable]) -> None:
        self._tables = tuple(tables)

    @classmethod
    def shipped(cls) -> Tables:
        """The tables that come with this version."""
        return _shipped()

    @classmethod
    def of_home(cls, home: str | Path) -> Tables:
        """The shipped tables, and before them those in the `calibration` folder of a home."""
        return _shipped().with_site(Path(home) / "calibration")

    def with_site(self, directory: str | Path) -> Tables:
        """These tables, with every `*.json` of a directory before them. A missing directory adds nothing.

        Raises:
            DocumentUnreadable: a file there is no table, or one with the name of another.
            PermissionsTooOpen: others could change one.
        """
        paths = sorted(Path(directory).glob("*.json"))
        if paths:
            refuse_if_others_write(Path(directory))
        known = {one.name: one.digest for one in self._tables}
        own = []
        for path in paths:
            refuse_if_others_write(path)
            table = _read_file(path)
            if known.setdefault(table.name, table.digest) != table.digest:
                raise DocumentUnreadable(
                    f"The calibration table {path.name!r} has the name of another one, {table.name!r}.",
                    remedy="Fit it under a name of your own, which decisions then show: moiety calibrate.",
                )
            own.append(table)
        return Tables((*own, *self._tables))

    def __iter__(self) -> Iterator[CalibrationTable]:
        return iter(self._tables)

    def find(self, modality: str, model: str, samples: int) -> CalibrationTable:
        """The table for a reference of `samples` samples: the nearest at or below that number.

        A table for fewer samples errs on no side that is safe by itself, so only the largest of a family
        serves references larger than itself: its threshold changes least there (measured: 2 to 3 pictures
        moves the score at FMR 1e-4 by 0.004).

        Raises:
            DocumentUnreadable: there is none for that modality and model.
        """
        fit = [
            one
            for one in self._tables
            if (one.modality, one.model) == (modality, model) and one.samples <= samples
        ]
        if not fit:
            raise DocumentUnreadable(
                f"There is no calibration table for {modality} templates of model {model!r}.",
                remedy="Fit one on captures of your own: moiety calibrate.",
            )
        return max(fit, key=lambda one: one.samples)  # max keeps the first, so a site's own table wins


@cache
def _shipped() -> Tables:
    folder = files("moiety.decision").joinpath("tables")
    return Tables(
        [
            read(one.read_bytes())
            for one in sorted(folder.iterdir(), key=lambda one: one.name)
            if one.name.endswith(".json")
        ]
    )
