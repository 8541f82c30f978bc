"""The measure by which the matcher's parameters were chosen: the tuning sets made harder, and nothing else.

    python -m benchmarks.finger_tuning --keep DIR [NAME=VALUE ...]

Needs the templates that `benchmarks.fingers --keep DIR` stored for FVC2002 DB1 and UPEK. Each template is
bent by three bumps of 0.5 mm and a slight shear, loses some minutiae and one side, and gains three false
ones. Printed: per set, the percentages of genuine pairs below the scores that stand for FMR 1e-3, 1e-4 and
1e-5 by an exponential fit to the upper tenth of 1,200 impostor scores; and their sum, the last at half
weight: less is better.
"""

from __future__ import annotations

import argparse
import ast
import json
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moiety.finger import descriptors, matcher
from moiety.finger import parameters as p
from moiety.finger.minutiae import MODEL
from moiety.finger.template import FingerTemplate, Minutiae, minutiae_of

Floats = NDArray[np.float64]
IMPOSTORS = 1200
FALSE_MINUTIAE = 3
HARDER = {"fvc2002_db1_b": (1, 8, 0.12, 0.2), "upek": (2, 5, 0.10, 0.45)}
"""Seed, impressions used, share of minutiae dropped, most that is cut off at one side."""


def harder(print_: Minutiae, rng: np.random.Generator, drop: float, cut: float) -> Minutiae:
    """One print, bent, thinned, cut and sprinkled with false minutiae."""
    at = np.stack([print_.x, print_.y], axis=1)
    middle = at.mean(axis=0)
    bend = np.zeros_like(at)
    for _ in range(3):
        centre = middle + rng.normal(0, 4, 2)
        bend += rng.normal(0, 0.5, 2) * np.exp(-((at - centre) ** 2).sum(axis=1) / 50)[:, None]
    at = (at - middle) @ (np.eye(2) + rng.normal(0, 0.03, (2, 2))).T + middle + bend
    kept = rng.random(len(print_)) >= drop
    side = rng.uniform(0, 2 * np.pi)
    along = (at - middle) @ np.array([np.cos(side), np.sin(side)])
    kept &= along <= np.quantile(along, 1 - rng.uniform(0, cut))
    low, high = at[kept].min(axis=0), at[kept].max(axis=0)
    false = rng.uniform(low, high, (FALSE_MINUTIAE, 2))
    return Minutiae(
        np.append(at[kept, 0], false[:, 0]),
        np.append(at[kept, 1], false[:, 1]),
        np.append(print_.angle[kept], rng.uniform(0, 2 * np.pi, FALSE_MINUTIAE)),
        np.append(print_.ending[kept], rng.random(FALSE_MINUTIAE) < 0.5),
        np.append(print_.quality[kept], np.full(FALSE_MINUTIAE, 0.0)),
    )


def missed(genuine: Floats, impostor: Floats) -> tuple[float, float, float]:
    """Percentages of genuine scores below the modelled thresholds for FMR 1e-3, 1e-4 and 1e-5."""
    start = float(np.quantile(impostor, 0.9))
    fall = float((impostor[impostor > start] - start).mean())
    level = [start + fall * np.log(0.1 / rate) for rate in (1e-3, 1e-4, 1e-5)]
    a, b, c = (float((genuine < one).mean() * 100) for one in level)
    return a, b, c


def measure(name: str, keep: Path) -> tuple[float, float, float]:
    """Compare one hardened set."""
    seed, impressions, drop, cut = HARDER[name]
    rng = np.random.default_rng(seed)
    stored: dict[str, str] = json.loads((keep / f"{name}.json").read_text())
    templates = {}
    for key, text in stored.items():
        if int(key.split("/")[1]) <= impressions:
            given = minutiae_of(FingerTemplate.from_bytes(bytes.fromhex(text), model=MODEL))
            templates[key] = FingerTemplate.from_minutiae(harder(given, rng, drop, cut), model=MODEL)
    pairs = list(combinations(sorted(templates), 2))
    same = [one.split("/")[0] == other.split("/")[0] for one, other in pairs]
    others = np.flatnonzero(~np.array(same))
    chosen = [*np.flatnonzero(same), *rng.choice(others, IMPOSTORS, replace=False)]
    scores = np.array([matcher.compare(templates[pairs[i][0]], templates[pairs[i][1]]) for i in chosen])
    return missed(scores[: sum(same)], scores[sum(same) :])


def main() -> None:
    """Set what was given, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE")
    given = parser.parse_args()
    for one in given.values:
        name, _, value = one.partition("=")
        if not hasattr(p, name):
            parser.error(f"there is no parameter {name}")
        setattr(p, name, ast.literal_eval(value))
    descriptors._grid.cache_clear()
    total = 0.0
    for name in HARDER:
        rates = measure(name, given.keep)
        total += rates[0] + rates[1] + rates[2] / 2
        print(f"{name}: {rates[0]:.2f} {rates[1]:.2f} {rates[2]:.2f}")
    print(f"sum: {total:.1f}")


if __name__ == "__main__":
    main()
