"""Fingers beside NBIS (mindtct and bozorth3, as `nbis-py` packages them), all pairs, in one run.

    python -m benchmarks.fingers [--sets fvc2002_db1_b upek ...] [--out TABLE.md] [--keep DIR]

Templates are compact: they go through their bytes before they are compared. A print that gives no template
scores 0 against everything. `--keep` stores the compact templates of these public sets, so that a second run
of the matcher needs no extraction.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.finger import matcher, pipeline
from moiety.finger.minutiae import MODEL
from moiety.finger.quality import NONE
from moiety.finger.template import FingerTemplate
from moiety.image import SCANS, load

SETS = ("fvc2002_db1_b", "upek", "fvc2004_db1_b", "fvc2004_db3_b")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One system on one set: error rates in percent, times in milliseconds."""

    data: str
    system: str
    genuine: int
    impostor: int
    eer: float
    fnmr100: float
    fnmr1000: float
    mean: float
    tail: float

    def line(self) -> str:
        return (
            f"| {self.data} | {self.system} | {self.genuine} / {self.impostor} | {self.eer:.2f} "
            f"| {self.fnmr100:.2f} | {self.fnmr1000:.2f} | {self.mean:.2f} | {self.tail:.2f} |"
        )


HEAD = (
    "| set | system | genuine / impostor | EER % | FNMR % at FMR 1e-2 | at 1e-3 | match ms, mean | p99 |\n"
    "|---|---|---|---|---|---|---|---|"
)


def rates(genuine: Floats, impostor: Floats) -> tuple[float, float, float]:
    """EER, FNMR at FMR 1e-2 and at 1e-3, percent; a score of the threshold or more is a match."""
    thresholds = np.append(np.unique(np.concatenate([genuine, impostor])), np.inf)
    fnmr = np.searchsorted(np.sort(genuine), thresholds, side="left") / genuine.size
    fmr = 1 - np.searchsorted(np.sort(impostor), thresholds, side="left") / impostor.size
    at = int(np.argmin(np.abs(fnmr - fmr)))
    eer = (fnmr[at] + fmr[at]) / 2
    at100, at1000 = (float(fnmr[fmr <= limit].min() * 100) for limit in (1e-2, 1e-3))
    return float(eer * 100), at100, at1000


def compare_all(name: str, system: str, templates: dict[str, Any], match: Callable[[Any, Any], float]) -> Row:
    """All pairs of one set; times are processor time, so that other work on the machine counts little."""
    genuine: list[float] = []
    impostor: list[float] = []
    times: list[float] = []
    for one, other in combinations(sorted(templates), 2):
        started = time.thread_time()
        score = match(templates[one], templates[other])
        times.append(time.thread_time() - started)
        same = one.split("/")[0] == other.split("/")[0]
        (genuine if same else impostor).append(score)
    spent = np.array(times) * 1e3
    same_scores, other_scores = np.array(genuine), np.array(impostor)
    return Row(
        name,
        system,
        same_scores.size,
        other_scores.size,
        *rates(same_scores, other_scores),
        float(spent.mean()),
        float(np.quantile(spent, 0.99)),
    )


def files_of(folder: Path, impressions: int) -> dict[str, Path]:
    """The scans of one set by finger and impression."""
    found = {f"{one.parent.name}/{one.stem}": one for one in sorted(folder.glob("*/*.png"))}
    return {key: one for key, one in found.items() if int(key.split("/")[1]) <= impressions}


def ours(files: dict[str, Path], keep: Path | None) -> dict[str, FingerTemplate | None]:
    """Compact templates, from the store where it has them."""
    stored: dict[str, str] = json.loads(keep.read_text()) if keep and keep.exists() else {}
    for key, file in files.items():
        if key not in stored:
            found = pipeline.extract(load(file, formats=SCANS), gate=NONE).template
            stored[key] = found.to_bytes().hex() if found else ""
            if keep:
                keep.write_text(json.dumps(stored))
    return {
        key: FingerTemplate.from_bytes(bytes.fromhex(stored[key]), model=MODEL) if stored[key] else None
        for key in files
    }


def match_ours(one: FingerTemplate | None, other: FingerTemplate | None) -> float:
    return 0.0 if one is None or other is None else matcher.compare(one, other)


def theirs(files: dict[str, Path]) -> dict[str, Any]:
    """mindtct's minutiae, 500 ppi, as `nbis-py` extracts them; None where it refuses."""
    import nbis

    settings = nbis.NbisExtractorSettings(
        min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=500.0
    )
    extractor = nbis.new_nbis_extractor(settings)
    found: dict[str, Any] = {}
    for key, file in files.items():
        try:
            found[key] = extractor.extract_minutiae(file.read_bytes())
        except nbis.NbisError as error:
            print(f"nbis refuses {key}: {type(error).__name__}")
            found[key] = None
    return found


def match_theirs(one: Any, other: Any) -> float:
    return 0.0 if one is None or other is None else float(one.compare(other))


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--impressions", type=int, default=8)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--without-nbis", action="store_true")
    given = parser.parse_args()
    default = Path(__file__).parents[2] / "shared" / "data"
    root = Path(os.environ.get("MOIETY_DATA", default)) / "fingers"
    lines = [HEAD]
    print(HEAD, flush=True)
    for name in given.sets:
        files = files_of(root / name, given.impressions)
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
        templates = ours(files, given.keep / f"{name}.json" if given.keep else None)
        for one in templates.values():
            if one is not None:
                matcher.prepared(one)
        rows = [compare_all(name, "moiety", templates, match_ours)]
        if not given.without_nbis:
            rows.append(compare_all(name, "nbis", theirs(files), match_theirs))
        for row in rows:
            lines.append(row.line())
            print(row.line(), flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
