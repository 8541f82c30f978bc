"""Thirty million comparisons of 128-number templates: time, memory, and the share of the product's peak.

    python -m benchmarks.comparisons [--comparisons N] [--workers N] [--rounds N]

The peak is that of bare float32 products (numpy's BLAS) for as many comparisons, results left in memory,
nothing done with them, in the same workers, each one thread wide. Its block is the fastest of several
(`SHAPES`), the comparison's own among them. That multiplies integers (`moiety.evaluate.product`), so that
its own bare product is timed too. All take turns, round after round, so that other work on the machine
disturbs none more than the others. Stated are medians over the rounds, by wall clock and by CPU time, and the
shares' quartiles. CPU time is that of the workers' tasks and of all that this process does.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.evaluate.comparisons import all_pairs
from moiety.evaluate.executors import Mapper, executor
from moiety.evaluate.parameters import BLOCK_COLUMNS, BLOCK_ROWS
from moiety.evaluate.product import Bytes, multiply

Block = NDArray[np.float32]
DIMENSIONS = 128
SHAPES = ((BLOCK_ROWS, BLOCK_COLUMNS), (512, 512), (512, 1024), (1024, 1024), (2048, 2048))
SHAPE_ROUNDS = 5


@functools.cache
def operands(rows: int, columns: int) -> tuple[Block, Block, Block]:
    """Two factors and room for their product, made once a process so that only products are timed."""
    random = np.random.default_rng(0)
    left = random.integers(-127, 128, (rows, DIMENSIONS)).astype(np.float32)
    right = random.integers(-127, 128, (columns, DIMENSIONS)).astype(np.float32)
    return left, right, np.zeros((rows, columns), np.float32)


def product(work: tuple[int, int, int]) -> None:
    """Bare products of blocks of (rows, columns) until so many comparisons are made."""
    rows, columns, comparisons = work
    left, right, out = operands(rows, columns)
    for _ in range(math.ceil(comparisons / (rows * columns))):
        np.matmul(left, right.T, out=out)


@functools.cache
def integer_operands() -> tuple[Bytes, Bytes]:
    """Two factors of the comparison's own shape, made once a process."""
    random = np.random.default_rng(0)
    left = random.integers(1, 256, (BLOCK_ROWS, DIMENSIONS)).astype(np.uint8)
    return left, random.integers(1, 256, (DIMENSIONS, BLOCK_COLUMNS)).astype(np.uint8)


def integer_product(comparisons: int) -> None:
    """Bare products as the comparison makes them, until so many comparisons are made."""
    left, right = integer_operands()
    for _ in range(math.ceil(comparisons / (BLOCK_ROWS * BLOCK_COLUMNS))):
        multiply(left, right)


@dataclass(frozen=True, slots=True)
class _Timed:
    """A task that tells the CPU time of its process beside its outcome."""

    do: Callable[[Any], Any]

    def __call__(self, item: Any) -> tuple[float, Any]:
        started = time.process_time()
        outcome = self.do(item)
        return time.process_time() - started, outcome


class Clock:
    """A mapper over another that adds up the CPU time of the tasks in other processes."""

    def __init__(self, mapper: Mapper, elsewhere: bool) -> None:
        self._mapper, self._elsewhere = mapper, elsewhere
        self._tasks = 0.0

    def __call__(self, do: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for seconds, outcome in self._mapper(_Timed(do), items):
            self._tasks += seconds if self._elsewhere else 0.0
            yield outcome

    def time(self, job: Callable[[Mapper], Any]) -> tuple[float, float, Any]:
        """(wall seconds, CPU seconds, outcome) of a job."""
        self._tasks = 0.0
        wall, own = time.perf_counter(), time.process_time()
        outcome = job(self)
        return time.perf_counter() - wall, time.process_time() - own + self._tasks, outcome


def measure(comparisons: int, workers: int, rounds: int) -> dict[str, Any]:
    """Run both in turn, in the same processes."""
    samples = math.ceil((1 + math.sqrt(1 + 8 * comparisons)) / 2)
    random = np.random.default_rng(1)
    vectors = random.integers(-127, 128, (samples, DIMENSIONS)).astype(np.int8)
    subjects = np.arange(samples, dtype=np.int64) // 2
    pairs = samples * (samples - 1) // 2
    each = pairs // workers

    with executor(workers) as mapper:
        clock = Clock(mapper, workers > 1)

        def bare(shape: tuple[int, int]) -> tuple[float, float]:
            return clock.time(lambda over: list(over(product, [(*shape, each)] * workers)))[:2]

        def own() -> tuple[float, float]:
            return clock.time(lambda over: list(over(integer_product, [each] * workers)))[:2]

        bare(SHAPES[0])
        own()
        all_pairs(vectors, vectors, subjects, mapper=clock)
        speed = {shape: _median([bare(shape)[1] for _ in range(SHAPE_ROUNDS)]) for shape in SHAPES}
        best = min(SHAPES, key=lambda shape: speed[shape])
        peaks, owns, runs = [], [], []
        for _ in range(rounds):
            peaks.append(bare(best))
            owns.append(own())
            wall, cpu, scores = clock.time(lambda over: all_pairs(vectors, vectors, subjects, mapper=over))
            runs.append((wall, cpu))
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if workers > 1 else 0
    found: dict[str, Any] = {
        "comparisons": scores.impostor + len(scores.genuine), "workers": workers, "rounds": rounds,
        "peak_block": best, "megabytes": round((here + workers * child) / 1024),
    }  # fmt: skip
    for index, kind in enumerate(("wall", "cpu")):
        shares = [peak[index] / run[index] for peak, run in zip(peaks, runs, strict=True)]
        found[kind] = {
            "seconds": round(_median([run[index] for run in runs]), 3),
            "product_seconds": round(_median([peak[index] for peak in peaks]), 3),
            "integer_product_seconds": round(_median([one[index] for one in owns]), 3),
            "share_of_peak": round(_median(shares), 3),
            "quartiles": [round(float(q), 3) for q in np.quantile(shares, [0.25, 0.75])],
        }
    return found


def _median(values: list[float]) -> float:
    return float(np.median(values))


def main() -> None:
    """Print one JSON object a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=30_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.comparisons, asked.workers, asked.rounds)))


if __name__ == "__main__":
    main()
