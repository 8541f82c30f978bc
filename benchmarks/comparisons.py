"""Thirty million comparisons of 128-number templates: time, memory, and the share of the product's peak.

    python -m benchmarks.comparisons [--comparisons N] [--workers N]

The peak is measured in the same run, in the same processes, as the fastest of repeated float32 products of
the block's own shape (512 x 128 by 128 x 1024), results left in memory and nothing done with them. Both
are the best of several runs, so that other work on the machine disturbs neither more than the other.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time

import numpy as np

from moiety.evaluate.comparisons import all_pairs
from moiety.evaluate.executors import executor
from moiety.evaluate.parameters import BLOCK_COLUMNS, BLOCK_ROWS

DIMENSIONS = 128
RUNS = 7


def product_rate(repeats: int) -> float:
    """Comparisons a second that the bare product of one block reaches, best of `repeats` runs."""
    random = np.random.default_rng(0)
    left = random.integers(-127, 128, (BLOCK_ROWS, DIMENSIONS)).astype(np.float32)
    right = random.integers(-127, 128, (BLOCK_COLUMNS, DIMENSIONS)).astype(np.float32)
    out = np.empty((BLOCK_ROWS, BLOCK_COLUMNS), np.float32)
    best = math.inf
    for _ in range(repeats):
        started = time.perf_counter()
        np.matmul(left, right.T, out=out)
        best = min(best, time.perf_counter() - started)
    return BLOCK_ROWS * BLOCK_COLUMNS / best


def measure(comparisons: int, workers: int) -> dict[str, float | int]:
    """Run both, in the same processes."""
    samples = math.ceil((1 + math.sqrt(1 + 8 * comparisons)) / 2)
    random = np.random.default_rng(1)
    vectors = random.integers(-127, 128, (samples, DIMENSIONS)).astype(np.int8)
    subjects = np.arange(samples, dtype=np.int64) // 2
    with executor(workers) as mapper:
        before = sum(mapper(product_rate, [300] * workers))
        seconds = math.inf
        for _ in range(RUNS):
            started = time.perf_counter()
            scores = all_pairs(vectors, vectors, subjects, mapper=mapper)
            seconds = min(seconds, time.perf_counter() - started)
        peak = max(before, sum(mapper(product_rate, [300] * workers)))
    done = scores.impostor + len(scores.genuine)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if workers > 1 else 0
    return {
        "comparisons": done,
        "workers": workers,
        "seconds": round(seconds, 3),
        "million_per_second": round(done / seconds / 1e6, 1),
        "product_peak_million_per_second": round(peak / 1e6, 1),
        "share_of_peak": round(done / seconds / peak, 3),
        "megabytes": round((own + workers * child) / 1024) if workers > 1 else round(own / 1024),
    }


def main() -> None:
    """Print one JSON object a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=30_000_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.comparisons, asked.workers)))


if __name__ == "__main__":
    main()
