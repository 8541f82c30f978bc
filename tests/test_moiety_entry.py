"""The command's first step: a damaged installation must never look like a decision."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def _run(broken: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(broken), str(Path(__file__).parents[1] / "src")])
    return subprocess.run(
        [sys.executable, "-c", "from moiety_entry import entry; entry()", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_library_that_cannot_be_imported_ends_with_internal_error(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')\n")
    done = _run(tmp_path, "verify", "code.png")
    assert done.returncode == 70
    assert "damaged" in done.stderr and "make install" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_a_whole_installation_answers(tmp_path: Path) -> None:
    done = _run(tmp_path, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("moiety ")
