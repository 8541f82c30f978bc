"""Does the quality gate hold? False match rates of degraded pictures that pass it, against clean ones.

    python -m benchmarks.face_gate [--people 200] [--json FILE]

One picture of each of `--people` people of the LFW folds (a seeded draw), enlarged twofold so that the
eye-distance limits do not hide the others. Every picture is degraded in the same way and degree; references
must pass the enrolment gate, probes the verification gate; every reference meets every probe of another
person. The score that gives FMR 1e-3 (and 1e-4) on clean pictures is applied to the degraded ones.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.face import gate, pipeline
from moiety.face.embed import embed, unit
from moiety.image import load

Pixels = NDArray[np.uint8]
Row = tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]
SEED = 7


def blur(picture: Pixels, degree: float, eyes: float, _: np.random.Generator) -> Pixels:
    """Defocus: Gaussian of sd `degree` eye distances."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), degree * eyes), np.uint8)


def motion(picture: Pixels, degree: float, eyes: float, rng: np.random.Generator) -> Pixels:
    """A straight smear of `degree` eye distances in a random direction."""
    length = max(2, round(degree * eyes))
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle, middle = rng.uniform(0, np.pi), length
    half = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(int(v) for v in np.rint(middle + sign * half)) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def dark(picture: Pixels, degree: float, _: float, rng: np.random.Generator) -> Pixels:
    """`degree` of the light, on a sensor with shot and read noise, gamma 2.2."""
    light = (picture / 255.0) ** 2.2 * degree
    light = light + rng.normal(size=picture.shape) * np.sqrt(light * 8e-4 + 2e-6)
    return (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def shrink(picture: Pixels, degree: float, eyes: float, _: np.random.Generator) -> Pixels:
    """Taken with the eyes `degree` pixels apart, then enlarged."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, None, fx=degree / eyes, fy=degree / eyes, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def compress(picture: Pixels, degree: float, _: float, __: np.random.Generator) -> Pixels:
    """JPEG of quality `degree`, before the enlargement."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(degree)])[1]
    return enlarged(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8))


def noise(picture: Pixels, degree: float, _: float, rng: np.random.Generator) -> Pixels:
    """Noise of sd `degree` grey levels at the original size."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return enlarged(np.clip(small + rng.normal(size=small.shape) * degree, 0, 255).astype(np.uint8))


def blur_and_noise(picture: Pixels, degree: float, eyes: float, rng: np.random.Generator) -> Pixels:
    """Defocus, then noise of sd 12, which hides it from simple sharpness measures."""
    return noise(blur(picture, degree, eyes, rng), 12, eyes, rng)


def blur_and_compress(picture: Pixels, degree: float, eyes: float, rng: np.random.Generator) -> Pixels:
    """Defocus, then JPEG of quality 12, whose block edges look like detail."""
    return compress(blur(picture, degree, eyes, rng), 12, eyes, rng)


Degrade = Callable[[Pixels, float, float, np.random.Generator], Pixels]
CONDITIONS: tuple[tuple[Degrade, tuple[float, ...]], ...] = (
    (blur, (0.03, 0.05, 0.07, 0.1)),
    (motion, (0.15, 0.3, 0.5)),
    (dark, (0.08, 0.03, 0.012)),
    (shrink, (24, 16, 12, 9)),
    (compress, (20, 10, 5)),
    (noise, (15, 25)),
    (blur_and_noise, (0.05, 0.1)),
    (blur_and_compress, (0.05, 0.1)),
)


def enlarged(picture: Pixels) -> Pixels:
    """Twofold."""
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def people(count: int) -> Iterator[Pixels]:
    """One picture each of `count` people of the LFW folds, enlarged, red first."""
    root = Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces" / "lfw_folds_1_5"
    folders = sorted(one for one in root.iterdir() if one.is_dir())
    for at in np.random.default_rng(SEED).choice(len(folders), count, replace=False):
        yield enlarged(load(sorted(folders[at].glob("*.jpg"))[0]).rgb)


def look(picture: Pixels) -> tuple[Row, float]:
    """Reference and probe vectors where their gates let them pass, and the eye distance."""
    seen: dict[str, Any] = {}
    image = load(picture)
    sample = pipeline.probe(image, gate.NONE, explain=seen.__setitem__)
    if sample.embedding is None or sample.quality is None:
        return (None, None), 0.0
    # Bystanders do not matter here: the most central face is measured against the gates' limits.
    passes = [not gate.findings_of(sample.quality, one) for one in (gate.ENROL, gate.VERIFY)]
    probe = sample.embedding if passes[1] else None
    reference = None
    if passes[0]:
        reference = unit(sample.embedding + embed(np.ascontiguousarray(seen["crop"][:, ::-1])).vector)
    return (reference, probe), sample.quality.eye_distance


def impostors(rows: list[Row]) -> tuple[NDArray[np.float64], int, int]:
    """All scores of references against probes of other people, and how many passed each gate."""
    left = [(who, one[0]) for who, one in enumerate(rows) if one[0] is not None]
    right = [(who, one[1]) for who, one in enumerate(rows) if one[1] is not None]
    if not left or not right:
        return np.empty(0), len(left), len(right)
    scores = np.stack([row for _, row in left]) @ np.stack([row for _, row in right]).T
    other = np.array([who for who, _ in left])[:, None] != np.array([who for who, _ in right])[None]
    return scores[other].astype(np.float64), len(left), len(right)


def main() -> None:
    """Run, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    pictures = list(people(args.people))
    clean = [look(one) for one in pictures]
    scores, enrolled, verified = impostors([row for row, _ in clean])
    limits = [float(np.quantile(scores, 1 - rate)) for rate in (1e-3, 1e-4)]
    print(f"Clean: {enrolled} of {len(pictures)} pass the enrolment gate, {verified} the verification gate;")
    print(
        f"score {limits[0]:.3f} gives FMR 1e-3, {limits[1]:.3f} gives 1e-4, on {len(scores):,} comparisons.\n"
    )
    print("| degradation | degree | enrol | verify | comparisons | FMR / clean at 1e-3 | at 1e-4 |")
    print("|---|---|---|---|---|---|---|")
    results = []
    for degrade, degrees in CONDITIONS:
        for degree in degrees:
            rows = []
            for number, (picture, (_, eyes)) in enumerate(zip(pictures, clean, strict=True)):
                rng = np.random.default_rng([SEED, number])
                rows.append(look(degrade(picture, degree, eyes, rng))[0] if eyes else (None, None))
            found, left, right = impostors(rows)
            ratios = [float(np.mean(found > limit)) / rate if len(found) else None
                      for limit, rate in zip(limits, (1e-3, 1e-4), strict=True)]  # fmt: skip
            told = " | ".join("none pass" if one is None else f"{one:.1f}" for one in ratios)
            name = degrade.__name__.replace("_", " ")
            print(f"| {name} | {degree:g} | {left} | {right} | {len(found):,} | {told} |", flush=True)
            results.append({"name": name, "degree": degree, "enrol": left, "verify": right, "ratios": ratios})
    if args.json is not None:
        args.json.write_text(json.dumps({"clean": [enrolled, verified], "limits": limits, "rows": results}))


if __name__ == "__main__":
    main()
