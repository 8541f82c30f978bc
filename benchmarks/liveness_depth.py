"""How far noses stand out: live people against bent prints and cut-outs, on the development half.

    python -m benchmarks.liveness_depth ../shared/data/faces/london [--motion low] [--people 24] [--repeats 2]

Prints what `liveness.depth` compares with its threshold: lowest live people, highest prints first.
`--attack-yaw` has prints turned otherwise than `moiety evaluate pad` has them, in degrees.
It takes about 1.3 s a presentation on one quiet core; `moiety evaluate pad --rendered` measures the other
half.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from moiety.evaluate.captures import read_captures
from moiety.evaluate.rendered import half_of
from moiety.liveness import Challenge, Motion, parameters
from moiety.presence import LiveFrame, Watch
from moiety.rendering import parameters as rendering
from moiety.rendering.attacks import Present, bona_fide, print_bent, print_cut_out
from moiety.rendering.head import Head

KINDS: Final[tuple[Present, ...]] = (bona_fide, print_bent, print_cut_out)


def main() -> None:
    """Render, judge without the threshold, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path)
    parser.add_argument("--motion", choices=("turn", "low"), default="turn")
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--attack-yaw", type=float, nargs=2, metavar=("LEAST", "MOST"))
    given = parser.parse_args()
    motion: Motion = given.motion
    least = parameters.TURNING[motion].standing
    if given.attack_yaw is not None:
        rendering.ATTACK_YAW = tuple(given.attack_yaw)  # type: ignore[misc]
    found: dict[str, list[tuple[float, str]]] = {kind.__name__: [] for kind in KINDS}
    made = dict.fromkeys(found, 0)
    for subject, head in _heads(given.root, given.people):
        for kind in KINDS:
            for repeat in range(given.repeats):
                rng = np.random.default_rng([given.seed, int(subject), KINDS.index(kind), repeat])
                made[kind.__name__] += 1
                standing = _standing(kind, head, motion, rng)
                if standing is not None:
                    found[kind.__name__].append((standing, subject))
    print(f"{motion}: what counts as a head is {least} and more")
    for name, depths in found.items():
        depths.sort(reverse=name != "bona_fide")
        past = sum(one >= least for one, _ in depths)
        first = ", ".join(f"{one:.3f} ({subject})" for one, subject in depths[:6])
        print(f"{name}: {made[name]} made, {len(depths)} made the moves, {past} stand out; first {first}")


def _heads(root: Path, people: int) -> Iterator[tuple[str, Head]]:
    captures = read_captures(root)
    pictures: dict[str, Path] = {}
    for sample in captures.samples:
        if half_of(sample.subject) == "development":
            pictures.setdefault(sample.subject, captures.root / sample.name)
    for subject in sorted(pictures)[:people]:
        yield subject, Head.of(pictures[subject], seed=int(subject))


def _standing(kind: Present, head: Head, motion: Motion, rng: np.random.Generator) -> float | None:
    """The depth of one presentation; None where its moves were not those asked for."""
    challenge = Challenge.from_nonce(rng.bytes(32), motion=motion)
    watch = Watch(challenge)
    for at_ms, frame in kind(head, challenge, rng):
        watch.see(LiveFrame(at_ms, frame))
    return watch.presence().measures.get("standing")


if __name__ == "__main__":
    main()
