"""Lists of document issuers count under the document's own anchor alone: held, aged, demanded by policy."""

from __future__ import annotations

import base64
import json
import time
import zlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from sd_jwt.common import SDObj

from moiety.credential import cose, epochs
from moiety.credential.anchors import root_anchor
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.decision.policy import Policy
from moiety.document.demands import require_demands
from moiety.document.read import presented
from moiety.document.status_lists import take
from moiety.errors import CredentialRevoked, CredentialSuspended, StatusUnavailable, TrustRefused

from .conftest import DER, TYPES, Issuers, certificate
from .test_mdoc import SPACE, made
from .test_sd_jwt import issued, jwk, shown

URI = "https://cards.example.org/status/" + "1" * 300  # longer than a code has room for
ISS = "https://cards.example.org"
PACKED = bytes([0b0100_1000, 0b11, *bytes(30)])  # two bits each: 1 suspended, 3 revoked, 4 of unknown meaning
EKU = ("1.0.18013.5.1.2",)


def raw(key: Any, message: bytes, algorithm: str) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    hash_, width = {"ES256": (hashes.SHA256(), 32), "ES384": (hashes.SHA384(), 48)}[algorithm]
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hash_)))
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def as_jwt(key: Any, alg: str, chain: list[Any], now: int, **how: Any) -> bytes:
    header = {"alg": alg, "typ": how.get("typ", "statuslist+jwt")}
    header |= {"x5c": [base64.b64encode(one.public_bytes(DER)).decode() for one in chain]} if chain else {}
    body = {"bits": 2, "lst": b64(zlib.compress(how.get("packed", PACKED)))}
    said = {"sub": how.get("uri", URI), "iat": now + how.get("age", -60), "status_list": body, "ttl": 3600}
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(said).encode())}"
    return f"{text}.{b64(raw(key, text.encode(), alg))}".encode()


def as_cwt(key: Any, alg: str, chain: list[Any], now: int, **how: Any) -> bytes:
    number = {"ES256": -7, "ES384": -35, "EdDSA": -8}[alg]
    protected = cbor2.dumps({1: number, 16: how.get("typ", "application/statuslist+cwt")})
    said = {2: how.get("uri", URI), 6: now + how.get("age", -60),
            65533: {"bits": 2, "lst": zlib.compress(how.get("packed", PACKED))}}  # fmt: skip
    payload = cbor2.dumps(said)
    ders = [one.public_bytes(DER) for one in chain]
    header = {33: ders[0] if len(ders) == 1 else ders} if ders else {}
    signature = raw(key, cose.to_be_signed(protected, payload), alg)
    return b"\xd2" + cbor2.dumps([protected, header, payload, signature])


def document(issuers: Issuers, now: int, index: int) -> str:
    """An SD-JWT VC under the root; nothing in it is pictured, since nothing here is compared."""
    header = {"x5c": [base64.b64encode(issuers.signer.public_bytes(DER)).decode()]}
    status = {"status_list": {"idx": index, "uri": URI}}
    claims = {"iss": ISS, "status": status, SDObj("picture"): "AAAA"}
    return shown(issued(issuers, now, claims, key=jwk(issuers.signer_key), header=header))


def mobile(issuers: Issuers, now: int, index: int) -> bytes:
    status = {"status_list": {"idx": index, "uri": URI}}
    return cbor2.dumps(made(issuers, [(SPACE, "issuing_country", "UT")], now, more={"status": status}))


@pytest.fixture
def now() -> int:
    """The time when a test begins: holders sign by the machine's clock, and a session may be old."""
    return int(time.time())


def signers(issuers: Issuers, alg: str) -> tuple[Any, list[Any]]:
    key: Any = {
        "ES256": issuers.signer_key,
        "ES384": ec.derive_private_key(77, ec.SECP384R1()),
        "EdDSA": Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))),
    }[alg]
    return key, [certificate(key, signer=issuers.root_key, issuer=issuers.root, usages=EKU)]


@pytest.mark.parametrize("form", [as_jwt, as_cwt])
@pytest.mark.parametrize("alg", ["ES256", "ES384", "EdDSA"])
def test_a_list_under_the_same_root_counts(form: Any, alg: str, issuers_copy: Issuers, now: int) -> None:
    trust = issuers_copy.trust

    def accept(index: int, *, most: int | None = None, kind: Any = document, later: int = 0) -> Any:
        made = presented(kind(issuers_copy, now + later, index))
        return made.accept(TrustBundle.open(issuers_copy.home), now=now + later, max_status_age=most)

    before = accept(3)
    assert before.evidence.status == "not-checked"
    with pytest.raises(StatusUnavailable):
        require_demands(before, Policy(demands=frozenset({"status"})))
    assert [one.uri for one in trust.document_lists.seen()] == [URI]
    key, chain = signers(issuers_copy, alg)
    name, token = take(form(key, alg, chain, now), trust, now, uri=URI)
    assert (name, token.uri) == ("Example Root", URI)
    for kind in (document, mobile):
        good = accept(0, kind=kind)
        assert (good.evidence.status, good.evidence.status_age_s) == ("valid", 60)
        require_demands(good, Policy(demands=frozenset({"status"})))
        with pytest.raises(CredentialRevoked):
            accept(3, kind=kind)
        with pytest.raises(CredentialSuspended):
            accept(1, kind=kind)
        with pytest.raises(StatusUnavailable, match="unknown meaning"):
            accept(4, kind=kind)
    with pytest.raises(StatusUnavailable, match="days old"):
        accept(0, most=100, later=300)
    with pytest.raises(CredentialRevoked):  # a stale list that says "revoked" still says it
        accept(3, most=100, later=300)
    with pytest.raises(TrustRefused, match="older"):
        take(form(key, alg, chain, now, age=-3600), trust, now)


def test_a_list_under_another_root_neither_revokes_nor_clears(issuers_copy: Issuers, now: int) -> None:
    home = Home.open(issuers_copy.home)
    other_key = ec.generate_private_key(ec.SECP256R1())
    other = certificate(other_key, ca=True, name="Other Root")
    epochs.add_document_anchor(
        home, root_anchor("Other", ("mdoc",), "", other.public_bytes(DER), types=TYPES)
    )
    trust = issuers_copy.trust
    key = ec.generate_private_key(ec.SECP256R1())
    chain = [certificate(key, signer=other_key, issuer=other, usages=EKU)]
    assert take(as_jwt(key, "ES256", chain, now), trust, now)[0] == "Other"
    shown = presented(document(issuers_copy, now, 3)).accept(trust, now=now, max_status_age=None)
    assert shown.evidence.status == "not-checked"  # it doesn't revoke
    mine, chain_of_mine = signers(issuers_copy, "ES256")
    take(as_jwt(mine, "ES256", chain_of_mine, now, age=-600), trust, now)
    take(as_jwt(key, "ES256", chain, now, packed=bytes(32)), trust, now)
    with pytest.raises(CredentialRevoked):  # nor does it clear
        presented(document(issuers_copy, now, 3)).accept(trust, now=now, max_status_age=None)


@pytest.mark.parametrize("form", [as_jwt, as_cwt])
def test_what_is_no_list_is_refused(form: Any, issuers_copy: Issuers, now: int) -> None:
    trust = issuers_copy.trust
    before = list(trust.document_lists.seen())
    key, chain = signers(issuers_copy, "ES256")
    stranger = ec.generate_private_key(ec.SECP256R1())
    web = [certificate(key, signer=issuers_copy.root_key, issuer=issuers_copy.root,
                       usages=("1.3.6.1.5.5.7.3.1",))]  # fmt: skip
    bad = [
        form(stranger, "ES256", chain, now), form(key, "ES256", [], now), form(key, "ES256", web, now),
        form(key, "ES256", chain, now, typ="JWT"), form(key, "ES256", chain, now, age=3600),
        form(key, "ES256", [certificate(key)], now), form(key, "ES256", chain, now)[:-9], b"ey.x.y", b"\xd2",
    ]  # fmt: skip
    for data in bad:
        with pytest.raises(TrustRefused):
            take(data, trust, now)
    with pytest.raises(TrustRefused, match="another address"):
        take(form(key, "ES256", chain, now), trust, now, uri="https://else.example")
    assert list(trust.document_lists.seen()) == before


def test_a_list_that_no_longer_counts_leaves_nobody_valid(issuers_copy: Issuers, now: int) -> None:
    trust = issuers_copy.trust
    key, chain = signers(issuers_copy, "ES256")
    take(as_jwt(key, "ES256", chain, now), trust, now)
    (file,) = (issuers_copy.home / "document-lists").glob("*.list")
    file.write_bytes(file.read_bytes()[:-4] + b"AAAA")
    with pytest.raises(StatusUnavailable, match="no longer counts"):
        presented(document(issuers_copy, now, 0)).accept(trust, now=now, max_status_age=None)
    assert replace(Policy(), demands=frozenset({"status"})).demands == {"status"}
