"""What a status list says of a document of another issuer: revoked, suspended, stale, or nothing at all."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moiety.credential import base45, cose, epochs, inflate
from moiety.credential.anchors import key_anchor
from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.credential.status import StatusList, sign_status
from moiety.credential.trust import TrustBundle
from moiety.document.read import presented
from moiety.errors import CodeMalformed, CredentialRevoked, CredentialSuspended, StatusUnavailable

from .conftest import Issuers, spki

OURS = "https://issuer.example.org/"
LIST = "https://issuer.example.org/documents/1"
DAY = 86_400


KEY = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)


def code(now: int, status: Any) -> str:
    """A Claim 169 document that says where its status is kept."""
    payload = cbor2.dumps({1: OURS, 4: now + 1000, 169: {1: "42"}, 65535: status})
    protected = cbor2.dumps({1: -8})
    signature = KEY.sign(cose.to_be_signed(protected, payload))
    return base45.encode(inflate.deflate(b"\xd2" + cbor2.dumps([protected, {}, payload, signature])))


@pytest.fixture
def trust(issuers_copy: Issuers) -> TrustBundle:
    """A home that holds a list of its issuer: 7 is revoked, 8 suspended, 9 unknown, the rest valid."""
    home = Home.open(issuers_copy.home)
    anchor = key_anchor("Ours", ("claim-169",), OURS, spki(KEY))
    before = issuers_copy.trust
    token = sign_status(
        LIST, StatusList.of({7: 1, 8: 2, 9: 3}), Issuer.open(home.path).signer, now=before.floor
    )
    return epochs.add_document_anchor(home, anchor).with_list(token.encoded)


def ref(index: int, uri: str = LIST) -> dict[str, Any]:
    return {"status_list": {"idx": index, "uri": uri}}


def test_a_list_that_is_held_counts(trust: TrustBundle, now: int) -> None:
    def accept(index: int, *, later: int = 0, most: int | None = None) -> Any:
        shown = presented(code(now + later, ref(index)))
        return shown.accept(trust, now=now + later, max_status_age=most).evidence

    valid = accept(1)
    assert valid.status == "valid" and valid.status_age_s is not None and valid.status_age_s < 600
    with pytest.raises(CredentialRevoked):
        accept(7)
    with pytest.raises(CredentialSuspended):
        accept(8)
    with pytest.raises(StatusUnavailable, match="unknown meaning"):
        accept(9)
    with pytest.raises(StatusUnavailable, match="days old"):
        accept(1, later=2 * DAY, most=DAY)
    with pytest.raises(CredentialRevoked):  # a stale list that says "revoked" still says it
        accept(7, later=2 * DAY, most=DAY)


def test_without_a_list_the_decision_says_so(trust: TrustBundle, now: int) -> None:
    elsewhere = presented(code(now, ref(7, "https://else.example.org/1")))
    assert elsewhere.accept(trust, now=now, max_status_age=None).evidence.status == "not-checked"
    with pytest.raises(CodeMalformed):
        presented(code(now, {"other_way": 1}))
