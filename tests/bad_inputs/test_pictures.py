"""Every named bad picture is refused as its index says, in Python and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moiety import errors
from moiety.image import load

FOLDER = Path(__file__).parent / "pictures"
INDEX: dict[str, dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))

Stage = Any  # the fixtures of tests/conftest.py
Run = Callable[..., Any]


def test_the_folder_and_its_index_agree() -> None:
    assert {one.name for one in FOLDER.iterdir()} == {*INDEX, "index.json"}
    assert sum(one.stat().st_size for one in FOLDER.iterdir()) < 150_000


@pytest.mark.parametrize("name", sorted(INDEX))
def test_it_is_refused_for_its_reason(name: str) -> None:
    for source in (FOLDER / name, (FOLDER / name).read_bytes()):
        with pytest.raises(errors.InputError) as refused:
            load(source)
        assert type(refused.value).__name__ == INDEX[name]["error"]
        assert refused.value.remedy
        assert len(refused.value.diagnostics()) < 300


@pytest.mark.parametrize("name", sorted(INDEX))
def test_both_commands_exit_with_4_and_write_nothing(
    name: str, stage: Stage, moiety: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    picture = str(FOLDER / name)
    home, consent = ["--home", stage.home], ["--consent", stage.folder / "consent.json"]
    for ran in (
        moiety("enrol", *home, *consent, "--single", "--face", picture, "--out", out / "code.png"),
        moiety("verify", stage.code, *home, "--face", picture, "--liveness", "none"),
    ):
        assert ran.code == INDEX[name]["exit"] == 4
        assert ran.out == ""
        assert ran.err
        assert ran.err.isprintable() or "\n" in ran.err
    assert list(out.iterdir()) == []
