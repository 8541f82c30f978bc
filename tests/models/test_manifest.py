"""The manifest says where every model comes from; nothing unlicensed, altered or renamed gets in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from moiety.errors import DocumentUnreadable, ModelError
from moiety.models import entries, entry, register
from moiety.models.manifest import FREE_LICENCES, OPERATOR_LICENCE, ROLES

Row = dict[str, Any]


def row(**changes: Any) -> Row:
    return {
        "id": "ours-1",
        "role": "face-embedder",
        "package": "",
        "file": "ours.onnx",
        "sha256": "0" * 64,
        "licence": OPERATOR_LICENCE,
        "licence_note": "agreement 7",
        "source": "trained here",
        "training_data": "captures with consent",
        "dimensions": 48,
    } | changes


def written(folder: Path, *rows: Row) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps({"models": rows}))
    return path


def test_every_shipped_model_says_where_it_comes_from() -> None:
    assert {one.role for one in entries()} >= {"face-detector", "face-embedder"}
    for one in entries():
        assert one.role in ROLES
        assert one.licence in FREE_LICENCES
        assert re.fullmatch("[0-9a-f]{64}", one.sha256)
        assert one.source
        assert one.licence_note
        assert len(one.training_data) > 20


def test_the_unknown_of_sfaces_training_data_is_said() -> None:
    assert "unknown" in entry("sface-2021dec-int8bq").training_data


def test_a_model_that_nobody_knows() -> None:
    with pytest.raises(ModelError, match="no model 'arcface'"):
        entry("arcface")


def test_an_operators_model_is_known_after_registration(tmp_path: Path) -> None:
    (added,) = register(written(tmp_path, row()))
    assert entry("ours-1") is added
    assert added in entries()
    assert added.directory == str(tmp_path)
    assert register(written(tmp_path, row())) == (added,)


@pytest.mark.parametrize(
    "licence", ["CC-BY-NC-4.0", "LicenseRef-research-only", "", "mit", "unknown", "GPL-3.0"]
)
def test_licences_that_forbid_a_use_are_refused(licence: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not allow every use"):
        register(written(tmp_path, row(licence=licence)))
    with pytest.raises(ModelError):
        entry("ours-1")


@pytest.mark.parametrize("name", ["sface-2021dec-int8bq", "yunet-2023mar-int8bq"])
def test_a_shipped_name_cannot_be_given_to_another_file(name: str, tmp_path: Path) -> None:
    before = entry(name)
    with pytest.raises(ModelError, match="is taken"):
        register(written(tmp_path, row(id="ours-2"), row(id=name)))
    assert entry(name) is before
    with pytest.raises(ModelError):
        entry("ours-2")  # all of a manifest, or nothing


def test_a_registered_name_keeps_its_file(tmp_path: Path) -> None:
    register(written(tmp_path, row()))
    with pytest.raises(ModelError, match="is taken"):
        register(written(tmp_path, row(sha256="1" * 64)))


@pytest.mark.parametrize("file", ["../ours.onnx", "/etc/passwd", "a/b.onnx"])
def test_an_operators_file_lies_beside_its_manifest(file: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not valid"):
        register(written(tmp_path, row(file=file)))


def test_a_role_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not valid"):
        register(written(tmp_path, row(role="demographics")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"models": 5}',
        '{"models": [5]}',
        '{"models": [{}]}',
        json.dumps({"models": [row(dimensions="48")]}),
        json.dumps({"models": [row(dimensions=True)]}),
        json.dumps({"models": [row(sha256=None)]}),
        json.dumps({"models": [row(more="x")]}),
        json.dumps({"models": [row(directory="/elsewhere")]}),
        "[" * 100_000,
    ],
)
def test_what_is_no_manifest(text: str, tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text(text)
    with pytest.raises(DocumentUnreadable):
        register(path)


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable):
        register(tmp_path / "none.json")
