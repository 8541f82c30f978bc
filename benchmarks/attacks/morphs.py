"""What a morph of two people can do to an enrolment: who is accepted later, and what a live capture changes.

    python -m benchmarks.attacks morphs [--pairs 40] [--shown 12] [--shares 0.3,0.4,0.5,0.6,0.7] [--seed 7]

Each morph is a crude one: the second person's picture is brought onto the first one's by the five landmarks
and blended. A tool that warps the whole face does better, so these are lower bounds. The first picture of
each person makes the morph; the second one is what they are verified with. Two variants of a morph are
enrolled as `moiety.enrol` would: gate, self-check, mean of two. A pair is won where both people are accepted
at the shipped policy's false match rate (1e-4) with the shipped table. `--shown` morphs are then printed or
put on a screen and held up in a live capture, three attempts each. Rendered material: no error rates of
people. Exit code 0: this measures, and nothing here must hold.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.decision import parameters as decision_parameters
from moiety.decision.calibration import Tables
from moiety.errors import ImageUnreadable
from moiety.evaluate.intervals import wilson
from moiety.face import compare, gate, pipeline
from moiety.face.detect import detect
from moiety.face.embed import MODEL
from moiety.face.template import FaceTemplate
from moiety.image import Image, load
from moiety.liveness import Challenge, Liveness
from moiety.presence import LiveCapture, LiveFrame, examine
from moiety.rendering.attacks import INSTRUMENTS
from moiety.rendering.head import Head

FMR: Final = 1e-4
"""The shipped policy's."""

ATTEMPTS: Final = 3
HELD_UP: Final = ("print-flat", "print-bent", "screen-no-bezel")
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Person:
    """Two pictures of one person: what a morph is made of, and what they come with later."""

    name: str
    first: Image
    points: NDArray[np.float32]
    probe: FaceTemplate


def people(root: Path) -> list[Person]:
    """Everybody with two pictures that pass the gates."""
    found: list[Person] = []
    for folder in sorted(root.iterdir()):
        pictures = sorted(folder.glob("*.jpg"))
        if len(pictures) < 2:
            continue
        first, second = load(pictures[0]), load(pictures[1])
        faces, sample = detect(first), pipeline.probe(second, gate.VERIFY)
        if len(faces) == 1 and not sample.findings:
            found.append(Person(folder.name, first, faces[0].landmarks, pipeline.template([sample])))
    return found


def blend(one: Person, other: Person, share: float) -> Pixels:
    """The first one's picture with so much of the second one's face in it."""
    onto, _ = cv2.estimateAffinePartial2D(other.points, one.points, method=cv2.LMEDS)
    height, width = one.first.rgb.shape[:2]
    warped = cv2.warpAffine(
        other.first.rgb, onto, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    centre = one.points.mean(0)
    reach = 2.6 * float(np.linalg.norm(one.points[0] - one.points[1]))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    inside = np.clip(2.2 - 2.2 * np.hypot((x - centre[0]) / reach, (y - centre[1]) / (1.25 * reach)), 0, 1)[
        ..., None
    ]
    mixed = one.first.rgb * (1 - share * inside) + warped * (share * inside)
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def variant(pixels: Pixels) -> Pixels:
    """The same morph as another photograph of it: turned by 2 degrees, a little nearer, brighter, softer."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 2.0, 1.04)
    moved = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(cv2.GaussianBlur(moved, (0, 0), 0.7) * 1.06, 0, 255), np.uint8)


def enrolled(morph: Pixels, tables: Tables) -> FaceTemplate | None:
    """The reference that an enrolment from two files of the morph makes; None where it is refused."""
    samples = [pipeline.reference(load(one), gate.ENROL) for one in (morph, variant(morph))]
    if any(one.findings or one.embedding is None for one in samples):
        return None
    alone = [pipeline.template([one]) for one in samples]
    if tables.find("face", MODEL, 1).fmr(compare.score(*alone)).value > decision_parameters.SELF_CHECK_FMR:
        return None
    return pipeline.template(samples)


def accepted(reference: FaceTemplate, person: Person, tables: Tables) -> bool:
    """Whether the person's other picture matches at the shipped policy."""
    return tables.find("face", MODEL, 2).fmr(compare.score(reference, person.probe)).value <= FMR


def look_alikes(everybody: list[Person], count: int) -> list[tuple[Person, Person]]:
    """The pairs whose pictures are most alike, no person twice."""
    scored = sorted(combinations(everybody, 2), key=lambda pair: -compare.score(pair[0].probe, pair[1].probe))
    taken: list[tuple[Person, Person]] = []
    used = set[str]()
    for one, other in scored:
        if not {one.name, other.name} & used and len(taken) < count:
            taken.append((one, other))
            used |= {one.name, other.name}
    return taken


def at_random(everybody: list[Person], count: int, seed: int) -> list[tuple[Person, Person]]:
    """Pairs drawn at random, no person twice."""
    order = np.random.default_rng(seed).permutation(len(everybody))
    drawn = [everybody[int(at)] for at in order]
    return list(zip(drawn[::2], drawn[1::2], strict=False))[:count]


def told(wins: int, of: int) -> dict[str, Any]:
    """A count with its Wilson interval."""
    low, high = wilson(wins, of)
    return {
        "of": of,
        "count": wins,
        "share": round(wins / of, 3) if of else None,
        "low": round(low, 3),
        "high": round(high, 3),
    }


def by_share(pairs: list[tuple[Person, Person]], shares: list[float], tables: Tables) -> list[dict[str, Any]]:
    """For each share of the second person: how many enrolments were made, and whom they accept."""
    rows = []
    for share in shares:
        made = first = second = both = 0
        for one, other in pairs:
            reference = enrolled(blend(one, other, share), tables)
            if reference is None:
                continue
            made += 1
            a, b = accepted(reference, one, tables), accepted(reference, other, tables)
            first, second, both = first + a, second + b, both + (a and b)
        rows.append(
            {
                "share": share,
                "enrolled": made,
                "first": told(first, len(pairs)),
                "second": told(second, len(pairs)),
                "both": told(both, len(pairs)),
            }
        )
    return rows


def held_up(pairs: list[tuple[Person, Person]], seed: int) -> dict[str, Any]:
    """How often a morph that is printed or displayed passes a live capture, within three attempts."""
    answer: dict[str, Any] = {}
    for name in HELD_UP:
        passed = tried = 0
        for number, (one, other) in enumerate(pairs):
            try:
                head = Head.of(blend(one, other, 0.5), seed=seed + number)
            except ImageUnreadable:
                continue
            tried += 1
            passed += any(_shown(head, name, seed, number, attempt) for attempt in range(ATTEMPTS))
        answer[name] = told(passed, tried)
    return answer


def _shown(head: Head, name: str, seed: int, number: int, attempt: int) -> bool:
    rng = np.random.default_rng([seed, number, attempt, HELD_UP.index(name)])
    challenge = Challenge.from_nonce(rng.bytes(32))
    frames = [LiveFrame(at, frame) for at, frame in INSTRUMENTS[name](head, challenge, rng)]
    return examine(LiveCapture(challenge, frames), gate.VERIFY).presence.level is Liveness.SHOWN


def main(arguments: list[str]) -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks morphs", description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--shown", type=int, default=12)
    parser.add_argument("--shares", default="0.3,0.4,0.5,0.6,0.7")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    everybody = people(Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces" / "london")
    tables, shares = Tables.shipped(), [float(one) for one in args.shares.split(",")]
    drawn, alike = at_random(everybody, args.pairs, args.seed), look_alikes(everybody, args.pairs)
    answer = {
        "people": len(everybody),
        "random": by_share(drawn, shares, tables),
        "look-alike": by_share(alike, shares, tables),
        "shown live, share 0.5, three attempts": held_up([*alike, *drawn][: args.shown], args.seed),
    }
    print(json.dumps(answer, indent=1))
    return 0
