"""A decision carries the proof of its event, and anyone can fetch and check the whole log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service
from tests.service.test_consents import agree
from tests.service.test_life import begin, complete, verify

from moiety.credential.code import Credential
from moiety.errors import LedgerForked, StoreUnavailable
from moiety.ledger.audit import audit
from moiety.ledger.checkpoint import parse_text
from moiety.ledger.folder import FolderLog
from moiety.ledger.note import parse
from moiety.ledger.proof import parse_proof, verify_proof
from moiety.ledger.tiles import bundles_of, tiles_of
from moiety.service.roles import Role
from moiety.store.ledger_reading import commitment_of
from moiety.store.tables.events import events


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
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    def stuck(*_: object, **__: object) -> None:
        raise LedgerForked("another process was here")

    monkeypatch.setattr("moiety.service.account.place", stuck)
    monkeypatch.setattr("moiety.service.account.entered", away)
    told = verify(service.operator(Role.VERIFIER), service.code, picture("lisa/3")).json()
    assert told["outcome"] == "accept"
    assert (told["proof"], len(told["event"]), told["ledger"]["pending"]) == (None, 32, True)
    assert json.loads(told["ledger"]["event"])["outcome"] == "accept"
    with service.state.store.reading() as connection:
        outcomes = [row.kind for row in connection.execute(sa.select(events.c.kind))]
    assert outcomes.count("verified") == 1, "what was undone with the log was done once more, and no more"
    monkeypatch.setattr("moiety.service.account.receipt", away)
    nothing = agree(service.operator(Role.ENROLLER)).json()["receipt"]["ledger"]
    assert (nothing["event"], nothing["salt"], nothing["pending"]) == (None, None, True)


def test_a_log_that_another_process_is_at_is_waited_for_outside(
    each_service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the events of many get their places together; the answer has its proof all the same."""
    service, held = each_service, list[None]()

    def busy(*_: object, **__: object) -> None:
        held.append(None)

    monkeypatch.setattr("moiety.service.account.place", busy)
    told = verify(service.operator(Role.VERIFIER), service.code, picture("lisa/3")).json()
    assert held == [None]
    assert service.state.log is not None
    with service.state.store.reading() as connection:
        entry = commitment_of(connection, bytes.fromhex(told["event"]))
    verify_proof(parse_proof(told["proof"].encode()), entry, [service.state.log.verifier])


def test_every_receipt_carries_its_proof_or_says_that_it_is_pending(
    each_service: Service,
    picture: Picture,
    tmp_path: Path,
    moiety: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Consent, enrolment, verification, renewal: each is checked by its file and the log's key, offline."""
    service = each_service
    assert service.state.log is not None
    key = service.state.log.verifier.vkey()
    client = service.operator(Role.ENROLLER, Role.VERIFIER)

    def checked(document: Any, kind: str, **said: str) -> None:
        file = tmp_path / f"{kind}.json"
        file.write_text(json.dumps(document))
        found = moiety("ledger", "verify", file, "--key", key)
        assert found.code == 0, found.err
        event = json.loads(found.out.splitlines()[1].removeprefix("It says: "))
        assert (event["kind"], {name: event[name] for name in said}) == (kind, said)

    given = agree(client).json()
    consent = given["consent"]["id"]
    checked(given["receipt"], "consent-given", consent=consent)
    begun = client.post("/v1/enrolments", json={"consent": consent}).json()
    made = client.post(
        f"/v1/enrolments/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "consent": consent},
        files=[("face", ("f.jpg", picture(one), "image/jpeg")) for one in ("lisa/1", "lisa/2")],
    ).json()
    code = made["code"]
    checked(made, "enrolled", consent=consent, code=Credential.from_text(code).claims.cti.hex())
    checked(verify(client, code, picture("lisa/3")).json(), "verified", outcome="accept")
    refused = renew(client, code, picture("london/101/neutral"))
    assert refused["issued"] is None
    checked(refused["decision"], "verified", outcome="reject")
    renewed = renew(client, code, picture("lisa/3"))
    assert renewed["decision"]["ledger"] == renewed["issued"]["ledger"]
    new = Credential.from_text(renewed["issued"]["code"]).claims.cti.hex()
    checked(renewed["issued"], "renewed", code=new)

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr("moiety.service.account.entered", away)
        waiting = agree(client).json()["receipt"]
    file = tmp_path / "waiting.json"
    file.write_text(json.dumps(waiting))
    told = moiety("ledger", "verify", file, "--key", key)
    where = f"/ledger/proof/{waiting['ledger']['id']}"
    assert (told.code, "no proof yet" in told.err, where in told.err) == (6, True, True)
    assert service.client().get(where).status_code == 404
    agree(client)  # the next event takes all that wait with it
    proof = service.client().get(where)
    assert proof.status_code == 200
    (tmp_path / "proof").write_bytes(proof.content)
    done = moiety("ledger", "verify", tmp_path / "proof", "--receipt", file, "--key", key)
    assert (done.code, "consent-given" in done.out) == (0, True)
    assert service.client().get("/ledger/proof/zz").status_code == 404


def renew(client: TestClient, code: str, shown: bytes) -> Any:
    return complete(client, begin(client, code, "renewals").json(), code, shown, "renewals").json()
