"""After the life of a code: not one byte of a picture or a template in database, logs, traces, folders."""

from __future__ import annotations

import io
import logging
import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from tests.conftest import Picture, Stage
from tests.databases import Server
from tests.service.conftest import SITE, Clock, Service
from tests.service.test_life import begin, complete, enrol, verify

from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.face import gate, pipeline
from moiety.image import load
from moiety.service.observe import JsonLines, traces_to
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.store.tables import metadata

LEAST = 16
"""A run of this many bytes of a picture or a template is no coincidence."""


def runs(data: bytes, every: int) -> Iterator[bytes]:
    """Pieces of `LEAST` bytes, one every so many."""
    for at in range(0, len(data) - LEAST, every):
        yield data[at : at + LEAST]


def disguises(data: bytes, every: int) -> Iterator[bytes]:
    """The pieces as they are, in hexadecimal and in base64 (of each alignment)."""
    for piece in runs(data, every):
        if len(set(piece)) < 6:
            continue  # padding, which is in every file
        yield piece
        yield piece.hex().encode()
        for shift in range(3):
            yield b64encode(piece[shift:])[4:-4]


@pytest.fixture
def watched(
    stage: Stage, clock: Clock, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Service, io.StringIO, Path]]:
    """A service whose log, traces and temporary folder are looked at afterwards."""
    from moiety.service.app import create_app

    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    for name in ("moiety", "uvicorn.error"):  # a test before this may have had the service log by itself
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    tracers = traces_to(tmp_path / "traces.jsonl")
    settings = Settings(
        home=stage.home,
        origin=SITE,
        database=database_url,
        unsafe_no_liveness=True,
        enrol_from_files=True,
    )
    app = create_app(settings, clock=clock, tracers=tracers)
    yield Service(app, stage, clock), written, place
    app.state.moiety.store.close()
    app.state.moiety.work.close()
    tracers.shutdown()
    root.setLevel(before)
    root.removeHandler(handler)


def test_no_byte_of_a_person_stays(
    watched: tuple[Service, io.StringIO, Path],
    picture: Picture,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    service, written, place = watched
    enroller, verifier = service.operator(Role.ENROLLER), service.operator(Role.VERIFIER)
    large = large_picture(picture("lisa/2"))
    assert len(large) > 1_500_000, "over the megabyte at which Starlette would spool to a file"
    code = enrol(service, enroller, picture("lisa/1"), large).json()["code"]
    assert verify(verifier, code, picture("lisa/3")).json()["outcome"] == "accept"
    assert verify(verifier, code, picture("london/101/neutral")).json()["outcome"] == "reject"
    assert verify(verifier, code, b"\xff\xd8\xff no picture").json()["error"]["code"] == "image-unreadable"
    renewed = complete(
        enroller, begin(enroller, code, "renewals").json(), code, picture("lisa/4"), "renewals"
    )
    secrets = [picture("lisa/1"), large, picture("lisa/3"), picture("lisa/4"), picture("london/101/neutral")]
    texts = [code.encode(), renewed.json()["issued"]["code"].encode()]
    with service.state.store.begin() as connection:
        rows = [
            repr(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
        if service.state.store.is_sqlite:
            connection.exec_driver_sql("SELECT 1")
    haystack = {"log": written.getvalue().encode(), "traces": (tmp_path / "traces.jsonl").read_bytes()}
    assert b'"POST /v1/verifications/{ceremony}/complete"' in haystack["traces"]
    assert b"request" in haystack["log"]
    haystack["rows"] = "\n".join(rows).encode()
    left = [one for one in place.rglob("*") if one.is_file()]
    assert left == [], "temporary files"
    if service.state.store.is_sqlite:
        for one in tmp_path.glob("service.sqlite3*"):
            haystack[one.name] = one.read_bytes()
    else:
        server: Server = request.getfixturevalue("postgresql")
        for one in (server.folder / "data").rglob("*"):
            if one.is_file() and one.stat().st_size < 1 << 25:
                haystack[str(one.relative_to(server.folder))] = one.read_bytes()
    for home in service.stage.home.rglob("*"):
        if home.is_file() and home.stat().st_size < 1 << 22:
            haystack[f"home/{home.name}"] = home.read_bytes()
    everything = re.sub(rb"\x00{32,}", b"\x00", b"\x00".join(haystack.values()))
    for data in secrets:
        assert not [one for one in disguises(data, len(data) // 30) if one in everything]
    for data in (*templates(service, code, picture), *texts):
        assert not [one for one in disguises(data, 8) if one in everything]


def templates(service: Service, code: str, picture: Picture) -> list[bytes]:
    """What the engine made of the person: the template in the code, and a vector from one picture."""
    trust = service.stage.trust
    read = Credential.from_text(service.code)
    inside = open_contents(check(read, trust), trust, None).templates[0].data
    sample = pipeline.probe(load(picture("lisa/3")), gate.VERIFY)
    made = pipeline.template([sample])
    fresh = made.to_bytes()
    assert isinstance(inside, bytes)
    return [inside, fresh]


def large_picture(data: bytes) -> bytes:
    """The same person in a picture of over a megabyte."""
    from PIL import Image as pillow

    small = pillow.fromarray(load(data).rgb)
    big = small.resize((small.width * 3, small.height * 3), pillow.Resampling.BICUBIC)
    noise = np.random.default_rng(7).integers(-4, 5, (big.height, big.width, 3))
    pixels = np.clip(np.asarray(big).astype(np.int16) + noise, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_the_search_finds_what_it_must(picture: Picture) -> None:
    data = picture("lisa/1")
    for hidden in (data[3000:9000], data[3000:9000].hex().encode(), b64encode(data[3001:9000])):
        assert [one for one in disguises(data, 997) if one in b"before" + hidden + b"after"]


def test_core_dumps_are_off() -> None:
    import resource

    from moiety.cli.serve import _no_core_dumps

    before = resource.getrlimit(resource.RLIMIT_CORE)
    pid = os.fork()
    if pid == 0:
        _no_core_dumps()
        os._exit(0 if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert resource.getrlimit(resource.RLIMIT_CORE) == before
