"""What fingers cost: finding minutiae beside the network alone, a photographed hand, and a comparison.

    python -m benchmarks.finger_speed [--only extraction hand matching] [--runs 5] [--keep DIR]

*extraction*: four prints of FVC2002 DB1 (388 x 374 pixels): the network with 1 and 2 threads, in batches, on
one canvas of four, and what `extract` and `extract_each` make of it. *hand*: from the bytes of a synthetic
photograph to four templates, at 8 and 12 megapixels. *matching*: templates of 45 minutiae, all pairs of a
set, beside bozorth3 on mindtct's minutiae of the same prints. Processor time is of the whole process, so that
other work on the machine counts little; wall time needs a quiet machine: the load is printed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.fingers import SETS, files_of, match_ours, match_theirs, ours, theirs
from moiety.finger import capture, matcher
from moiety.finger.minutiae import MODEL
from moiety.finger.pipeline import Print, extract, extract_each
from moiety.finger.positions import HandShown
from moiety.finger.quality import NONE
from moiety.finger.scan import load
from moiety.finger.synthesis import Scene, master_of, photograph
from moiety.models import weights
from moiety.models.runtime import onnxruntime

MINUTIAE: Final = 45
_DEFAULT: Final = Path(__file__).parents[2] / "shared" / "data"
ROOT: Final = Path(os.environ.get("MOIETY_DATA", _DEFAULT)) / "fingers"
Work = Callable[[], object]


def session(threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weights(MODEL), options, providers=["CPUExecutionProvider"])


def measure(rows: dict[str, Work], each: int, runs: int) -> dict[str, tuple[float, float]]:
    """Medians of processor and wall time, ms a piece; the ways take turns, so that other work meets all."""
    for work in rows.values():
        work()  # loads and plans
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
    for _ in range(runs):
        for name, work in rows.items():
            processor, wall = time.process_time(), time.perf_counter()
            work()
            passed = (time.process_time() - processor, time.perf_counter() - wall)
            spent[name].append((passed[0] / each * 1e3, passed[1] / each * 1e3))
    found = {name: (median(a for a, _ in row), median(b for _, b in row)) for name, row in spent.items()}
    print("| what | processor ms | wall ms |\n|---|---|---|")
    for name, (processor, wall) in found.items():
        print(f"| {name} | {processor:.0f} | {wall:.0f} |", flush=True)
    return found


def extraction(runs: int) -> None:
    """The network in several arrangements, and the pipeline around it; a print each."""
    images = [load(ROOT / "fvc2002_db1_b" / finger / "1.png") for finger in ("101", "102", "105", "106")]
    batch = np.zeros((4, 384, 416, 1), np.float32)
    for index, image in enumerate(images):
        batch[index, : image.height, : image.width, 0] = image.rgb[..., 0]
    canvas = batch.reshape(1, 4 * 384, 416, 1)
    crops = _cropped(images)
    one, two = session(1), session(2)
    found = measure(
        {
            "network, 1 thread": lambda: [one.run(None, {"input": batch[i : i + 1]}) for i in range(4)],
            "network, 2 threads": lambda: [two.run(None, {"input": batch[i : i + 1]}) for i in range(4)],
            "network, batch of 4, 1 thread": lambda: one.run(None, {"input": batch}),
            "network, batch of 4, 2 threads": lambda: two.run(None, {"input": batch}),
            "network, one canvas of 4, 1 thread": lambda: one.run(None, {"input": canvas}),
            "network, one canvas of 4, 2 threads": lambda: two.run(None, {"input": canvas}),
            "network on the ridged part, 1 thread": lambda: [
                one.run(None, {"input": crop}) for crop in crops
            ],
            "extract, four times one": lambda: [extract(image, gate=NONE) for image in images],
            "extract_each, four at once": lambda: extract_each([Print(one) for one in images], gate=NONE),
        },
        4,
        runs,
    )
    alone, cropped = found["network, 1 thread"][0], found["network on the ridged part, 1 thread"][0]
    ours_ = found["extract, four times one"][0]
    print(f"extract: {ours_ / alone:.2f} times the network on the whole print, ", end="")
    print(f"{ours_ / cropped:.2f} times the network on the part that it is given (processor time)")


def _cropped(images: list[Any]) -> list[Any]:
    """What the pipeline gives to the network: the ridged part, framed to multiples of 32."""
    shown: list[Any] = []
    for image in images:
        extract(image, gate=NONE, explain=lambda _, trace: shown.append(trace))
    frames = []
    for trace in shown:
        high, wide = (-(-length // 32) * 32 for length in trace.grey.shape)
        frame = np.full((1, high, wide, 1), 255, np.float32)
        frame[0, : trace.grey.shape[0], : trace.grey.shape[1], 0] = trace.grey
        frames.append(frame)
    return frames


def hand(runs: int) -> None:
    """From the bytes of a JPEG photograph to four templates."""
    names = ("index", "middle", "ring", "little")
    masters = {f"right-{name}": master_of(7, f"right-{name}") for name in names}
    scene = Scene(tone=4.0, background="cloth")
    rgb = photograph(scene, masters, np.random.default_rng(1)).rgb
    rows: dict[str, Work] = {}
    for height, width in ((3264, 2448), (4000, 3000)):
        sized = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC)
        _, jpeg = cv2.imencode(".jpg", sized[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        data = jpeg.tobytes()
        taken = capture.hand(data, HandShown("right"), NONE)
        templates = sum(finger.template is not None for finger in taken.fingers)
        print(f"{height * width / 1e6:.0f} megapixels: {templates} templates")
        rows[f"hand of {height * width / 1e6:.0f} megapixels"] = partial(
            capture.hand, data, HandShown("right"), NONE
        )
    measure(rows, 1, runs)


def matching(keep: Path | None) -> None:
    """All pairs of templates with 45 minutiae or more, cut to 45; bozorth3 on the same prints."""
    print("| set | templates | pairs | Moiety ms, mean | p99 | bozorth3 ms, mean | p99 |")
    print("|---|---|---|---|---|---|---|")
    for name in SETS:
        files = files_of(ROOT / name, 8)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        held = ours(files, keep / f"{name}.json" if keep else None)
        full = {key: one.truncated(MINUTIAE) for key, one in held.items() if one and one.minutiae >= MINUTIAE}
        for one in full.values():
            matcher.prepared(one)
        peers = theirs({key: files[key] for key in full})
        spent, peer = _timed(full, match_ours), _timed(peers, match_theirs)
        numbers = [figure for times in (spent, peer) for figure in (times.mean(), np.quantile(times, 0.99))]
        print(
            f"| {name} | {len(full)} | {len(spent)} | " + " | ".join(f"{one:.2f}" for one in numbers) + " |",
            flush=True,
        )


def _timed(templates: dict[str, Any], match: Callable[[Any, Any], float]) -> Any:
    times = []
    for one, other in combinations(sorted(templates), 2):
        started = time.thread_time()
        match(templates[one], templates[other])
        times.append(time.thread_time() - started)
    return np.array(times) * 1e3


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=("extraction", "hand", "matching"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="templates, as benchmarks.fingers keeps them")
    given = parser.parse_args()
    parts = ("extraction", "hand", "matching") if given.only is None else given.only
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if "extraction" in parts:
        extraction(given.runs)
    if "hand" in parts:
        hand(given.runs)
    if "matching" in parts:
        matching(given.keep)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
