"""An operator's own embedder, registered by manifest and used from picture to score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety.decision.calibration import SCHEMA
from moiety.errors import ModelError, TemplateMismatch
from moiety.face import compare, gate, pipeline
from moiety.face.detect import detect
from moiety.face.embed import embed
from moiety.face.passive import bona_fide
from moiety.image import Image
from moiety.liveness import Challenge
from moiety.models import register
from moiety.models.manifest import OPERATOR_LICENCE
from moiety.presence import LiveFrame, Watch

Face = Callable[[str], Image]


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(number: int, value: int | bytes | str) -> bytes:
    """One protocol buffer field: a varint, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _ints(name: str, *values: int) -> bytes:
    packed = b"".join(_field(8, value) for value in values)
    return _field(5, _field(1, name) + packed + _field(20, 7))


def _node(kind: str, source: str, result: str, *attributes: bytes) -> bytes:
    return _field(1, _field(1, source) + _field(2, result) + _field(4, kind) + b"".join(attributes))


def _tensor(number: int, name: str, *shape: int) -> bytes:
    dims = b"".join(_field(1, _field(1, side)) for side in shape)
    kind = _field(1, _field(1, 1) + _field(2, dims))
    return _field(number, _field(1, name) + _field(2, kind))


def tiny_onnx(side: int = 28) -> bytes:
    """An ONNX file (onnx.proto3, IR version 8) that averages squares: 3 * (112 / side)^2 numbers."""
    cells = 112 // side
    graph = (
        _node("AveragePool", "face", "cells", _ints("kernel_shape", side, side), _ints("strides", side, side))
        + _node("Flatten", "cells", "vector")
        + _field(2, "tiny")
        + _tensor(11, "face", 1, 3, 112, 112)
        + _tensor(12, "vector", 1, 3 * cells * cells)
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., str]:
    """Register the tiny network under a name of its own; return the name."""

    def add(name: str, *, role: str = "face-embedder", dimensions: int = 48) -> str:
        data = tiny_onnx()
        (tmp_path / f"{name}.onnx").write_bytes(data)
        row = {
            "id": name,
            "role": role,
            "package": "",
            "file": f"{name}.onnx",
            "sha256": hashlib.sha256(data).hexdigest(),
            "licence": OPERATOR_LICENCE,
            "licence_note": "made by this test",
            "source": "made by this test",
            "training_data": "none: it averages squares of the face",
            "dimensions": dimensions,
        }
        (tmp_path / f"{name}.json").write_text(json.dumps({"models": [row]}))
        register(tmp_path / f"{name}.json")
        return name

    return add


def test_from_picture_to_score(tiny: Callable[..., str], face: Face) -> None:
    model = tiny("tiny-a")
    pictures = [face("lisa/1"), face("lisa/2"), face("lisa/3")]
    first, second = (pipeline.reference(one, gate.ENROL, model=model) for one in pictures[:2])
    reference = pipeline.template([first, second], model=model)
    probe = pipeline.template([pipeline.probe(pictures[2], gate.VERIFY, model=model)], model=model)
    assert (reference.model, reference.samples) == (model, 2)
    assert len(reference.to_bytes()) == 48
    assert 0 < compare.score(reference, probe) <= 1


def test_it_is_fed_as_documented(tiny: Callable[..., str]) -> None:
    """Red first, (pixel - 127.5) / 127.5, channels before rows: a red face fills the first third alone."""
    red = np.zeros((112, 112, 3), np.uint8)
    red[:, :, 0] = 255
    found = embed(red, tiny("tiny-b")).vector
    assert np.allclose(found, np.repeat([1, -1, -1], 16) / np.sqrt(48), atol=1e-6)


def test_its_templates_never_compare_with_the_shipped_models(tiny: Callable[..., str], face: Face) -> None:
    model = tiny("tiny-c")
    picture = face("lisa/1")
    theirs = pipeline.template([pipeline.probe(picture, gate.VERIFY, model=model)], model=model)
    ours = pipeline.template([pipeline.probe(picture, gate.VERIFY)])
    with pytest.raises(TemplateMismatch, match="tiny-c"):
        compare.score(theirs, ours)


def test_a_network_that_gives_another_length_is_refused(tiny: Callable[..., str], face: Face) -> None:
    model = tiny("tiny-d", dimensions=128)
    with pytest.raises(ModelError, match="48 numbers, not 128"):
        pipeline.probe(face("lisa/1"), gate.VERIFY, model=model)


def test_a_network_for_something_else_is_refused(tiny: Callable[..., str], face: Face) -> None:
    model = tiny("tiny-e", role="presentation-attack")
    with pytest.raises(ModelError, match="no face embedder"):
        pipeline.probe(face("lisa/1"), gate.VERIFY, model=model)


def test_through_both_commands(
    tiny: Callable[..., str], tmp_path: Path, stage: Any, moiety: Callable[..., Any]
) -> None:
    """The model and its calibration lie in the home; a verifier that uses another model refuses the code."""
    model = tiny("tiny-f")
    for folder in ("models", "calibration"):
        (stage.home / folder).mkdir()
    (stage.home / "models" / f"{model}.onnx").write_bytes((tmp_path / f"{model}.onnx").read_bytes())
    (stage.home / "models" / "manifest.json").write_bytes((tmp_path / f"{model}.json").read_bytes())
    table = {
        "schema": SCHEMA,
        "name": "tiny-f-1",
        "modality": "face",
        "model": model,
        "samples": 1,
        "fitted_on": "nothing: this test",
        "measured_to": 1e-6,
        "counts": {},
        "points": [[-1, 0, -9], [0, -0.1, 0], [0.3, -6, 9]],
    }
    (stage.home / "calibration" / "tiny.json").write_text(json.dumps(table))
    code = stage.folder / "tiny.png"
    enrol = ["--consent", stage.folder / "consent.json", "--out", code, "--model", model]
    faces = ["--face", stage.face("lisa/1"), "--face", stage.face("lisa/2")]
    ran = moiety("enrol", "--home", stage.home, *faces, *enrol)
    assert ran.code == 0, ran.err
    verify = [
        "verify",
        code,
        "--home",
        stage.home,
        "--face",
        stage.face("lisa/3"),
        "--liveness",
        "none",
        "--json",
    ]
    ran = moiety(*verify, "--model", model)
    assert ran.code == 0, ran.out
    assert json.loads(ran.out)["face"]["calibration"] == "tiny-f-1"
    assert moiety(*verify).code == 3
    assert moiety("verify", stage.code, *verify[2:], "--model", model).code == 3
    assert model in moiety("models", "list", "--home", stage.home).out
    (stage.home / "models" / f"{model}.onnx").write_bytes(b"another network")
    assert moiety(*verify, "--model", "unknown").code == 78


def test_a_homes_unlicensed_model_is_78(stage: Any, moiety: Callable[..., Any]) -> None:
    (stage.home / "models").mkdir()
    row = {
        "id": "arcface",
        "role": "face-embedder",
        "package": "",
        "file": "arcface.onnx",
        "sha256": "0" * 64,
        "licence": "CC-BY-NC-4.0",
        "licence_note": "",
        "source": "a model zoo",
        "training_data": "scraped",
        "dimensions": 512,
    }
    (stage.home / "models" / "manifest.json").write_text(json.dumps({"models": [row]}))
    ran = moiety("verify", stage.code, "--home", stage.home, "--face", stage.face("lisa/3"))
    assert ran.code == 78
    assert "CC-BY-NC-4.0" in ran.err


def test_an_operators_attack_detector_has_its_say(tiny: Callable[..., str], face: Face) -> None:
    picture = face("lisa/1")
    (found,) = detect(picture)
    model = tiny("tiny-p", role="presentation-attack")
    assert 0 <= bona_fide(picture, found, model) <= 1
    watch = Watch(Challenge.from_nonce(bytes(32)), passive=model)
    watch.see(LiveFrame(10.0, picture))
    assert watch.cues().passive == pytest.approx(bona_fide(picture, found, model))
    assert Watch(Challenge.from_nonce(bytes(32))).cues().passive is None
    with pytest.raises(ModelError, match="no presentation attack"):
        bona_fide(picture, found, tiny("tiny-q"))
