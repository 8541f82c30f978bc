"""How long it takes to read a clean code (PNG, 4 pixels a module), beside another source tree, in one run.

    python -m benchmarks.code_reading --beside ../base/src [--rounds 40]

Each round times both trees in turn, each in a process of its own that lives through all rounds. Printed is
the median of the paired ratios: what a busy machine does to one of a pair it does to the other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import IO, Final

_HERE: Final = Path(__file__).parents[1] / "src"
_CHILD: Final = """
import sys, time
from pathlib import Path
from moiety.credential import read
data = Path(sys.argv[1]).read_bytes()
wanted = read.text_of(data)
print("ready", flush=True)
for _ in sys.stdin:
    started = time.process_time()
    for _ in range(5):
        assert read.text_of(data) == wanted
    print((time.process_time() - started) / 5, flush=True)
"""


def _reader(source: Path, picture: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(picture)],
        env={**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(stream: IO[str] | None) -> str:
    if stream is None:
        raise RuntimeError("the reader has no output")
    return stream.readline()


def _timed(reader: subprocess.Popen[str]) -> float:
    if reader.stdin is None:
        raise RuntimeError("the reader has no input")
    reader.stdin.write("\n")
    reader.stdin.flush()
    return float(_line(reader.stdout))


def _clean_code(folder: Path) -> Path:
    """A symbol of the length of a card code. Only the reading of its picture is timed."""
    import random

    from moiety.credential import base45, inflate, qr

    body = random.Random(169).randbytes(860)
    text = base45.encode(inflate.deflate(b"\xd2\x84\x43\xa1\x01\x27" + body))
    path = folder / "code.png"
    path.write_bytes(qr.png(text, pixels_per_module=4))
    return path


def main() -> None:
    """Time both, and print medians and the ratio."""
    parser = argparse.ArgumentParser(description="Time the reading of a clean code beside another tree.")
    parser.add_argument("--beside", type=Path, required=True, help="the other tree's src folder")
    parser.add_argument("--rounds", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        picture = _clean_code(Path(folder))
        readers = [_reader(source.resolve(), picture) for source in (_HERE, args.beside)]
        for reader in readers:
            if _line(reader.stdout).strip() != "ready":
                raise RuntimeError("a tree does not read the code")
        pairs = []
        for number in range(args.rounds):
            order = (0, 1) if number % 2 else (1, 0)  # neither always goes first
            taken = {which: _timed(readers[which]) for which in order}
            pairs.append((taken[0], taken[1]))
        for reader in readers:
            reader.kill()
    print(json.dumps({
        "rounds": args.rounds,
        "here_ms": round(1000 * median(one for one, _ in pairs), 3),
        "beside_ms": round(1000 * median(one for _, one in pairs), 3),
        "ratio": round(median(one / other for one, other in pairs), 4),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
