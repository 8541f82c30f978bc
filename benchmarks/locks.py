"""Which versions that the locks name cannot be had from the package index, for this Python.

    python -m benchmarks.locks [NAME ...]

Asks pip to resolve each lock without installing anything (`pip install --dry-run`). pip stops at the first
version that it cannot have; that one is noted and left out, until the rest resolves.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "requirements"
SOURCES: Final = ("face-recognition-models",)
"""What is published as source alone, and holds no code to compile."""

_MISSING: Final = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)==([^ ;\s]+)")
Pip = Callable[[Path], str]


def unavailable(lock: str, pip: Pip) -> list[str]:
    """The pins in the text of a lock that `pip` cannot have; `pip` gives what it complains of.

    Raises:
        RuntimeError: pip complains of something else.
    """
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "trial.lock"
        while True:
            trial.write_text(lock, "utf-8")
            said = pip(trial)
            if not said:
                return found
            missing = _MISSING.search(said)
            if missing is None:
                raise RuntimeError(said.strip().splitlines()[-1])
            pin = f"{missing[1]}=={missing[2]}"
            rest = re.sub(rf"^{re.escape(pin)}\b.*(\n    --hash=.*)*\n?", "", lock, flags=re.MULTILINE)
            if rest == lock:
                raise RuntimeError(f"pip asks for {pin}, which the lock does not name.")
            found.append(pin)
            lock = rest


def _ask_pip(lock: Path) -> str:
    options = ["--dry-run", "--no-deps", "--ignore-installed", "--require-hashes", "--only-binary", ":all:"]
    sources = [part for name in SOURCES for part in ("--no-binary", name)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = subprocess.run(
        [*command, *options, *sources, "-r", str(lock)], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stderr


def main(argv: Sequence[str] | None = None) -> int:
    """Say for each lock what cannot be had; 1 where anything cannot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="locks, such as bench (default: all)")
    names = parser.parse_args(argv).name or sorted(file.stem for file in FOLDER.glob("*.lock"))
    bad = False
    for name in names:
        missing = unavailable((FOLDER / f"{name}.lock").read_text("utf-8"), _ask_pip)
        bad |= bool(missing)
        print(f"{name}.lock: " + (f"cannot be had: {', '.join(missing)}" if missing else "all can be had"))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
