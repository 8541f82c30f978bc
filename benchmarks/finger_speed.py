"""What finding minutiae costs beside the network alone, and what several prints at once save.

    python -m benchmarks.finger_speed [--prints 8]

Processor time and wall time a print, in milliseconds, on prints of FVC2002 DB1 (388 x 374 pixels).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from moiety.finger.minutiae import MODEL
from moiety.finger.pipeline import Print, extract, extract_each
from moiety.finger.quality import NONE
from moiety.finger.scan import load
from moiety.models import weights
from moiety.models.runtime import onnxruntime


def session(threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weights(MODEL), options, providers=["CPUExecutionProvider"])


def measure(name: str, prints: int, runs: int, work: Callable[[], object]) -> None:
    """Print the median of several runs; the first, which loads and plans, is left out."""
    work()
    spent, passed = [], []
    for _ in range(runs):
        processor, wall = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - processor) / prints * 1e3)
        passed.append((time.perf_counter() - wall) / prints * 1e3)
    print(f"| {name} | {median(spent):.0f} | {median(passed):.0f} |", flush=True)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MOIETY_DATA", default)) / "fingers" / "fvc2002_db1_b"
    images = [load(folder / f"{finger}" / "1.png") for finger in (101, 102, 105, 106)]
    print("| what | processor ms a print | wall ms a print |\n|---|---|---|")
    blank = np.zeros((4, 384, 416, 1), np.float32)
    for index, image in enumerate(images):
        blank[index, : image.height, : image.width, 0] = image.rgb[..., 0]
    one, two = session(1), session(2)
    measure(
        "network alone, 1 thread",
        4,
        runs,
        lambda: [one.run(None, {"input": blank[i : i + 1]}) for i in range(4)],
    )
    measure(
        "network alone, 2 threads",
        4,
        runs,
        lambda: [two.run(None, {"input": blank[i : i + 1]}) for i in range(4)],
    )
    measure("network alone, batch of 4, 1 thread", 4, runs, lambda: one.run(None, {"input": blank}))
    measure("extract, four times one", 4, runs, lambda: [extract(image, gate=NONE) for image in images])
    measure(
        "extract_each, four at once",
        4,
        runs,
        lambda: extract_each([Print(image) for image in images], gate=NONE),
    )


if __name__ == "__main__":
    main()
