"""An operator's own embedder, from calibration to a decision that names its table."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.models.test_operators_model import tiny_onnx

from moiety.errors import ModelError
from moiety.evaluate import engines
from moiety.evaluate.engines import face_engine
from moiety.models import manifest
from moiety.models.manifest import OPERATOR_LICENCE

MODEL = "site-embedder"
PEOPLE = 30


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(manifest, "_operators", {})
    engines._register.cache_clear()
    yield


def register_in(home: Path) -> Path:
    """A home that registers a tiny network, which averages squares of the face."""
    data, folder = tiny_onnx(), home / "models"
    folder.mkdir(parents=True)
    (folder / "tiny.onnx").write_bytes(data)
    row = {
        "id": MODEL, "role": "face-embedder", "package": "", "file": "tiny.onnx",
        "sha256": hashlib.sha256(data).hexdigest(), "licence": OPERATOR_LICENCE,
        "licence_note": "made by this test", "source": "made by this test",
        "training_data": "none: it averages squares of the face", "dimensions": 48,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"models": [row]}))
    return home


@pytest.fixture
def captures(data_folder: Path, tmp_path: Path) -> Path:
    people = sorted(each for each in (data_folder / "faces" / "london").iterdir() if each.is_dir())
    for person in people[:PEOPLE]:
        shutil.copytree(person, tmp_path / "captures" / person.name)
    return tmp_path / "captures"


@pytest.mark.data
def test_a_site_calibrates_its_own_model_and_verifies_by_it(
    captures: Path, stage: Any, moiety: Callable[..., Any], tmp_path: Path
) -> None:
    register_in(stage.home)
    out = stage.home / "calibration"
    with_model = ("--home", stage.home, "--model", MODEL)
    ran = moiety(
        "calibrate", "face", captures, "--name", "own", "--samples", "1,2", "--out", out, *with_model
    )
    assert ran.code == 0, ran.err
    table = json.loads((out / "own-1-picture.json").read_text())
    assert table["model"] == MODEL
    assert table["models"][MODEL] == hashlib.sha256(tiny_onnx()).hexdigest()
    assert table["counts"]["people_pairs"] == PEOPLE * (PEOPLE - 1) // 2

    code = tmp_path / "code.png"
    # One picture, since two must match each other, and the tiny network tells nobody apart.
    consent = stage.folder / "consent.json"
    enrolled = moiety("enrol", "--home", stage.home, "--consent", consent, "--model", MODEL,
                      "--single", "--out", code, "--face", stage.face("lisa/1"))  # fmt: skip
    assert enrolled.code == 0, enrolled.err
    decided = moiety("verify", code, *with_model, "--face", stage.face("lisa/3"),
                     "--liveness", "none", "--json")  # fmt: skip
    assert json.loads(decided.out)["face"]["calibration"] == "own-1-picture"


@pytest.mark.data
def test_workers_know_the_operators_model(captures: Path, moiety: Callable[..., Any], tmp_path: Path) -> None:
    home = register_in(tmp_path / "home")
    found = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        ran = moiety("evaluate", "face", captures, "--home", home, "--model", MODEL, "--workers", workers,
                     "--out", out, "--json")  # fmt: skip
        assert ran.code == 0, ran.err
        found.append(json.loads(ran.out))
    assert found[0]["versions"]["models"][MODEL] == hashlib.sha256(tiny_onnx()).hexdigest()
    for name in ("eer", "fnmr_at_fmr", "thresholds", "det"):
        assert found[0][name] == found[1][name]


def test_models_that_are_none_are_refused(tmp_path: Path, moiety: Callable[..., Any]) -> None:
    with pytest.raises(ModelError):
        face_engine("nobodys")
    with pytest.raises(ModelError, match="no face embedder"):
        face_engine("yunet-2023mar-int8bq")
    commands: list[tuple[str, ...]] = [
        ("evaluate", "finger"), ("evaluate", "pad"), ("calibrate", "finger", "--name", "x")
    ]  # fmt: skip
    for command in commands:
        ran = moiety(*command, tmp_path, "--model", MODEL, "--home", tmp_path, "--out", tmp_path / "out")
        assert ran.code == 64, ran.err
