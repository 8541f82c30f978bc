"""onnxruntime is silent: it writes nothing beside us, and nobody imports it past what silences it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USE = """
import numpy as np
from moiety.finger.minutiae import find
from moiety.models import runtime
assert runtime.onnxruntime.__version__
print(len(find(np.tile(np.arange(128, dtype=np.uint8), (160, 1)))))
"""


def test_a_network_run_leaves_no_file_and_no_device_identifier(tmp_path: Path) -> None:
    """In a process of its own, without what continuous integration sets, which silences it as well."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY"}
    }
    environment |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", USE], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_nobody_imports_it_past_the_module_that_silences_it() -> None:
    pattern = re.compile(r"^\s*(?:import onnxruntime|from onnxruntime)", re.MULTILINE)
    for folder in ("src", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name != "runtime.py":
                assert not pattern.search(path.read_text("utf-8")), path.name
