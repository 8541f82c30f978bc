"""How much synthetic prints are like real ones: ridges, minutiae, NFIQ 2 and scores, beside the public sets.

    python -m benchmarks.finger_realism [--fingers 10] [--out TABLE.md] [--without-nbis]

SYNTHETIC prints are put beside the real ones; what is measured of them is no error rate. `--fingers` masters
of synthetic persons, eight impressions each, as the FVC sets have. All figures are of one run, with one
extractor and one matcher. NFIQ 2 is of `nbis-py` (the `bench` lock), which is given each set's resolution.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.fingers import SETS, files_of
from moiety.finger import matcher
from moiety.finger.pipeline import extract
from moiety.finger.quality import NONE
from moiety.finger.synthesis import draw_touch, impression, master_of
from moiety.finger.synthesis.parameters import FINGERS
from moiety.finger.template import FingerTemplate
from moiety.image import SCANS, load

_DEFAULT: Final = Path(__file__).parents[2] / "shared" / "data"
ROOT: Final = Path(os.environ.get("MOIETY_DATA", _DEFAULT)) / "fingers"
FIRST_PERSON: Final = 5000
IMPRESSIONS: Final = 8
QUANTILES: Final = (0.01, 0.05, 0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Measured:
    """One print: who, its template, and what was measured of it."""

    finger: str
    template: FingerTemplate | None
    period: float
    density: float
    area: float
    nfiq2: float


def synthetic(fingers: int) -> Iterator[tuple[str, bytes, float]]:
    """PNG bytes of impressions, by finger: one finger a person, the five kinds in turn."""
    for number in range(fingers):
        side, name = ("left", "right")[number % 2], FINGERS[number % len(FINGERS)]
        master = master_of(FIRST_PERSON + number, f"{side}-{name}")
        for touch in range(IMPRESSIONS):
            rng = np.random.default_rng([20261125, number, touch])
            done, png = cv2.imencode(".png", impression(master, draw_touch(rng), rng))
            if not done:
                raise RuntimeError("the PNG encoder refused a print")
            yield f"{number:03d}", png.tobytes(), 500.0


def real(name: str) -> Iterator[tuple[str, bytes, float]]:
    """The files of one public set; the resolution that they state, or 500."""
    for key, file in files_of(ROOT / name, IMPRESSIONS).items():
        stated = load(file, formats=SCANS).ppi
        yield key.split("/")[0], file.read_bytes(), 500.0 if stated is None else stated


def measured(finger: str, data: bytes, ppi: float, *, nbis: bool) -> Measured:
    """Extract one print without a gate."""
    image = load(data, formats=SCANS)
    found = extract(image, ppi=ppi, gate=NONE)
    area = found.quality.area
    density = found.quality.minutiae / area if area else 0.0
    quality = nfiq2(data, ppi) if nbis else float("nan")
    return Measured(finger, found.template, found.quality.ridge_period, density, area, quality)


def nfiq2(data: bytes, ppi: float) -> float:
    """NFIQ 2 of one print, 0 to 100; NaN where it gives none."""
    import nbis

    settings = nbis.NbisExtractorSettings(
        min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=True, ppi=ppi
    )
    try:
        return float(nbis.new_nbis_extractor(settings).extract_minutiae(data).quality().score)
    except nbis.NbisError:
        return float("nan")


def scores(prints: list[Measured]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Genuine and impostor scores of all pairs."""
    same: list[float] = []
    other: list[float] = []
    for one, two in combinations([p for p in prints if p.template is not None], 2):
        if one.template is not None and two.template is not None:
            score = matcher.compare(one.template, two.template)
            (same if one.finger == two.finger else other).append(score)
    return np.array(same), np.array(other)


HEAD: Final = (
    "| set | prints | ridge period, px at 500 ppi | minutiae a mm² | ridged area, mm² | NFIQ 2 "
    "| genuine score, 1, 5, 50, 95, 99 % | impostor score |\n|---|---|---|---|---|---|---|---|"
)


def line(name: str, prints: list[Measured]) -> str:
    """One row: means with standard deviations, and quantiles of the scores."""
    columns = []
    for what, digits in (("period", 2), ("density", 2), ("area", 0), ("nfiq2", 0)):
        values = np.array([getattr(one, what) for one in prints], float)
        values = values[np.isfinite(values) & ((values > 0) | (what == "nfiq2"))]
        columns.append(f"{values.mean():.{digits}f} ({values.std():.{digits}f})" if values.size else "-")
    for found in scores(prints):
        columns.append(", ".join(f"{value:.3f}" for value in np.quantile(found, QUANTILES)))
    return f"| {name} | {len(prints)} | " + " | ".join(columns) + " |"


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fingers", type=int, default=10)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--without-nbis", action="store_true")
    given = parser.parse_args()
    lines = [HEAD]
    print(HEAD, flush=True)
    sources = {"SYNTHETIC": synthetic(given.fingers), **{name: real(name) for name in SETS}}
    for name, source in sources.items():
        prints = [measured(*row, nbis=not given.without_nbis) for row in source]
        lines.append(line(name, prints))
        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
