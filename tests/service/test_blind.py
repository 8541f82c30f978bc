"""Blind codes over HTTP, end to end: enrolled, released, PINs counted here, renewed, and erased for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service, open_service
from tests.service.test_consents import agree
from tests.service.test_life import begin, complete

from moiety.credential.code import Credential, unseal
from moiety.errors import SealUnopenable, ShareUnavailable
from moiety.ledger.receipt import read_receipt
from moiety.service.account import entry_of
from moiety.service.roles import Role
from moiety.store.parameters import PIN_FAILURES_MOST
from moiety.store.retention import _give_up_space
from moiety.store.shares import digest
from moiety.store.tables.events import events
from moiety.store.tables.shares import shares

PIN: Final = "2468"


def enrol(client: TestClient, picture: Picture, **fields: str) -> tuple[dict[str, Any], str]:
    """What the person takes away: the receipt of their consent, and a blind code under it."""
    given: dict[str, Any] = agree(client).json()
    consent = given["consent"]["id"]
    begun = client.post("/v1/enrolments", json={"consent": consent, "profile": "blind"})
    assert begun.status_code == 201, begun.text
    made = client.post(
        f"/v1/enrolments/{begun.json()['ceremony']}/complete",
        data={"nonce": begun.json()["nonce"], "consent": consent, **fields},
        files=[("face", ("f.jpg", picture(one), "image/jpeg")) for one in ("lisa/1", "lisa/2")],
    )
    assert made.status_code == 200, made.text
    return given, str(made.json()["code"])


def verify(client: TestClient, code: str, shown: bytes, **fields: str) -> Any:
    """The outcome of a verification, or the code of the error with which it was refused."""
    begun = begin(client, code)
    if begun.status_code != 201:
        return begun.json()["error"]["code"]
    assert begun.json()["credential"]["profile"] == "blind"
    answer = complete(client, begun.json(), code, shown, **fields).json()
    return answer["error"]["code"] if "error" in answer else answer["outcome"]


def told(service: Service, kind: str) -> list[dict[str, Any]]:
    """What the events of a kind say."""
    with service.state.store.reading() as connection:
        found = sa.select(events.c.body).where(events.c.kind == kind).order_by(events.c.id)
        return [json.loads(one) for one in connection.execute(found).scalars()]


def held(service: Service) -> list[sa.Row[Any]]:
    with service.state.store.reading() as connection:
        return list(connection.execute(sa.select(shares)).all())


def test_a_blind_code_is_enrolled_and_opened_by_the_service_for_a_capture_alone(
    each_service: Service, picture: Picture
) -> None:
    service = each_service
    client = service.operator(Role.ENROLLER, Role.VERIFIER)
    _, code = enrol(client, picture)
    read = Credential.from_text(code)
    assert (read.claims.profile, read.claims.pin) == ("blind", False)
    (row,) = held(service)
    assert (bytes(row.cti), row.pin_hash) == (read.claims.cti, None)
    group = service.stage.trust.group_private(read.claims.group or b"")
    with pytest.raises((ShareUnavailable, SealUnopenable)):
        unseal(read, group)  # the paper and the group's key are not enough
    assert begin(client, code).status_code == 201
    assert told(service, "share-released") == [], "a ceremony begun releases nothing"
    assert verify(client, code, picture("lisa/3")) == "accept"
    assert verify(client, code, picture("london/101/neutral")) == "reject"
    released = told(service, "share-released")
    assert not any("by" in one for one in released)
    assert len(released) == 2
    assert read.claims.cti.hex() not in json.dumps(released), "who was verified stays under the day's key"


def test_pin_attempts_are_counted_at_the_service_whatever_process_is_asked(
    each_service: Service, picture: Picture
) -> None:
    service = each_service
    client = service.operator(Role.ENROLLER, Role.VERIFIER)
    _, code = enrol(client, picture, pin=PIN)
    face = picture("lisa/3")
    other = open_service(
        service.stage, service.clock, unsafe_no_liveness=True, database=service.state.settings.database
    )
    elsewhere = other.operator(Role.VERIFIER)
    assert begin(client, code).json()["credential"]["pin"] is True
    assert verify(client, code, face) == "pin-required"
    assert verify(client, code, face, pin=PIN) == "accept"
    assert verify(client, code, face, pin="1357") == "pin-wrong"
    assert verify(elsewhere, code, face, pin=PIN) == "accept", "the right one begins the count anew"
    for number in range(PIN_FAILURES_MOST):
        assert verify((client, elsewhere)[number % 2], code, face, pin="1357") == "pin-wrong"
    service.clock.ahead = 901  # past the limit of attempts a quarter of an hour: the PIN's count stays
    assert verify(client, code, face, pin=PIN) == "pin-locked"
    assert verify(elsewhere, code, face, pin=PIN) == "pin-locked"
    assert len(told(service, "share-released")) == 2, "nothing was released for a wrong PIN"
    (row,) = held(service)
    assert row.pin_failures == PIN_FAILURES_MOST
    other.state.store.close()
    other.state.work.close()


def test_a_renewed_blind_code_gets_a_share_of_its_own_and_the_old_one_goes(
    each_service: Service, picture: Picture
) -> None:
    service = each_service
    client = service.operator(Role.ENROLLER, Role.VERIFIER)
    _, code = enrol(client, picture, pin=PIN)
    before = bytes(held(service)[0].share)
    begun = begin(client, code, "renewals").json()
    done = complete(client, begun, code, picture("lisa/3"), "renewals", pin=PIN).json()
    new = done["issued"]["code"]
    (row,) = held(service)
    assert bytes(row.cti) == Credential.from_text(new).claims.cti
    assert bytes(row.share) != before
    (gone,) = told(service, "share-deleted")
    assert (gone["share_sha256"], gone["why"]) == (digest(before), "revoked")
    assert verify(client, code, picture("lisa/3"), pin=PIN) == "revoked"
    assert verify(client, new, picture("lisa/3"), pin=PIN) == "accept"
    assert verify(client, new, picture("lisa/3"), pin="1357") == "pin-wrong"


def test_withdrawing_erases_a_blind_code_and_the_log_proves_it(
    each_service: Service, picture: Picture, tmp_path: Path
) -> None:
    """With the paper, the group's key and all that the service still holds, nothing opens any more."""
    service = each_service
    client = service.operator(Role.ENROLLER, Role.VERIFIER)
    given, code = enrol(client, picture)
    read = Credential.from_text(code)
    share = bytes(held(service)[0].share)
    group = service.stage.trust.group_private(read.claims.group or b"")
    assert unseal(read, group, shares=lambda cti, pin: share).templates, "so far it opens"
    left_over = begin(client, code).json()
    ended = service.client().post("/v1/withdrawals", json={"receipt": given["receipt"]})
    assert ended.json()["consent"]["state"] == "withdrawn", ended.text
    assert held(service) == []
    assert verify(client, code, picture("lisa/3")) == "revoked"
    # A ceremony that was begun before it comes too late as well.
    late = complete(client, left_over, code, picture("lisa/3"))
    assert late.json()["error"]["code"] == "revoked", late.text
    with service.state.store.reading() as connection:
        found = sa.select(events.c.event_id).where(events.c.kind == "share-deleted")
        event = bytes(connection.execute(found).scalar_one())
    assert service.state.log is not None
    again = read_receipt(entry_of(service.state, event).model_dump())
    assert again.verify([service.state.log.verifier]).size > 0
    (kept,) = told(service, "share-stored")
    assert again.event["share_sha256"] == kept["share_sha256"] == digest(share)
    _give_up_space(service.state.store)
    if service.state.store.is_sqlite:
        files = list(tmp_path.glob("service.sqlite3*"))
        assert files
        assert not any(share in one.read_bytes() for one in files)
