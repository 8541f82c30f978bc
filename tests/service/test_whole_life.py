"""The whole life over HTTP, nothing set behind its back: sign-in, consent, enrol, verify, withdraw, erase."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service
from tests.service.test_life import begin, complete, set_status, verify
from tests.service.test_sign_in import join, passkey

from moiety.consent.receipt import read_receipt
from moiety.credential.code import Credential
from moiety.credential.issuer import Issuer
from moiety.service.auth import CSRF_HEADER
from moiety.service.first_run import first_run_code
from moiety.service.roles import Role
from moiety.store.tables.consents import consents
from moiety.store.tables.events import events

DAY = 86_400


def sign_in(service: Service) -> TestClient:
    """The first operator, from the code on the terminal to a session."""
    code = first_run_code(service.state)
    assert code is not None
    client = service.client()
    client.headers[CSRF_HEADER] = join(client, code, passkey()).json()["csrf"]
    return client


def agree(client: TestClient, **wanted: Any) -> Any:
    """The notice is read, and agreed to."""
    asked = {"purpose": "To collect medicine.", "modalities": ["face"], **wanted}
    notice = client.post("/v1/notices", json=asked).json()
    assert notice["paragraphs"]
    given = client.post("/v1/consents", json={**asked, "notice": notice["version"]})
    assert given.status_code == 201, given.text
    return given.json()


def enrol(client: TestClient, consent: str, *pictures: bytes) -> Any:
    begun = client.post("/v1/enrolments", json={"consent": consent})
    assert begun.status_code == 201, begun.text
    done = client.post(
        f"/v1/enrolments/{begun.json()['ceremony']}/complete",
        data={"nonce": begun.json()["nonce"], "consent": consent},
        files=[("face", ("face.jpg", one, "image/jpeg")) for one in pictures],
    )
    assert done.status_code == 200, done.text
    return done.json()


def test_from_sign_in_to_erasure(each_service: Service, picture: Picture) -> None:
    service = each_service
    client = sign_in(service)
    given = agree(client, days=30)
    key = Issuer.open(service.stage.home).signer.verifying_key
    kept = read_receipt(given["receipt"], [key])
    assert kept.consent.record_id == given["consent"]["id"]
    code = enrol(client, given["consent"]["id"], picture("lisa/1"), picture("lisa/2"))["code"]
    assert verify(client, code, picture("lisa/3")).json()["outcome"] == "accept"
    # One consent leads to one code.
    assert client.post("/v1/enrolments", json={"consent": given["consent"]["id"]}).status_code == 422
    set_status(client, "revoked", code=code)
    assert begin(client, code).json()["error"]["code"] == "revoked"
    # Withdrawn by whoever holds the receipt, without a sign-in.
    person = service.client()
    for _ in range(2):  # again is no error
        answer = person.post("/v1/withdrawals", json={"secret": given["secret"]})
        assert answer.json()["consent"]["state"] == "withdrawn", answer.text
    assert begin(client, code, "renewals").json()["error"]["code"] == "revoked"
    # Erased when its time has come, and proved.
    service.clock.ahead = 4000 * DAY
    trust = service.client().get("/v1/trust")
    assert trust.json()["error"]["code"] == "trust-refused", "a bundle does not last for years"
    client = service.operator(Role.ADMINISTRATOR)
    erased = client.post("/v1/retention/runs").json()
    assert erased["erased"]["withdrawn-records"] == 1
    with service.state.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(consents)).scalar_one() == 0
        bodies = connection.execute(sa.select(events.c.body).where(events.c.kind == "erased")).scalars().all()
    assert kept.consent.commitment().hex() in {json.loads(one).get("proof") for one in bodies}


def test_withdrawing_revokes_in_the_same_moment(each_service: Service, picture: Picture) -> None:
    service = each_service
    client = sign_in(service)
    ways: list[tuple[str, Any]] = []
    for _ in range(3):
        given = agree(client)
        ways.append(
            (enrol(client, given["consent"]["id"], picture("lisa/1"), picture("lisa/2"))["code"], given)
        )
    (first, one), (second, two), (third, _) = ways
    person = service.client()
    assert person.post("/v1/withdrawals", json={"secret": one["secret"]}).status_code == 200
    assert client.post(f"/v1/consents/{two['consent']['id']}/withdrawal").status_code == 200
    begun = begin(client, third, "withdrawals/begin").json()
    stranger = complete(client, begun, third, picture("london/101/neutral"), "withdrawals")
    assert stranger.json()["withdrawn"] is False
    begun = begin(client, third, "withdrawals/begin").json()
    assert complete(client, begun, third, picture("lisa/3"), "withdrawals").json()["withdrawn"] is True
    for code in (first, second, third):
        assert begin(client, code).json()["error"]["code"] == "revoked"
    lists = service.client().get("/v1/status/1")
    assert lists.status_code == 200
    from moiety.credential.status import read_status

    key = Issuer.open(service.stage.home).signer.verifying_key
    published = read_status(lists.content, key).statuses
    for code in (first, second, third):
        reference = Credential.from_text(code).claims.status
        assert reference is not None
        assert published[reference.index] == 1
