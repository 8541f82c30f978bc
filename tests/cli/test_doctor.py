"""`moiety doctor`: all checks are run, and the first failure gives the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stage = Any  # the fixtures of tests/conftest.py
Run = Callable[..., Any]


def test_a_sound_installation(moiety: Run) -> None:
    ran = moiety("doctor")
    assert ran.code == 0
    assert "FAIL" not in ran.out
    for name in ("version", "models", "calibration"):
        assert f"ok   {name}:" in ran.out


def test_a_sound_home(stage: Stage, moiety: Run) -> None:
    shape = json.loads(moiety("doctor", "--home", stage.home, "--json").out)
    assert shape["ok"] is True
    assert [one["check"] for one in shape["checks"]][3:] == [
        "home", "trust", "policy", "consent", "site calibration", "keys", "database",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["consent.json", "policy.json", "calibration/site.json", "models/manifest.json"]
)
@pytest.mark.parametrize("text", ["{bad", "[]", '{"schema": "other"}'])
def test_a_damaged_file_of_settings_is_named(stage: Stage, moiety: Run, name: str, text: str) -> None:
    (stage.home / name).parent.mkdir(exist_ok=True)
    (stage.home / name).write_text(text)
    ran = moiety("doctor", "--home", stage.home)
    assert ran.code == 4
    assert Path(name).name in "".join(line for line in ran.out.splitlines() if line.startswith("FAIL"))


def test_a_database_or_a_key_that_others_can_read_is_a_fault(stage: Stage, moiety: Run) -> None:
    (stage.home / "service.sqlite3").touch(0o644)
    (stage.home / "service.sqlite3").chmod(0o644)
    ran = moiety("doctor", "--home", stage.home)
    assert ran.code == 78
    assert (
        "FAIL database: service.sqlite3 has mode 0644: others could reach consents and operators." in ran.out
    )
    assert "could reach a private key" not in ran.out


def test_one_fault_does_not_hide_the_others(stage: Stage, moiety: Run) -> None:
    (stage.home / "policy.json").write_text("{")
    stage.home.chmod(0o777)
    ran = moiety("doctor", "--home", stage.home)
    assert ran.code == 78
    assert "FAIL home" in ran.out
    assert "FAIL policy" in ran.out
    assert "ok   models" in ran.out
    assert "chmod" in ran.out


def test_a_fault_as_json(stage: Stage, moiety: Run) -> None:
    (stage.home / "trust.cbor").unlink()
    ran = moiety("doctor", "--home", stage.home, "--json")
    assert ran.code == 78
    rows = {one["check"]: one["ok"] for one in json.loads(ran.out)["checks"]}
    assert rows["home"] is True
    assert rows["trust"] is False
