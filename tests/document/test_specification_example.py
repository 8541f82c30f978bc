"""The worked example of the Claim 169 specification, 1.2.2, which departs from its own text, is read.

It wraps claim 169 in a byte string, gives the face as one map and the issuer as a bare host name, tags it
all with 61, and names its key in the unprotected header. The portrait of a person in it is not in this
repository: a portrait of `faces/lisa` stands in its place, in the same field and form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from moiety import Policy, verify
from moiety.credential import base45, cose, epochs, inflate
from moiety.credential.anchors import key_anchor
from moiety.credential.home import create_home
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import Outcome
from moiety.document.claim169 import ForeignCode
from moiety.document.read import presented
from moiety.errors import CredentialExpired, IssuerUntrusted, SignatureInvalid

from .conftest import Face, Issuers, Portrait, spki

_EXAMPLE = json.loads(
    (Path(__file__).parents[1] / "vectors" / "claim169" / "specification_1_2_2.json").read_text("utf-8")
)
VALID = 1_770_000_000  # between its nbf and its exp
HOST = "www.mosip.io"


def payload(portrait: bytes) -> bytes:
    """The example's payload around another portrait; its two lengths follow."""
    before = bytes.fromhex(_EXAMPLE["before_portrait"])
    inner_at = before.index(b"\xa9\x01")  # the wrapped identity begins
    identity = before[inner_at:-3] + b"\x59" + len(portrait).to_bytes(2, "big") + portrait
    identity += bytes.fromhex(_EXAMPLE["after_portrait"])
    return before[: inner_at - 3] + b"\x59" + len(identity).to_bytes(2, "big") + identity


def code(body: bytes, signature: bytes) -> str:
    message = [bytes.fromhex(_EXAMPLE["protected"]), {4: bytes.fromhex(_EXAMPLE["key_id"])}, body, signature]
    return base45.encode(inflate.deflate(b"\xd8\x3d\xd2" + cbor2.dumps(message)))


def test_its_bytes_are_read_as_they_are(issuers: Issuers) -> None:
    stand_in = bytes(_EXAMPLE["portrait_bytes"])
    body = bytes.fromhex(_EXAMPLE["before_portrait"]) + stand_in + bytes.fromhex(_EXAMPLE["after_portrait"])
    assert body == payload(stand_in)
    shown = presented(code(body, bytes.fromhex(_EXAMPLE["signature"])))
    assert isinstance(shown, ForeignCode)
    said: Any = shown.credential.statement
    assert (said.issuer, said.expires, said.not_before) == (HOST, 1_787_912_445, 1_756_376_445)
    assert said.attributes["fullName"] == "Janardhan BS" and said.attributes["nationality"] == "IN"
    (face,) = said.attributes["face"]
    assert (len(face.data), face.format, face.sub_format) == (484, 0, 4)
    assert shown.credential.key_id == b"k-1101" and shown.credential.algorithm == "EdDSA"
    with pytest.raises(IssuerUntrusted):
        shown.accept(issuers.trust, now=None, max_status_age=None)


def test_it_is_verified_under_the_key_of_its_issuer(
    issuers: Issuers, portrait: Portrait, face: Face, tmp_path: Path
) -> None:
    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/", now=VALID)
    anchor = key_anchor("Example", ("claim-169",), HOST, spki(issuers.ed25519))
    epochs.add_document_anchor(home, anchor, now=VALID)
    trust = TrustBundle.open(tmp_path / "home", now=VALID)
    body = payload(portrait(format="WEBP", size=1000, width=96))
    protected = bytes.fromhex(_EXAMPLE["protected"])
    signature = issuers.ed25519.sign(cose.to_be_signed(protected, body))
    text = code(body, signature)
    plain = Policy(liveness="none")
    decision = verify(credential=text, face=face("lisa/3"), trust=trust, policy=plain, now=VALID)
    assert decision.outcome is Outcome.ACCEPT, decision.explain()
    assert decision.credential.issuer == HOST
    other = verify(credential=text, face=face("london/061/neutral"), trust=trust, policy=plain, now=VALID)
    assert other.outcome is Outcome.REJECT
    with pytest.raises(CredentialExpired):
        verify(credential=text, face=face("lisa/3"), trust=trust, policy=plain, now=1_787_912_445)
    with pytest.raises(SignatureInvalid):
        theirs = code(body, bytes.fromhex(_EXAMPLE["signature"]))
        verify(credential=theirs, face=face("lisa/3"), trust=trust, policy=plain, now=VALID)
