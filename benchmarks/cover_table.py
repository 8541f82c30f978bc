"""Which findings fire on covered faces and in bad light, and on how many clean pictures they fire.

    python -m benchmarks.cover_table [--lfw 1]

Covers and light are laid over the neutral pictures of the London set's test half, whose people the cover
network never saw. Clean pictures are all of that half, and one picture of every n-th person of the LFW folds
that passes the gate but for the cover's limits.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.covers import COVERS, Draw, cover, darken, only_face
from moiety.evaluate.rendered import half_of
from moiety.face import gate, pipeline
from moiety.image import Image, load

LIGHTS: Final = (4.0, 2.0, 0.5, 0.15, 0.05, 0.02)
"""Shares of the light. The last row of the table scales the picture's values themselves."""
VALUES: Final = 0.15
COVERED: Final = ("covered-eyes", "covered-mouth")
Counts = dict[str, Counter[str]]


def test_half() -> list[Path]:
    """The folders of people whom no threshold was chosen on."""
    root = Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces" / "london"
    return [one for one in sorted(root.iterdir()) if one.is_dir() and half_of(one.name) == "test"]


Change = Callable[[Image, np.random.Generator], Image]


def conditions() -> dict[str, Change]:
    """Name and what is done to a picture."""
    made: dict[str, Change] = {name: partial(covered, draw) for name, (_, draw) in COVERS.items()}
    made |= {f"light x {light:g}": partial(lit, light) for light in LIGHTS}
    made[f"values x {VALUES:g}"] = scaled
    return made


def covered(draw: Draw, image: Image, rng: np.random.Generator) -> Image:
    """The picture with a cover drawn over its face."""
    face = only_face(image)
    if face is None:
        raise ValueError("the picture shows no single face")
    return cover(image, face, draw, rng)


def lit(light: float, image: Image, rng: np.random.Generator) -> Image:
    """The picture as a camera takes it in other light."""
    return darken(image, light, rng)


def scaled(image: Image, _: np.random.Generator) -> Image:
    """The picture with its values scaled, as an editor darkens it."""
    return load((image.rgb * VALUES).astype(np.uint8))


def count(images: Iterable[Image]) -> Counter[str]:
    """How often each finding fires at each gate, and how often anything does."""
    found: Counter[str] = Counter()
    for image in images:
        found["pictures"] += 1
        for limits in (gate.ENROL, gate.VERIFY):
            codes = {one.code for one in pipeline.probe(image, limits).findings}
            found[f"{limits.name}:any"] += bool(codes)
            found.update(f"{limits.name}:{code}" for code in codes)
    return found


def clean_news(step: int) -> tuple[int, Counter[str]]:
    """LFW pictures that pass a gate but for the cover's limits: how many, and on how many a cover fires."""
    root = Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces" / "lfw_folds_1_5"
    fired: Counter[str] = Counter()
    pictures = 0
    for person in sorted(one for one in root.iterdir() if one.is_dir())[::step]:
        image = load(sorted(person.glob("*.jpg"))[0].read_bytes())
        codes = {one.code for one in pipeline.probe(image, gate.VERIFY).findings}
        if codes <= set(COVERED):
            pictures += 1
            fired.update(codes)
            fired["any"] += bool(codes)
    return pictures, fired


def row(name: str, found: Counter[str]) -> str:
    """One line of the table: of n pictures, each gate's findings with their counts."""
    cells = []
    for limits in ("enrol", "verify"):
        codes = [one for one in found if one.startswith(f"{limits}:") and not one.endswith(":any")]
        codes.sort(key=lambda one: -found[one])
        each = ", ".join(f"`{one.split(':')[1]}` {found[one]}" for one in codes if found[one]) or "none"
        cells += [f"{found[f'{limits}:any']}", each]
    return f"| {name} | {found['pictures']} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lfw", type=int, default=1, help="take every n-th person of the LFW folds")
    args = parser.parse_args()
    people = test_half()
    print("| condition | pictures | refused to enrol | findings | refused to verify | findings |")
    print("|---|---|---|---|---|---|")
    both = ("neutral", "smiling")
    print(row("clean", count(load((one / f"{name}.jpg").read_bytes()) for one in people for name in both)))
    for name, change in conditions().items():
        images = (
            change(load((one / "neutral.jpg").read_bytes()), np.random.default_rng([7, at, len(name)]))
            for at, one in enumerate(people)
        )
        print(row(name, count(images)), flush=True)
    pictures, fired = clean_news(args.lfw)
    print(f"\nLFW: {pictures} pass the verification gate otherwise; a cover fires on {dict(fired)}.")


if __name__ == "__main__":
    main()
