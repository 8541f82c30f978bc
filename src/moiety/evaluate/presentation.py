"""Presentation attack detection figures after ISO/IEC 30107-3, from a file of outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moiety._version import __version__
from moiety.errors import InputError, UsageError
from moiety.files import make_folder

from .captures import named, read_table
from .intervals import wilson

BONA_FIDE = "bona_fide"
OUTCOMES = ("bona_fide", "attack", "no_response", "accepted")
SCHEMA = "moiety/presentation-attack/1"


def read_attacks(root: Path, out: Path) -> dict[str, Any]:
    """Figures from ROOT/results.csv with the columns `subject`, `instrument`, `outcome`.

    `instrument` names the attack instrument species, or `bona_fide`. `outcome` is what the subsystem said:
    `bona_fide` or `attack`; `no_response`; or, for an attack on the whole system, `accepted` (taken for live
    and matched). APCER is per instrument species, the highest stated as the figure; never averaged.

    Raises:
        UsageError: `out` lies inside `root`.
        InputError: the file is missing, malformed, or without bona fide presentations.
    """
    if out.resolve().is_relative_to(root.resolve()):
        raise UsageError("--out lies inside the folder that is measured.", remedy="Choose another place.")
    path = root / "results.csv"
    rows = read_table(path, "results file", ("subject", "instrument", "outcome"))
    wrong = sorted({row["outcome"] for row in rows} - set(OUTCOMES))
    if wrong:
        raise InputError(
            f"{path.name!r}: unknown outcomes {named(wrong)}.", remedy=f"Use {', '.join(OUTCOMES)}."
        )
    bona_fide = [row for row in rows if row["instrument"] == BONA_FIDE]
    if not bona_fide or len(bona_fide) == len(rows):
        missing = "bona fide presentations" if not bona_fide else "attacks"
        raise InputError(f"{path.name!r} has no {missing}: nothing can be stated.")
    make_folder(out)
    return figures(rows)


def figures(rows: list[dict[str, str]]) -> dict[str, Any]:
    """The figures of presentations, each with `subject`, `instrument` and `outcome`."""
    bona_fide = [row for row in rows if row["instrument"] == BONA_FIDE]
    species = sorted({row["instrument"] for row in rows} - {BONA_FIDE})
    instruments = [_instrument(name, [row for row in rows if row["instrument"] == name]) for name in species]
    return {
        "schema": SCHEMA,
        "modality": "pad",
        "subjects": len({row["subject"] for row in rows}),
        "instruments": instruments,
        "apcer": max(instruments, key=lambda each: each["apcer"]["value"])["apcer"],
        "bpcer": rate(bona_fide, "attack"),
        "bpnrr": rate(bona_fide, "no_response"),
        "versions": {"moiety": __version__},
    }


def _instrument(name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    through = sum(row["outcome"] in ("bona_fide", "accepted") for row in rows)
    found: dict[str, Any] = {
        "instrument": name,
        "presentations": len(rows),
        "subjects": len({row["subject"] for row in rows}),
        "apcer": _of(through, rows),
        "apnrr": rate(rows, "no_response"),
    }
    if any(row["outcome"] == "accepted" for row in rows):
        found["iapar"] = rate(rows, "accepted")
    return found


def rate(rows: list[dict[str, str]], *outcomes: str) -> dict[str, Any]:
    """The share of presentations that ended in one of `outcomes`, with its interval."""
    return _of(sum(row["outcome"] in outcomes for row in rows), rows)


def _of(count: int, rows: list[dict[str, str]]) -> dict[str, Any]:
    """A rate whose interval counts people, since presentations of one person are alike."""
    people = len({row["subject"] for row in rows})
    low, high = wilson(count / len(rows) * people, people)
    return {"value": count / len(rows), "low": low, "high": high, "count": count, "presentations": len(rows)}
