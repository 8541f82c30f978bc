"""S4: a root that is bound to no issuer speaks in the name of ours, or of one whose key is pinned."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

import base64
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sd_jwt.common import SDObj
from tests.document.conftest import (  # noqa: F401
    DER,
    URI,
    Issuers,
    Portrait,
    certificate,
    issuers,
    now,
    portrait,
)
from tests.document.test_sd_jwt import data_url, issued, jwk, shown

from moiety.credential import cose
from moiety.credential.lists import list_uri
from moiety.document.issuers import vouch
from moiety.document.read import presented
from moiety.errors import CertificateRefused, CredentialRefused, IssuerUntrusted, SignatureInvalid

OURS = "https://issuer.example.org/"
SIGNER = "1.0.18013.5.1.2"
KEY = ec.generate_private_key(ec.SECP256R1())


def under_the_root(
    issuers: Issuers, picture: bytes, now: int, iss: str | None, host: str, usage: str = SIGNER, **more: Any
) -> str:
    names = (x509.DNSName(host), x509.UniformResourceIdentifier(iss or "https://none.example"))
    one = certificate(KEY, signer=issuers.root_key, issuer=issuers.root, usages=(usage,), alternative=names)
    header = {"x5c": [base64.b64encode(one.public_bytes(DER)).decode()]}
    claims = {"iss": iss, SDObj("picture"): data_url(picture), **more}
    return shown(issued(issuers, now, claims, key=jwk(KEY), header=header))


@pytest.mark.parametrize(
    "iss",
    [OURS, OURS.rstrip("/"), "https://ISSUER.example.org", "https://issuer.example.org:443/", URI, f"{URI}/"],
)
def test_no_root_speaks_for_an_issuer_whose_key_is_known(
    iss: str, issuers: Issuers, portrait: Portrait, now: int
) -> None:
    status = {"status_list": {"idx": 1, "uri": list_uri(OURS, 1)}}
    token = under_the_root(issuers, portrait(), now, iss, "issuer.example.org", status=status)
    with pytest.raises(CredentialRefused) as caught:
        presented(token).accept(issuers.trust, now=now, max_status_age=None)
    assert isinstance(caught.value, (IssuerUntrusted, SignatureInvalid))


def test_the_key_of_a_shop_does_not_speak_for_the_shop(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    web = "1.3.6.1.5.5.7.3.1"
    for iss in ("https://shop.example", None):
        token = under_the_root(issuers, portrait(), now, iss, "shop.example", usage=web)
        with pytest.raises(CertificateRefused):
            presented(token).accept(issuers.trust, now=now, max_status_age=None)


def test_the_anchor_names_the_issuer_and_our_list_says_nothing(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    status = {"status_list": {"idx": 1, "uri": list_uri(OURS, 1)}}
    token = under_the_root(
        issuers, portrait(), now, "https://cards.example.org", "cards.example.org", status=status
    )
    about = presented(token).accept(issuers.trust, now=now, max_status_age=None).evidence
    assert (about.issuer, about.status, about.document_type) == (
        "Example Root", "not-checked", "urn:example:id",
    )  # fmt: skip


def test_a_claim_169_code_is_held_to_the_same(issuers: Issuers, now: int) -> None:
    one = certificate(KEY, signer=issuers.root_key, issuer=issuers.root, usages=(SIGNER,))
    body, protected = cbor2.dumps({1: OURS}), cbor2.dumps({1: -7})
    message = cose.of_parts([protected, {33: one.public_bytes(DER)}, body, bytes(64)])
    with pytest.raises(IssuerUntrusted):
        vouch(message, OURS, issuers.trust, "claim-169", now, type_name="claim-169")
