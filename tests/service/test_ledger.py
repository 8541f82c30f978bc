"""A decision carries the proof of its event, and anyone can fetch and check the whole log."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Picture
from tests.service.conftest import Service
from tests.service.test_life import verify

from moiety.ledger.audit import audit
from moiety.ledger.checkpoint import parse_text
from moiety.ledger.folder import FolderLog
from moiety.ledger.note import parse
from moiety.ledger.proof import parse_proof, verify_proof
from moiety.ledger.tiles import bundles_of, tiles_of
from moiety.service.roles import Role
from moiety.store.ledger_reading import commitment_of


def test_a_decision_is_proven_and_the_log_is_open_to_all(
    service: Service, picture: Picture, tmp_path: Path
) -> None:
    service_log = service.state.log
    assert service_log is not None
    client = service.client()
    assert client.get("/ledger/checkpoint").status_code == 404, "nothing has happened yet"
    told = verify(service.operator(Role.VERIFIER), service.code, picture("lisa/3")).json()
    with service.state.store.reading() as connection:
        entry = commitment_of(connection, bytes.fromhex(told["event"]))
    proof = parse_proof(told["proof"].encode())
    assert verify_proof(proof, entry, [service_log.verifier]).origin == service_log.origin
    # Everything that an outsider needs is fetched without signing in, and checks out offline.
    note = client.get("/ledger/checkpoint").content
    folder = FolderLog(tmp_path)
    size = parse_text(parse(note).text).size
    for tile in (*tiles_of(size), *bundles_of(size)):
        answer = client.get(f"/ledger/{tile.path}")
        assert answer.status_code == 200
        folder.write(tile, answer.content)
    folder.write_checkpoint(note)
    assert audit(folder, [service_log.verifier]).checkpoint.size == size


@pytest.mark.parametrize("path", ["0/000", "0/x", "entries/001", "9/000", "0/../../etc"])
def test_a_tile_that_is_not_there_is_told(service: Service, path: str) -> None:
    client = service.client()
    assert client.get(f"/ledger/tile/{path}").status_code == 404


def test_a_log_that_cannot_be_extended_stops_no_decision(
    service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moiety.errors import StoreUnavailable

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr("moiety.service.account.proven", away)
    told = verify(service.operator(Role.VERIFIER), service.code, picture("lisa/3")).json()
    assert told["outcome"] == "accept"
    assert (told["proof"], len(told["event"])) == (None, 32)
