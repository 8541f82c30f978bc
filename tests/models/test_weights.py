"""A model file is the one that was measured, or it is refused."""

from __future__ import annotations

import hashlib
import importlib
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from moiety.errors import ModelError
from moiety.models import entries, entry, weights
from moiety.models.manifest import ModelEntry

MODULE = importlib.import_module("moiety.models.weights")  # its name in the package is the function's


def operators(file: Path, **changes: object) -> ModelEntry:
    about = replace(
        entry("sface-2021dec-int8bq"), id="x", package="", directory=str(file.parent), file=file.name
    )
    return replace(about, **changes)  # type: ignore[arg-type]


def checked(one: ModelEntry, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(MODULE, "entry", lambda _: one)
    return weights(one.id)


@pytest.mark.parametrize("model", [one.id for one in entries()])
def test_the_shipped_files_are_the_measured_ones(model: str) -> None:
    assert hashlib.sha256(weights(model)).hexdigest() == entry(model).sha256


def test_a_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights("yunet-2023mar-int8bq")
    monkeypatch.setattr("pathlib.Path.read_bytes", None)
    assert weights("yunet-2023mar-int8bq") is first


@pytest.mark.parametrize("at", [0, 100, -1])
def test_one_altered_byte_is_refused(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(weights("yunet-2023mar-int8bq"))
    data[at] ^= 1
    (tmp_path / "model.onnx").write_bytes(data)
    about = operators(tmp_path / "model.onnx", sha256=entry("yunet-2023mar-int8bq").sha256)
    with pytest.raises(ModelError, match="not the one that was measured") as refused:
        checked(about, monkeypatch)
    assert refused.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="missing"):
        checked(operators(tmp_path / "none.onnx"), monkeypatch)


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    about = replace(entry("sface-2021dec-int8bq"), id="y", package="no_such_package_at_all")
    with pytest.raises(ModelError, match="not installed"):
        checked(about, monkeypatch)


def test_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", never)
    with pytest.raises(ModelError):
        checked(operators(tmp_path / "gone.onnx"), monkeypatch)
