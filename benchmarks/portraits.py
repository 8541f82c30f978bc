"""How often does a document's portrait fail its holder? FNMR at FMR 1e-3 by format, size and width.

    python -m benchmarks.portraits [--json FILE] [--only JPEG:2000:32 ...]

The 102 people of the London set (two pictures each, 640 px). Each picture is put through a document's
compression (`evaluate.portraits`), and the portrait is compared with every picture as it is: 204 genuine
comparisons (the portrait of one picture with the other picture of that person) and 41,208 impostor ones
of 5,151 pairs of people. The gate is the one that `verify` puts to portraits. Intervals are Wilson's, over
people.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.decision.calibration import Tables
from moiety.document.portrait import GATE
from moiety.errors import InputError
from moiety.evaluate.intervals import wilson
from moiety.evaluate.portraits import FORMATS, Format, PortraitKind, document_portrait
from moiety.face import gate, pipeline
from moiety.face.embed import MODEL
from moiety.image import DOCUMENT_PORTRAITS, Image, load

WIDTHS = (24, 32, 48, 64, 96, 160, 240)
BUDGETS: tuple[tuple[Format, int], ...] = (("JPEG", 2000), ("WEBP", 1000), ("AVIF", 1000))
FMR = 1e-3

Vectors = NDArray[np.float32]


def photographs() -> tuple[list[Image], NDArray[np.int64]]:
    """The pictures, and whose each is."""
    root = Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces" / "london"
    paths = sorted(root.glob("*/*.jpg"))
    people = sorted({path.parent.name for path in paths})
    return [load(path) for path in paths], np.array([people.index(path.parent.name) for path in paths])


def portraits(pictures: list[Image], kind: PortraitKind) -> tuple[Vectors, NDArray[np.bool_], dict[str, Any]]:
    """The portraits' templates with the gate off, which of them pass it, and what became of the others."""
    vectors = np.zeros((len(pictures), 128), np.float32)
    passes = np.zeros(len(pictures), np.bool_)
    failed: dict[str, int] = {}
    eyes: list[float] = []
    for at, picture in enumerate(pictures):
        try:
            small = load(document_portrait(picture, kind), formats=DOCUMENT_PORTRAITS)
            sample = pipeline.reference(small, gate.NONE)
        except InputError:
            failed["cannot be made"] = failed.get("cannot be made", 0) + 1
            continue
        if sample.embedding is None or sample.quality is None:
            failed["no face"] = failed.get("no face", 0) + 1
            continue
        vectors[at] = sample.embedding
        eyes.append(sample.quality.eye_distance)
        found = gate.findings_of(sample.quality, GATE)
        passes[at] = not found
        if found:
            failed[found[0].code] = failed.get(found[0].code, 0) + 1
    return vectors, passes, {"failed": failed, "eyes": float(np.median(eyes)) if eyes else 0.0}


def measure(
    kind: PortraitKind, pictures: list[Image], subject: NDArray[np.int64], probes: Vectors
) -> dict[str, Any]:
    """One row of the table."""
    vectors, passes, about = portraits(pictures, kind)
    scores = vectors @ probes.T
    same = subject[:, None] == subject[None]
    chosen = passes[:, None] & np.ones_like(same)
    genuine = scores[same & ~np.eye(len(subject), dtype=bool) & chosen]
    impostor = np.sort(scores[~same & chosen])[::-1]
    row = {"kind": kind.label, **about, "portraits": int(passes.sum()), "genuine": len(genuine)}
    if len(genuine) == 0:
        return row
    people = len(set(subject[passes].tolist()))
    shipped = Tables.shipped().find("portrait", MODEL, 1)
    own = float(impostor[int(FMR * len(impostor))])
    for name, limit in (
        ("own", own),
        ("table 1e-3", shipped.score_at(1e-3)),
        ("table 1e-4", shipped.score_at(1e-4)),
    ):
        rate = float(np.mean(genuine < limit))
        low, high = wilson(rate * people, people)
        row[name] = {"limit": limit, "fnmr": rate, "low": low, "high": high,
                     "fmr": float(np.mean(impostor >= limit))}  # fmt: skip
    return row


def main() -> None:
    """Run, and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", nargs="*", metavar="FORMAT:BYTES:WIDTH")
    args = parser.parse_args()
    kinds = [PortraitKind(form, size, width) for form, size in BUDGETS for width in WIDTHS]
    if args.only:
        parts = [one.split(":") for one in args.only]
        by_name = {one: one for one in FORMATS}
        kinds = [PortraitKind(by_name[form], int(size), int(width)) for form, size, width in parts]
    pictures, subject = photographs()
    found = [pipeline.probe(one, gate.NONE).embedding for one in pictures]
    probes = np.stack([one for one in found if one is not None])
    rows = []
    print("| portrait | eyes, px | fit | FNMR at FMR 1e-3 | at the table's 1e-3 | at the table's 1e-4 |")
    print("|---|---|---|---|---|---|")
    for kind in kinds:
        row = measure(kind, pictures, subject, probes)
        rows.append(row)
        cells = [
            f"{row[name]['fnmr']:.1%} ({row[name]['low']:.1%} to {row[name]['high']:.1%})"
            if name in row
            else "-"
            for name in ("own", "table 1e-3", "table 1e-4")
        ]
        fit = f"{row['portraits']} of {len(pictures)}"
        print(f"| {kind.label} | {row['eyes']:.0f} | {fit} | {' | '.join(cells)} |", flush=True)
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
