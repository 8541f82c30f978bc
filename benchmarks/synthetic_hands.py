"""Synthetic hands: are the fingers found and rightly named, and do two photographs of a finger match?

SYNTHETIC. What it prints tests the pipeline; it is never a stated error rate.

    python -m benchmarks.synthetic_hands locate --split test [--people 100] [--cache FOLDER]
    python -m benchmarks.synthetic_hands match --split test --people 30 [--cache FOLDER]

Each person has two photographs of four fingers of one hand. The splits share no person, no hand, no ridge
and no scene. `dev` is for tuning, and so are `seen`, the unseen half of an earlier measurement, and `more`,
on textures of its own (`MORE_BACKGROUNDS`). `test` and `later` are unseen halves, of two measurements: none
of their photographs was looked at before it was measured, and of the two of a person one lies on textures
that no other split has (`UNSEEN_BACKGROUNDS`, `LATER_BACKGROUNDS`). Fingers are sought in a picture of 360
pixels whatever the photograph has, so that `locate` renders 2 megapixels and no ridges; `match` renders 8.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from moiety.decision.calibration import Tables
from moiety.finger.contactless import HandReading, read_hand
from moiety.finger.matcher import compare
from moiety.finger.minutiae import MODEL
from moiety.finger.pipeline import Print, extract_each
from moiety.finger.synthesis import MasterPrint, draw_scene, hand_of, master_of, photograph
from moiety.finger.synthesis.orientation import Pattern
from moiety.finger.synthesis.scene import (
    BACKGROUNDS,
    LATER_BACKGROUNDS,
    MORE_BACKGROUNDS,
    UNSEEN_BACKGROUNDS,
)
from moiety.finger.template import FingerTemplate

SPLITS = {"dev": (1, 1000), "seen": (2, 2000), "test": (3, 3000), "more": (4, 4000), "later": (5, 5000)}
OTHER_HAND_EVERY = 4  # so many hands are called by the other side's name too: that takes every second look
SMOOTH = MasterPrint(np.zeros((512, 416), np.float32), Pattern("none", (), ()), 0.0)
FOUR = ("index", "middle", "ring", "little")


@lru_cache(maxsize=5)
def grown(person: int, position: str) -> MasterPrint:
    """A master print, kept for the second photograph of the hand."""
    return master_of(person, position)


def hand(
    split: str, number: int, shot: int, cache: Path | None, share: float = 1.0
) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
    """Render one photograph, or read it from the cache: pixels (red first) and the truth.

    `share` below 1 renders the same scene with so much of its height and width, and without ridges.
    """
    key, first = SPLITS[split]
    name = f"{number:03d}_{shot}" + ("" if share == 1 else f"_{share:g}")
    if cache is not None and (cache / split / f"{name}.json").exists():
        pixels = cv2.imread(str(cache / split / f"{name}.jpg"))
        truth: dict[str, Any] = json.loads((cache / split / f"{name}.json").read_text())
        return np.ascontiguousarray(np.asarray(pixels, np.uint8)[..., ::-1]), truth
    person = first + number
    side = "left" if number % 2 else "right"
    rng = np.random.default_rng([key, person, shot])
    own = {"test": UNSEEN_BACKGROUNDS, "later": LATER_BACKGROUNDS}.get(split, BACKGROUNDS)
    grounds = MORE_BACKGROUNDS if split == "more" else own if shot == 1 else BACKGROUNDS
    scene = draw_scene(rng, side=side, tone=(number % 10) * 0.99, hand=hand_of(person), backgrounds=grounds)
    if share < 1:
        size = {"height": int(scene.height * share), "width": int(scene.width * share)}
        scene = scene.but(**size, scale=scene.scale * share, defocus=scene.defocus * share)
    masters = {
        f"{side}-{finger}": grown(person, f"{side}-{finger}") if share == 1 else SMOOTH
        for finger in scene.fingers
    }
    picture = photograph(scene, masters, rng)
    told = ("side", "tone", "background", "rotation", "tilt", "spread", "wet", "varnish", "rings", "torch")
    truth = {
        "scene": {name: getattr(scene, name) for name in told} | {"covers": len(scene.covers)},
        "fingers": [dataclasses.asdict(f) for f in picture.fingers],
    }
    if cache is not None:
        (cache / split).mkdir(parents=True, exist_ok=True)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 97]
        cv2.imwrite(str(cache / split / f"{name}.jpg"), picture.rgb[..., ::-1], quality)
        (cache / split / f"{name}.json").write_text(json.dumps(truth))
    return picture.rgb, truth


def announced(truth: dict[str, Any]) -> tuple[str, ...]:
    """The fingers that whoever takes the picture says are shown: the four, less one that a thing hides."""
    covered = {finger["position"].split("-")[1]: finger["covered"] for finger in truth["fingers"]}
    return tuple(name for name in FOUR if covered[name] < 0.5)


def judge(reading: HandReading, truth: dict[str, Any], count: dict[str, int]) -> set[str]:
    """Count visible, right and wrong positions; returns the positions that were located rightly."""
    known = {finger["position"]: finger for finger in truth["fingers"]}
    visible = {name for name, finger in known.items() if finger["visible"] and not name.endswith("thumb")}
    right = set()
    for finger in reading.fingers:
        name = finger.position.label
        true = known[name]
        off = np.hypot(*np.subtract(finger.where.tip, true["tip"])) / true["breadth"]
        nearest = min(known.values(), key=lambda f: float(np.hypot(*np.subtract(finger.where.tip, f["tip"]))))
        count["misnamed"] += int(nearest["position"] != name)
        count["tip off"] += int(off > 0.5)
        if off <= 0.5:
            right.add(name)
    count["visible"] += len(visible)
    count["located"] += len(visible & right)
    return right & visible


def locate(split: str, first: int, people: int, cache: Path | None) -> None:
    """Two photographs of each hand at a quarter of the pixels: fingers found, named, and never misnamed."""
    count = dict.fromkeys(
        (
            "visible",
            "located",
            "misnamed",
            "tip off",
            "other hand asked",
            "other hand named",
            "hidden misnamed",
        ),
        0,
    )
    photographs = unread = 0
    for number in range(first, first + people):
        for shot in (0, 1):
            rgb, truth = hand(split, number, shot, cache, 0.5)
            side, shown = truth["scene"]["side"], announced(truth)
            reading = read_hand(rgb, side, expected=shown)
            before = count["located"], count["visible"]
            judge(reading, truth, count)
            photographs += 1
            if count["located"] - before[0] < count["visible"] - before[1]:
                unread += 1
                codes = [finding.code for finding in reading.findings]
                print(f"{number}_{shot}", truth["scene"]["background"], truth["scene"]["covers"], codes)
            if number % OTHER_HAND_EVERY == 0:
                other = read_hand(rgb, "left" if side == "right" else "right", expected=shown)
                count["other hand asked"] += 1
                count["other hand named"] += int(bool(other.fingers))
            if len(shown) < len(FOUR):
                hidden = dict.fromkeys(count, 0)
                judge(read_hand(rgb, side), truth, hidden)
                count["hidden misnamed"] += hidden["misnamed"]
    print(
        f"SYNTHETIC hands, split {split}: {people} hands, {photographs} photographs, {unread} not wholly read"
    )
    print(count, f"located {count['located'] / count['visible']:.4f}")


def templates_of(reading: HandReading, rightly: set[str], count: dict[str, int]) -> dict[str, FingerTemplate]:
    """Templates of the rightly located fingers that pass both gates."""
    found = {}
    count["judged"] += len(rightly)
    good = [f for f in reading.usable if f.position.label in rightly]
    # Without positions: the matcher refuses templates of different fingers, and impostors are wanted.
    prints = [Print(f.flat.grey, 500.0, 0, "contactless", f.flat.flipped) for f in good if f.flat is not None]
    for finger, outcome in zip(good, extract_each(prints), strict=True):
        if outcome.template is not None:
            found[finger.position.label] = outcome.template
    count["good"] += len(found)
    return found


def read_person(split: str, number: int, cache: Path | None) -> dict[str, Any]:
    """Both photographs of one hand at 8 megapixels: counts, seconds, and templates by finger, as hex."""
    count = dict.fromkeys(("visible", "located", "misnamed", "tip off", "judged", "good"), 0)
    spent: list[float] = []
    prints: dict[str, list[str]] = {}
    for shot in (0, 1):
        rgb, truth = hand(split, number, shot, cache)
        start = time.process_time()
        reading = read_hand(rgb, truth["scene"]["side"], expected=announced(truth))
        spent.append(time.process_time() - start)
        rightly = judge(reading, truth, count)
        for name, template in templates_of(reading, rightly, count).items():
            prints.setdefault(name, []).append(template.to_bytes().hex())
    return {"count": count, "spent": spent, "prints": prints}


def match(split: str, first: int, people: int, cache: Path | None, keep: Path | None) -> None:
    """Two photographs of each hand at 8 megapixels: fingers of good quality, and whether they match.

    What was made of a hand is read from `keep` where it is there, so that several processes can share them.
    """
    count: dict[str, int] = {}
    spent: list[float] = []
    prints: dict[tuple[int, str], list[FingerTemplate]] = {}
    for number in range(first, first + people):
        held = None if keep is None else keep / f"{split}-{number:03d}.json"
        made = json.loads(held.read_text()) if held is not None and held.exists() else None
        if made is None:
            made = read_person(split, number, cache)
            if held is not None:
                held.parent.mkdir(parents=True, exist_ok=True)
                held.write_text(json.dumps(made))
        count = {name: count.get(name, 0) + value for name, value in made["count"].items()}
        spent += made["spent"]
        for name, rows in made["prints"].items():
            prints[number, name] = [
                FingerTemplate.from_bytes(bytes.fromhex(row), model=MODEL, kind="contactless", mirrored=True)
                for row in rows
            ]
    print(f"SYNTHETIC hands, split {split}: {people} hands, {len(spent)} photographs of 8 megapixels")
    print(count, f"located {count['located'] / count['visible']:.4f}")
    print(f"reading: {np.mean(spent):.2f} s of processor time, at most {np.max(spent):.2f}")
    genuine = np.array([compare(pair[0], pair[1]) for pair in prints.values() if len(pair) == 2])
    firsts = [(key, pair[0]) for key, pair in prints.items()]
    impostor = np.array([compare(a, b) for (_, a), (_, b) in combinations(firsts, 2)])
    contact = Tables.shipped().find("finger", MODEL, 1).score_at(1e-3)
    own = float(np.quantile(impostor, 0.999))
    print(f"genuine pairs {len(genuine)}, impostor pairs {len(impostor)}")
    for name, limit in (("the contact table", contact), ("these impostors", own)):
        accepted = float((genuine > limit).mean())
        print(f"accepted {accepted:.4f} at {limit:.4f}, FMR 1e-3 by {name}")
    for name, scores in (("genuine", genuine), ("impostor", impostor)):
        print(name, "1, 5, 50, 95, 99 %:", np.round(np.quantile(scores, [0.01, 0.05, 0.5, 0.95, 0.99]), 4))


def main() -> None:
    """Run one split and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("locate", "match"))
    parser.add_argument("--split", choices=sorted(SPLITS), default="dev")
    parser.add_argument("--first", type=int, default=0, help="the first person, for several processes")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--cache", type=Path, help="photographs, made once")
    parser.add_argument("--keep", type=Path, help="match: what was made of each hand")
    given = parser.parse_args()
    if given.what == "locate":
        locate(given.split, given.first, given.people, given.cache)
    else:
        match(given.split, given.first, given.people, given.cache, given.keep)


if __name__ == "__main__":
    main()
