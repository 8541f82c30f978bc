"""SD-JWT VCs: those of an independent library are verified with key binding, and each fault is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer

from moiety import verify
from moiety.decision.decision import Outcome
from moiety.document.key_binding import Expected
from moiety.document.read import presented
from moiety.document.sd_jwt import SdJwt
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    CredentialExpired,
    DigestMismatch,
    IssuerUntrusted,
    KeyBindingRefused,
    MoietyError,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitUnreadable,
    SignatureInvalid,
)

from .conftest import DER, PLAIN, URI, Face, Issuers, Portrait, certificate

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PLAINLY = serialization.NoEncryption()
HOLDER = JWK.generate(kty="EC", crv="P-256")
NONCE, AUDIENCE = "nonce-of-this-verification", "https://verifier.example.org"


def jwk(key: Any) -> JWK:
    return JWK.from_pem(key.private_bytes(PEM, PKCS8, PLAINLY))


def data_url(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


def issued(issuers: Issuers, now: int, claims: dict[Any, Any], **how: Any) -> str:
    """An SD-JWT VC as the `sd-jwt` package issues it."""
    body = {"iss": URI, "vct": "urn:example:id", "iat": now - 1000, "exp": now + 1000, **claims}
    made = SDJWTIssuer(
        {name: value for name, value in body.items() if value is not None},
        how.get("key", jwk(issuers.p256)),
        holder_key=how.get("holder", HOLDER),
        sign_alg=how.get("alg", "ES256"),
        add_decoy_claims=True,
        extra_header_parameters={"typ": "dc+sd-jwt", **how.get("header", {})},
    )
    return str(made.sd_jwt_issuance)


def shown(
    token: str, disclose: dict[str, Any] | None = None, *, key: JWK = HOLDER, nonce: str = NONCE,
    audience: str = "https://verifier.example.org",
) -> str:  # fmt: skip
    """A presentation as the `sd-jwt` package makes it, with key binding."""
    holder = SDJWTHolder(token)
    wanted = {"picture": True, "portrait": True} if disclose is None else disclose
    holder.create_presentation(wanted, nonce, audience, key, sign_alg="ES256")
    return str(holder.sd_jwt_presentation)


ASKED = Expected(NONCE, AUDIENCE)


@pytest.mark.parametrize("form", ["data URL", "base64", "base64url"])
@pytest.mark.parametrize("signed", ["p256", "ed25519", "x5c"])
def test_documents_of_the_package_are_verified(
    form: str, signed: str, issuers: Issuers, portrait: Portrait, face: Face, now: int, tmp_path: Path
) -> None:
    data = portrait()
    written = {
        "data URL": data_url(data),
        "base64": base64.b64encode(data).decode(),
        "base64url": base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
    }[form]
    chain = [base64.b64encode(issuers.signer.public_bytes(DER)).decode()]
    how: dict[str, Any] = {
        "p256": {},
        "ed25519": {"key": jwk(issuers.ed25519), "alg": "EdDSA"},
        "x5c": {"key": jwk(issuers.signer_key), "header": {"x5c": chain}},
    }[signed]
    iss = "https://cards.example.org" if signed == "x5c" else URI
    claims = {"iss": iss, SDObj("picture"): written, SDObj("name"): "Person"}
    token = shown(issued(issuers, now, claims, **how))
    path = tmp_path / "document.txt"
    path.write_text(token)
    document = presented(path, expected=ASKED)
    assert isinstance(document, SdJwt)
    decision = verify(credential=document, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT, decision.explain()
    assert (decision.credential.kind, decision.credential.document_type) == ("sd-jwt-vc", "urn:example:id")
    assert decision.credential.issuer == ("Example Root" if signed == "x5c" else URI)
    assert "nonce-not-checked" not in [one.code for one in decision.reasons]
    plain = verify(credential=token, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert "nonce-not-checked" in [one.code for one in plain.reasons]
    other = verify(credential=token, face=face("london/005/neutral"), trust=issuers.trust, policy=PLAIN)
    assert other.outcome is Outcome.REJECT


def refused(
    token: str, issuers: Issuers, face: Face, kind: type[MoietyError], *, asked: Expected | None = ASKED
) -> None:
    with pytest.raises(kind) as caught:
        verify(
            credential=presented(token, expected=asked),
            face=face("lisa/3"),
            trust=issuers.trust,
            policy=PLAIN,
        )
    assert type(caught.value) is kind, caught.value


def test_each_fault_is_refused_by_its_name(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    picture = data_url(portrait())
    claims = {SDObj("picture"): picture}
    token = issued(issuers, now, claims)
    head, *disclosures, _ = token.split("~")
    stranger = jwk(ec.generate_private_key(ec.SECP256R1()))
    # unsigned, by another, of an unknown issuer
    parts = head.split(".")
    none = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "dc+sd-jwt"}).encode())
        .decode()
        .rstrip("=")
    )
    refused("~".join([f"{none}.{parts[1]}.", *disclosures, ""]), issuers, face, SignatureInvalid)
    refused("~".join([f"{parts[0]}.{parts[1]}.", *disclosures, ""]), issuers, face, SignatureInvalid)
    refused(shown(issued(issuers, now, claims, key=stranger)), issuers, face, SignatureInvalid)
    refused(
        shown(issued(issuers, now, {**claims, "iss": "https://x.example"})), issuers, face, IssuerUntrusted
    )
    # past its time
    refused(shown(issued(issuers, now, {**claims, "exp": now - 1})), issuers, face, CredentialExpired)
    # wrong digest: a picture of someone else in the holder's place
    salt, name, _ = json.loads(base64.urlsafe_b64decode(disclosures[0] + "=" * (-len(disclosures[0]) % 4)))
    forged = json.dumps([salt, name, data_url(portrait("london/101/neutral"))]).encode()
    other = base64.urlsafe_b64encode(forged).decode().rstrip("=")
    refused(f"{head}~{other}~", issuers, face, DigestMismatch)
    # withheld, two, another kind
    refused(shown(token, {}), issuers, face, PortraitMissing)
    both = {SDObj("picture"): picture, SDObj("portrait"): data_url(portrait("lisa/2"))}
    refused(shown(issued(issuers, now, both)), issuers, face, PortraitAmbiguous)
    for value in ("https://photos.example/1.jpg", 7, data_url(b"%PDF-1.7")):
        refused(shown(issued(issuers, now, {SDObj("picture"): value})), issuers, face, PortraitUnreadable)
    # another type of token
    refused(shown(issued(issuers, now, claims, header={"typ": "JWT"})), issuers, face, CodeMalformed)
    refused(shown(issued(issuers, now, {**claims, "vct": None})), issuers, face, CodeMalformed)


def binding(token: str, **changes: Any) -> str:
    """A presentation whose key binding says something else."""
    good = shown(token)
    presented_part, old = good.rsplit("~", 1)
    said = json.loads(base64.urlsafe_b64decode(old.split(".")[1] + "=="))
    said.update(changes)
    made = JWS(json.dumps({name: value for name, value in said.items() if value is not None}))
    made.add_signature(HOLDER, protected=json.dumps({"alg": "ES256", "typ": changes.get("typ_", "kb+jwt")}))
    return f"{presented_part}~{made.serialize(compact=True)}"


def test_key_binding_is_held_against_the_presentation(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    token = issued(issuers, now, {SDObj("picture"): data_url(portrait()), SDObj("name"): "Person"})
    stripped = shown(token).rsplit("~", 1)[0] + "~"
    refused(stripped, issuers, face, KeyBindingRefused)
    refused(token, issuers, face, KeyBindingRefused)
    refused(shown(token, key=JWK.generate(kty="EC", crv="P-256")), issuers, face, KeyBindingRefused)
    refused(shown(token, nonce="another"), issuers, face, KeyBindingRefused)
    refused(shown(token), issuers, face, KeyBindingRefused, asked=Expected(NONCE, "https://else.example"))
    # its binding was made for a presentation that disclosed something else
    more = shown(token, {"picture": True, "name": True}).rsplit("~", 1)[1]
    refused(stripped + more, issuers, face, KeyBindingRefused)
    for changes in ({"iat": now - 4000}, {"iat": now + 4000}, {"iat": None}, {"nonce": None}, {"aud": None},
                    {"sd_hash": "AAAA"}, {"typ_": "JWT"}):  # fmt: skip
        refused(binding(token, **changes), issuers, face, KeyBindingRefused, asked=None)
    # bound to no key: the signature is nobody's; and without one the decision says so
    free = issued(issuers, now, {SDObj("picture"): data_url(portrait())}, holder=None)
    refused(shown(free), issuers, face, KeyBindingRefused)
    refused(free, issuers, face, KeyBindingRefused)
    decision = verify(credential=free, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT
    assert "holder-key-not-bound" in [one.code for one in decision.reasons]


def test_the_certificate_must_name_the_issuer(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    claims = {SDObj("picture"): data_url(portrait())}
    nameless = certificate(issuers.signer_key, signer=issuers.root_key, issuer=issuers.root)
    under: dict[str, Any] = {"signer": issuers.root_key, "issuer": issuers.root}
    unnamed = certificate(issuers.signer_key, usages=("1.0.18013.5.1.2",), **under)
    for one, kind in (
        (nameless, CertificateRefused),
        (unnamed, CertificateRefused),
        (certificate(issuers.signer_key), IssuerUntrusted),
    ):
        header = {"x5c": [base64.b64encode(one.public_bytes(DER)).decode()]}
        named = {**claims, "iss": "https://cards.example.org"}
        token = issued(issuers, now, named, key=jwk(issuers.signer_key), header=header)
        refused(shown(token), issuers, face, kind)


def test_disclosures_are_strict(issuers: Issuers, portrait: Portrait, face: Face, now: int) -> None:
    token = issued(issuers, now, {SDObj("picture"): data_url(portrait())})
    head, disclosure, _ = token.split("~")
    for bad in (f"{head}~{disclosure}~{disclosure}~", f"{head}~****~", f"{head}~{disclosure}=~"):
        refused(bad, issuers, face, CodeMalformed)
    hidden = issued(issuers, now, {SDObj("exp"): now + 1000, "exp": None, SDObj("picture"): "x"})
    refused(shown(hidden, {"exp": True}), issuers, face, CodeMalformed)
