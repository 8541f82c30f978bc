"""Documents that people carry already, at the service: begun with, compared once, and never a photograph."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from sd_jwt.common import SDObj
from tests.document.conftest import Issuers, Portrait, issuers, now, portrait, spki  # noqa: F401
from tests.document.test_claim169 import face_of, written
from tests.document.test_mdoc import SPACE, made
from tests.document.test_sd_jwt import data_url, issued, shown
from tests.service.conftest import Service

from moiety.credential import epochs
from moiety.credential.anchors import key_anchor, root_anchor
from moiety.credential.layout import Home
from moiety.service.roles import Role

Picture = Callable[[str], bytes]
NONCES = "device-not-checked", "nonce-not-checked", "document-status-not-checked"


@pytest.fixture
def trusting(service: Service, issuers: Issuers) -> Service:
    """A service whose home believes other issuers as well."""
    home = Home.open(service.stage.home)
    key = key_anchor(
        "Example ID", ("claim-169", "sd-jwt-vc"), "https://id.example.org", spki(issuers.ed25519)
    )
    other = key_anchor("Example ID", ("sd-jwt-vc",), "https://id.example.org", spki(issuers.p256))
    root = root_anchor("Example Root", ("mdoc",), "", issuers.root.public_bytes(_der()))
    for anchor in (key, other, root):
        epochs.add_document_anchor(home, anchor)
    return service


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def document(kind: str, issuers: Issuers, picture: bytes, moment: int) -> str:
    if kind == "claim-169":
        return written(issuers, moment, face=face_of(picture))
    if kind == "sd-jwt-vc":
        return shown(issued(issuers, moment, {SDObj("picture"): data_url(picture)}))
    data = cbor2.dumps(made(issuers, [(SPACE, "portrait", picture)], moment))
    return "data:application/cbor;base64," + base64.b64encode(data).decode()


TYPES = {"claim-169": None, "mdoc": "org.iso.18013.5.1.mDL", "sd-jwt-vc": "urn:example:id"}


def signed_for(issuers: Issuers, picture: bytes, moment: int, begun: dict[str, Any]) -> str:
    """Another copy of the same document, with its holder's signature for one ceremony of this service."""
    token = issued(issuers, moment, {SDObj("picture"): data_url(picture)})
    return shown(token, nonce=begun["nonce"], audience=begun["audience"])


def test_a_presentation_for_anybody_else_completes_nothing(
    trusting: Service, issuers: Issuers, portrait: Portrait, picture: Picture, now: int
) -> None:
    client = trusting.operator(Role.VERIFIER)
    text = document("sd-jwt-vc", issuers, portrait(), now)
    begun = client.post("/v1/verifications", json={"code": text}).json()
    done = client.post(
        f"/v1/verifications/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "code": text},  # signed within ten minutes, for another verifier
        files={"face": ("face.jpg", picture("lisa/3"), "image/jpeg")},
    )
    assert done.json()["error"]["code"] == "key-binding-refused"
    unsigned = text.rsplit("~", 1)[0] + "~"
    assert client.post("/v1/verifications", json={"code": unsigned}).status_code == 201


def test_copies_of_one_document_share_their_attempts(
    trusting: Service, issuers: Issuers, portrait: Portrait, now: int
) -> None:
    client = trusting.operator(Role.VERIFIER)
    answers = [
        client.post("/v1/verifications", json={"code": document("sd-jwt-vc", issuers, portrait(), now - one)})
        for one in range(14)
    ]
    codes = [one.status_code for one in answers]
    assert codes[0] == 201 and codes[-1] == 429, codes
    ids = {one.json()["credential"]["short_id"] for one in answers if one.status_code == 201}
    assert len(ids) > 1  # each is another copy


@pytest.mark.parametrize("kind", ["claim-169", "mdoc", "sd-jwt-vc"])
def test_a_document_is_verified_once(
    kind: str,
    trusting: Service,
    issuers: Issuers,
    portrait: Portrait,
    picture: Picture,
    now: int,
) -> None:
    client = trusting.operator(Role.VERIFIER)
    text = document(kind, issuers, portrait(), now)
    for who, outcome in (("lisa/3", "accept"), ("london/101/neutral", "reject")):
        begun = client.post("/v1/verifications", json={"code": text})
        assert begun.status_code == 201, begun.text
        told = begun.json()["credential"]
        assert (told["kind"], told["status"], told["pin"]) == (kind, "not-checked", False)
        assert told["short_id"] and told["profile"] is None
        url = f"/v1/verifications/{begun.json()['ceremony']}/complete"
        answered = text
        if kind == "sd-jwt-vc":
            answered = signed_for(issuers, portrait(), now, begun.json())
        assert told["document_type"] == TYPES[kind]
        form = {"nonce": begun.json()["nonce"], "code": answered}
        files = {"face": ("face.jpg", picture(who), "image/jpeg")}
        done = client.post(url, data=form, files=files)
        assert done.status_code == 200, done.text
        assert done.json()["outcome"] == outcome
        codes = [one["code"] for one in done.json()["reasons"]]
        assert set(codes) & set(NONCES)
        again = client.post(url, data=form, files=files)
        assert again.status_code == 409


def test_what_was_begun_for_one_document_is_not_completed_for_another(
    trusting: Service,
    issuers: Issuers,
    portrait: Portrait,
    picture: Picture,
    now: int,
) -> None:
    client = trusting.operator(Role.VERIFIER)
    one = document("claim-169", issuers, portrait(), now)
    other = document("claim-169", issuers, portrait("london/101/neutral"), now)
    begun = client.post("/v1/verifications", json={"code": one}).json()
    done = client.post(
        f"/v1/verifications/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "code": other},
        files={"face": ("face.jpg", picture("london/101/neutral"), "image/jpeg")},
    )
    assert done.status_code == 409
    assert done.json()["error"]["code"] == "ceremony-refused"


def test_refusals_reach_the_caller_by_name(
    trusting: Service,
    issuers: Issuers,
    portrait: Portrait,
    picture: Picture,
    now: int,
) -> None:
    client = trusting.operator(Role.VERIFIER)
    unsigned = written(issuers, now, key="none", face=face_of(portrait()))
    expired = written(issuers, now, expires=-5, face=face_of(portrait()))
    by_p256 = written(issuers, now, key="p256", face=face_of(portrait()))
    cases = {unsigned: "signature-invalid", expired: "expired", by_p256: "signature-invalid"}
    for text, code in cases.items():
        answered = client.post("/v1/verifications", json={"code": text})
        assert answered.json()["error"]["code"] == code


def test_there_is_no_way_to_hand_in_a_photograph_as_a_reference(
    trusting: Service,
    picture: Picture,
) -> None:
    client = trusting.operator(Role.VERIFIER)
    data = picture("lisa/1")
    for text in (
        base64.b64encode(data).decode(),
        "data:image/jpeg;base64," + base64.b64encode(data).decode(),
        "data:application/cbor;base64," + base64.b64encode(data).decode(),
        str(trusting.stage.folder / "lisa-1.jpg").ljust(64, " "),
    ):
        answered = client.post("/v1/verifications", json={"code": text[:700_000]})
        assert answered.status_code in (400, 422), answered.text
        assert answered.json()["error"]["code"] in ("code-unreadable", "code-malformed")
    read = client.post("/v1/codes/read", files={"picture": ("photo.jpg", data, "image/jpeg")})
    assert read.json()["error"]["code"] == "code-unreadable"
