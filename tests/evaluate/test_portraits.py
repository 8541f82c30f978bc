"""What an issuer does to a photograph: within its size, one face, readable; and fitted by its recipe."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety.decision.calibration import Tables
from moiety.errors import InputError, UsageError
from moiety.evaluate.calibrating import Plan, Source, calibrate, read_recipe
from moiety.evaluate.engines import Job, portrait_engine
from moiety.evaluate.portraits import FORMATS, PortraitKind, document_portrait, portraits_of
from moiety.face.embed import MODEL
from moiety.image import DOCUMENT_PORTRAITS, Image, kind_of, load

Face = Callable[[str], Image]
Picture = Callable[[str], bytes]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("size", "width"), [(1000, 48), (2000, 96)])
def test_a_portrait_keeps_to_its_size(format: Any, size: int, width: int, face: Face) -> None:
    data = document_portrait(face("london/101/neutral"), PortraitKind(format, size, width))
    assert 0 < len(data) <= size and kind_of(data) == format
    picture = load(data, formats=DOCUMENT_PORTRAITS)
    assert (picture.width, picture.height) == (width, round(width * 1.25))


def test_what_cannot_be_made_is_said(face: Face) -> None:
    with pytest.raises(InputError, match="no face"):
        document_portrait(load(np.full((200, 200, 3), 90, np.uint8)), PortraitKind("JPEG", 2000, 96))
    with pytest.raises(InputError, match="can be made"):
        document_portrait(face("lisa/1"), PortraitKind("JPEG", 400, 240))
    for kind in (("GIF", 1000, 48), ("JPEG", 50, 48), ("JPEG", 1000, 8), ("JPEG", 1000, 4000)):
        with pytest.raises(UsageError):
            PortraitKind(*kind)  # type: ignore[arg-type]


def test_the_reference_is_the_portrait_and_the_probe_the_picture(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    path.write_bytes(picture("london/101/neutral"))
    engine = portraits_of(portrait_engine(), PortraitKind("WEBP", 1000, 64))
    job = Job(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
    found = engine.extract(job)
    reference, probe = (np.frombuffer(one, np.float32) for one in (found.reference, found.probe))
    assert 0.5 < float(reference @ probe) < 0.999
    assert engine.name == "portrait" and engine.identity != portrait_engine().identity
    path.write_bytes(b"changed")
    assert engine.extract(job).failure == "unreadable"


def test_the_shipped_table_is_the_one_of_its_recipe() -> None:
    recipe = read_recipe(ROOT / "benchmarks" / "shipped_portrait_tables.json", Path("/data"))
    assert {one.portrait.format for one in recipe.sources if one.portrait is not None} == {
        "JPEG",
        "WEBP",
        "AVIF",
    }
    table = json.loads(
        files("moiety.decision").joinpath("tables", "moiety-portrait-1-1-picture.json").read_bytes()
    )
    alike = [f"{one.name}, same gender and ethnicity" for one in recipe.sources]
    assert {one["name"] for one in table["sets"]} == {one.name for one in recipe.sources} | set(alike)
    assert (table["modality"], table["samples"], table["counts"]["people"]) == ("portrait", 1, 102)
    shipped = Tables.shipped().find("portrait", MODEL, 1)
    assert shipped.measured_to == pytest.approx(3 / 5151)
    # Portraits never pass on a lower score than single good pictures do.
    assert shipped.score_at(1e-3) > 0.35


def test_names_too_long_for_a_table_are_refused_before_the_work() -> None:
    source = Source("x" * 300, Path("/nowhere"))
    with pytest.raises(UsageError, match="too long"):
        calibrate(Plan("name", (source, source), (1,)), portrait_engine(), Path("/nowhere"), print)
