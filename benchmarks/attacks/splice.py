"""S1: turn your own head, and hold up a picture of the holder for the frames that are compared.

    python -m benchmarks.attacks splice ../shared/data/faces/london [--motion low] [--people 24] [--seed 5]

Each person's picture is printed, shown on a screen, or mixed with the picture of the person who turns, in
several shares. It is held up at the end, at the beginning, at both, between two moves, or whenever the
head isn't turned. The one who turns resembles the holder most of all in that half, or is drawn at random.
An attack tries once. Prints how often the capture was taken for live, and how often a verification would
have accepted it at the default policy (the reference is another picture of the holder). The exit code is 1
where one was accepted. Each attempt takes about 2 s on one quiet core.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from moiety.evaluate.captures import read_captures
from moiety.evaluate.impostors import accepted, chosen_strangers, face_of, held_face
from moiety.evaluate.rendered import half_of
from moiety.face import gate
from moiety.liveness import Challenge, Liveness, Motion
from moiety.liveness import parameters as liveness
from moiety.liveness.judge import lost
from moiety.presence import LiveFrame, Shown, Watch
from moiety.rendering.head import Head
from moiety.rendering.splices import WHERE, Splice, splice

SHARES = (0.3, 0.4, 0.5, 0.6, 0.7)


def main(arguments: list[str]) -> int:
    """Attack, and print a line for each way to."""
    parser = argparse.ArgumentParser(
        prog="splice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path)
    parser.add_argument("--motion", choices=("turn", "low"), default="turn")
    parser.add_argument("--half", choices=("development", "test"), default="development")
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args(arguments)
    motion: Motion = given.motion
    pictures = _pictures(given.root, given.half)
    people = sorted(pictures)
    strangers = chosen_strangers([face_of(pictures[one][0]) for one in people], given.seed)
    tried, live, through = Counter[str](), Counter[str](), Counter[str]()
    for number, subject in enumerate(people[: given.people]):
        first, *rest = pictures[subject]
        held = held_face(rest[0] if rest else None)
        holder = Head.of(first, seed=int(subject))
        for kind, who in zip(("alike", "random"), strangers[number], strict=True):
            turner = Head.of(pictures[people[who]][0], seed=int(people[who]))
            for way, how in enumerate(_ways(number)):
                rng = np.random.default_rng([given.seed, number, way, kind == "alike"])
                shown = _attempt(how, holder, turner, motion, rng)
                name = f"{how.medium} {'' if how.share is None else how.share} {how.where} {kind}"
                tried[name] += 1
                live[name] += shown.presence.level is Liveness.SHOWN
                through[name] += accepted(shown, held)
                if shown.presence.level is Liveness.SHOWN:
                    print(f"  taken for live: {name}, holder {subject}: {_told(shown)}", flush=True)
    for name in sorted(tried):
        print(f"{name:40} taken for live {live[name]} of {tried[name]}, accepted {through[name]}")
    print(f"{motion}: live {live.total()} of {tried.total()}, accepted {through.total()}")
    return int(through.total() > 0)


def _ways(number: int) -> Iterator[Splice]:
    """For each person, every medium once at each of two moments, and every share of a morph once."""
    for i, medium in enumerate(("print", "screen", "screen-no-bezel")):
        for where in (WHERE[(number + i) % len(WHERE)], WHERE[(number + i + 2) % len(WHERE)]):
            yield Splice(medium, where)  # type: ignore[arg-type]
    for i, share in enumerate(SHARES):
        yield Splice("morph", WHERE[(number + i) % len(WHERE)], share)


def _attempt(how: Splice, holder: Head, turner: Head, motion: Motion, rng: np.random.Generator) -> Shown:
    challenge = Challenge.from_nonce(rng.bytes(32), motion=motion)
    watch = Watch(challenge)
    due = [one.end_ms + liveness.RELEASE_MS for one in challenge.moves]
    for at_ms, frame in splice(how, holder, turner, challenge, rng):
        watch.see(LiveFrame(at_ms, frame))
        if due and at_ms >= due[0]:
            due.pop(0)
            if lost(challenge, watch.observations):
                break
    return watch.shown(gate.VERIFY)


def _told(shown: Shown) -> str:
    names = ("compared", "fronts", "turned", "standing")
    return ", ".join(f"{name} {shown.presence.measures.get(name, float('nan')):.2f}" for name in names)


def _pictures(root: Path, half: str) -> dict[str, list[Path]]:
    captures = read_captures(root)
    pictures: dict[str, list[Path]] = {}
    for sample in captures.samples:
        if half_of(sample.subject) == half:
            pictures.setdefault(sample.subject, []).append(captures.root / sample.name)
    return pictures
