"""The life of a credential over HTTP, on both databases: enrolled, verified, suspended, renewed, revoked."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service

from moiety import decision_receipt
from moiety.credential.code import Credential
from moiety.decision.decision import Outcome
from moiety.keys import VerifyingKey, read_public
from moiety.service.roles import Role
from moiety.store.tables.events import events


def enrol(service: Service, client: TestClient, *pictures: bytes, **fields: str) -> Any:
    """Both steps of an enrolment, under a fresh consent."""
    consent = service.consent()
    begun = client.post("/v1/enrolments", json={"consent": consent})
    assert begun.status_code == 201, begun.text
    return client.post(
        f"/v1/enrolments/{begun.json()['ceremony']}/complete",
        data={"nonce": begun.json()["nonce"], "consent": consent, **fields},
        files=[("face", ("face.jpg", one, "image/jpeg")) for one in pictures],
    )


def begin(client: TestClient, code: str, kind: str = "verifications") -> Any:
    return client.post(f"/v1/{kind}", json={"code": code})


def complete(
    client: TestClient,
    begun: Mapping[str, Any],
    code: str,
    picture: bytes,
    kind: str = "verifications",
    **fields: str,
) -> Any:
    return client.post(
        f"/v1/{kind}/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "code": code, **fields},
        files={"face": ("now.jpg", picture, "image/jpeg")},
    )


def verify(client: TestClient, code: str, picture: bytes) -> Any:
    begun = begin(client, code)
    assert begun.status_code == 201, begun.text
    return complete(client, begun.json(), code, picture)


def set_status(client: TestClient, status: str, **which: str) -> None:
    answer = client.post("/v1/credentials/status", json={**which, "status": status})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"status": status}


def told(service: Service) -> list[str]:
    """The kinds of the events, in their order."""
    with service.state.store.reading() as connection:
        return list(connection.execute(sa.select(events.c.kind).order_by(events.c.id)).scalars())


def test_from_consent_to_revocation(each_service: Service, picture: Picture) -> None:
    service = each_service
    enroller = service.operator(Role.ENROLLER)
    verifier = service.operator(Role.VERIFIER)
    made = enrol(service, enroller, picture("lisa/1"), picture("lisa/2"))
    assert made.status_code == 200, made.text
    code = made.json()["code"]
    assert Credential.read(b64decode(made.json()["files"]["png"])).text == code
    accepted = verify(verifier, code, picture("lisa/3"))
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["outcome"] == "accept"
    refused = verify(verifier, code, picture("london/101/neutral"))
    assert refused.json()["outcome"] == "reject"
    # Suspended, and restored.
    assert (
        enroller.post("/v1/credentials/status", json={"code": code, "status": "suspended"}).status_code == 200
    )
    assert begin(verifier, code).json()["error"]["code"] == "suspended"
    set_status(enroller, "valid", code=code)
    assert begin(verifier, code).status_code == 201
    # Renewed: the old one is refused from then on, the new one is good.
    begun = begin(enroller, code, "renewals")
    renewed = complete(enroller, begun.json(), code, picture("lisa/4"), "renewals")
    assert renewed.status_code == 200, renewed.text
    assert renewed.json()["decision"]["outcome"] == "accept"
    fresh = renewed.json()["issued"]["code"]
    assert begin(verifier, code).json()["error"]["code"] == "revoked"
    assert verify(verifier, fresh, picture("lisa/3")).json()["outcome"] == "accept"
    # Revoked, by its identifier, for good.
    cti = Credential.from_text(fresh).claims.cti.hex()
    set_status(enroller, "revoked", cti=cti)
    assert begin(verifier, fresh).json()["error"]["code"] == "revoked"
    again = enroller.post("/v1/credentials/status", json={"cti": cti, "status": "valid"})
    assert again.status_code == 422
    assert told(service) == [
        "consent-given", "enrolled", "verified", "verified", "suspended", "restored", "renewed", "verified",
        "revoked",
    ]  # fmt: skip


def test_what_a_remote_caller_is_told(service: Service, picture: Picture) -> None:
    """No score, no false match rate but the one asked for, and that liveness was not required."""
    verifier = service.operator(Role.VERIFIER)
    answer = verify(verifier, service.code, picture("lisa/3")).json()
    assert answer["target_fmr"] == 1e-4
    assert answer["liveness"]["required"] is False
    assert "photograph would pass" in answer["liveness"]["warning"]
    assert set(answer) == {
        "outcome", "reasons", "findings", "liveness", "target_fmr", "credential", "receipt", "event", "proof",
        "ledger",
    }  # fmt: skip
    for one in (*answer["reasons"], *answer["findings"]):
        assert not any(letter.isdigit() for letter in one["text"]), one


def test_a_receipt_is_checked_offline(service: Service, picture: Picture, tmp_path: Any) -> None:
    verifier = service.operator(Role.VERIFIER)
    answer = verify(verifier, service.code, picture("london/101/neutral")).json()
    receipt = urlsafe_b64decode(answer["receipt"] + "==")
    pem = verifier.get("/v1/receipts/key").content
    (tmp_path / "device.pem").write_bytes(pem)
    key = read_public(tmp_path / "device.pem")
    assert isinstance(key, VerifyingKey)
    read = decision_receipt.read(receipt, key)
    assert read.outcome is Outcome.REJECT
    assert read.liveness_required is False
    assert service.stage.credential.claims.cti not in receipt
    assert read.reasons == tuple(one["code"] for one in answer["reasons"])


@pytest.mark.parametrize("sent", [b"side", b"", b"x" * 63, b"\xff\xd8\xff", b"x" * 800_000])
def test_what_holds_no_code_is_told_as_that(service: Service, sent: bytes) -> None:
    verifier = service.operator(Role.VERIFIER)
    refused = verifier.post("/v1/codes/read", files={"picture": ("picture", sent, "image/jpeg")})
    assert refused.status_code == 422, refused.text
    assert refused.json()["error"]["code"] in ("code-unreadable", "image-unreadable", "request-malformed")


def test_each_is_used_once_and_for_one_code(service: Service, picture: Picture) -> None:
    verifier, other = service.operator(Role.VERIFIER), service.operator(Role.VERIFIER)
    code, face = service.code, picture("lisa/3")
    second = enrol(service, service.operator(Role.ENROLLER), picture("lisa/1"), picture("lisa/4")).json()[
        "code"
    ]
    begun = begin(verifier, code).json()
    foreign = complete(other, begun, code, face)
    another = complete(verifier, begun, second, face)
    wrong = complete(verifier, {**begun, "nonce": "00" * 32}, code, face)
    for one in (foreign, another, wrong):
        assert (one.status_code, one.json()["error"]["code"]) == (409, "ceremony-refused"), one.text
    assert complete(verifier, begun, code, face).json()["outcome"] == "accept"
    replayed = complete(verifier, begun, code, face)
    assert replayed.json()["error"]["code"] == "ceremony-refused"
    service.clock.ahead = 0
    late = begin(verifier, code).json()
    service.clock.ahead = 301
    assert "expired" in complete(verifier, late, code, face).json()["error"]["text"]


@pytest.mark.parametrize("wrong", ["verifications", "renewals"])
def test_a_ceremony_of_another_kind_is_no_ceremony(service: Service, picture: Picture, wrong: str) -> None:
    both = service.operator(Role.VERIFIER, Role.ENROLLER)
    consent = service.consent()
    begun = both.post("/v1/enrolments", json={"consent": consent}).json()
    answer = complete(both, begun, service.code, picture("lisa/3"), wrong)
    assert answer.json()["error"]["code"] == "ceremony-refused"


def test_no_consent_no_capture(service: Service, picture: Picture) -> None:
    enroller = service.operator(Role.ENROLLER)
    unknown = enroller.post("/v1/enrolments", json={"consent": "00" * 16})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "consent")
    finger = enroller.post("/v1/enrolments", json={"consent": service.consent(), "modalities": ["finger"]})
    assert finger.json()["error"]["code"] == "consent"
    assert enrol(service, enroller, picture("lisa/1"), picture("london/139/smiling")).json()["error"][
        "code"
    ] in (
        "pictures-disagree",
        "quality-refused",
    )
    assert "enrolled" not in told(service)
