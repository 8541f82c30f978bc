"""The locks: fuzzing has its own, and what an index does not offer is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks.locks import unavailable
from tests.conftest import ROOT

LOCKS = ROOT / "requirements"


def names(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (LOCKS / f"{lock}.lock").read_text(), re.MULTILINE))


def test_the_benchmarks_need_nothing_of_fuzzing_and_each_lock_holds_the_tests() -> None:
    assert "atheris" not in names("bench")
    assert "atheris" in names("fuzz")
    for lock in ("bench", "fuzz"):
        assert names("dev").items() <= names(lock).items()


def test_each_target_installs_its_own_lock() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "bench: $(VENV)/.bench" in makefile
    assert "fuzz: $(VENV)/.fuzz" in makefile
    assert "$(VENV)/.fuzz: requirements/fuzz.lock $(VENV)/.dev" in makefile


LOCK = """a==1 \\
    --hash=sha256:1
b-c==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:2 \\
    --hash=sha256:3
d==4
"""


def test_every_version_that_cannot_be_had_is_named() -> None:
    def pip(lock: Path) -> str:
        text = lock.read_text()
        for gone in ("b-c==2.0", "d==4"):
            if gone in text:
                return f"ERROR: Could not find it\nERROR: No matching distribution found for {gone}\n"
        assert text == "a==1 \\\n    --hash=sha256:1\n"
        return ""

    assert unavailable(LOCK, pip) == ["b-c==2.0", "d==4"]


def test_another_complaint_of_pip_is_passed_on() -> None:
    with pytest.raises(RuntimeError, match="no network"):
        unavailable(LOCK, lambda _: "ERROR: no network\n")
