"""`moiety models`: what is in use, under which licence, and that it is unaltered."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from moiety.models import entries

Run = Callable[..., Any]
WEIGHTS = importlib.import_module("moiety.models.weights")


@pytest.fixture
def _altered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files on disk are not the measured ones."""
    (tmp_path / "model.onnx").write_bytes(b"another network")
    WEIGHTS._checked.cache_clear()
    monkeypatch.setattr(WEIGHTS, "path_of", lambda _: tmp_path / "model.onnx")
    yield
    WEIGHTS._checked.cache_clear()


def test_list_says_source_licence_and_training_data(moiety: Run) -> None:
    ran = moiety("models", "list")
    assert ran.code == 0
    for one in entries():
        for said in (one.id, one.licence, one.sha256, one.source, one.training_data):
            assert said in ran.out


def test_list_as_json(moiety: Run) -> None:
    rows = json.loads(moiety("models", "list", "--json").out)["models"]
    assert [row["id"] for row in rows] == [one.id for one in entries()]
    assert "directory" not in rows[0]


def test_check_reads_every_file(moiety: Run) -> None:
    ran = moiety("models", "check")
    assert ran.code == 0
    assert ran.out.count("unaltered") == len(entries())


@pytest.mark.usefixtures("_altered")
def test_an_altered_file_is_78_everywhere(moiety: Run) -> None:
    ran = moiety("models", "check")
    assert ran.code == 78
    assert "SHA-256" in ran.err
    ran = moiety("doctor")
    assert ran.code == 78
    assert "FAIL models" in ran.out
