"""Documents as other issuers write them are read (R1 to R6, R10, R12); a refusal names the cause."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from sd_jwt.common import SDObj

from moiety.credential import base45, cose, epochs, inflate
from moiety.credential.anchors import root_anchor
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.document.mobile import MobileDocument, portrait_of
from moiety.document.mobile_security import day_of, moment
from moiety.document.picture_bytes import picture_bytes
from moiety.document.read import presented
from moiety.document_keys import DocumentKey
from moiety.errors import CodeMalformed, DigestMismatch, PortraitMissing, PortraitUnreadable

from .conftest import DER, TYPES, Issuers, Portrait, certificate
from .test_mdoc import EKU, MDL, SPACE, made
from .test_sd_jwt import ASKED, data_url, issued, jwk, shown

PILOT = "https://pilot.example.eu"


def test_a_root_bound_to_the_issuer_needs_no_certificate_that_repeats_it(
    issuers_copy: Issuers, portrait: Portrait, now: int
) -> None:
    key, root_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate(root_key, ca=True, name="Pilot Root")
    one = certificate(key, signer=root_key, issuer=root, usages=EKU)
    anchor = root_anchor("Pilot", ("sd-jwt-vc",), PILOT, root.public_bytes(DER), types=TYPES)
    epochs.add_document_anchor(Home.open(issuers_copy.home), anchor)
    header = {"x5c": [base64.b64encode(one.public_bytes(DER)).decode()], "typ": "application/dc+sd-jwt"}
    token = issued(issuers_copy, now, {"iss": PILOT, SDObj("picture"): data_url(portrait())},
                   key=jwk(key), header=header)  # fmt: skip
    found = presented(shown(token), expected=ASKED).accept(issuers_copy.trust, now=now, max_status_age=None)
    assert found.evidence.issuer == PILOT


@pytest.mark.parametrize(
    ("curve", "numbers", "digest"),
    [
        (ec.BrainpoolP256R1(), (-7, -265), hashes.SHA256()),
        (ec.BrainpoolP384R1(), (-35, -267), hashes.SHA384()),
        (ec.BrainpoolP512R1(), (-36, -268), hashes.SHA512()),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_brainpool_signers_are_taken(curve: Any, numbers: tuple[int, int], digest: Any) -> None:
    key = ec.generate_private_key(curve)
    r, s = decode_dss_signature(key.sign(b"message", ec.ECDSA(digest)))
    width = (curve.key_size + 7) // 8
    signature = r.to_bytes(width, "big") + s.to_bytes(width, "big")
    held = DocumentKey.of(key.public_key())
    assert all(held.verifies(one, signature, b"message") for one in numbers)
    assert not held.verifies(-8, signature, b"message") and not held.verifies(numbers[0], signature, b"other")


def test_a_document_has_limits_of_its_own(issuers: Issuers, now: int, portrait: Portrait) -> None:
    many = [(SPACE, f"element-{one}", one) for one in range(400)]
    uri = "https://status.example/" + "x" * 500
    status = {"status_list": {"idx": 1, "uri": uri}}
    data = cbor2.dumps(made(issuers, [*many, (SPACE, "portrait", portrait())], now, more={"status": status}))
    assert (
        presented(data).accept(issuers.trust, now=now, max_status_age=None).evidence.status == "not-checked"
    )


def _signed(issuers: Issuers, items: list[bytes], now: int) -> bytes:
    """A document over these embedded elements, as their bytes are: tag 24 and the head of each given."""
    digests = {SPACE: {number: hashlib.sha256(one).digest() for number, one in enumerate(items)}}
    when = [cbor2.CBORTag(1, now + after) for after in (-2000, -1000, 1000)]  # as some issuers write them
    body = {"version": "1.0", "digestAlgorithm": "SHA-256", "valueDigests": digests, "docType": MDL,
            "validityInfo": dict(zip(("signed", "validFrom", "validUntil"), when, strict=True))}  # fmt: skip
    payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(body)))
    protected = cbor2.dumps({1: -7})
    key = issuers.signer_key
    r, s = decode_dss_signature(key.sign(cose.to_be_signed(protected, payload), ec.ECDSA(hashes.SHA256())))
    auth = [protected, {33: issuers.signer.public_bytes(DER)}, payload,
            r.to_bytes(32, "big") + s.to_bytes(32, "big")]  # fmt: skip
    spaces = b"\xa1" + cbor2.dumps(SPACE) + bytes([0x80 + len(items)]) + b"".join(items)
    return b"\xa2" + cbor2.dumps("nameSpaces") + spaces + cbor2.dumps("issuerAuth") + cbor2.dumps(auth)


def _element(number: int, name: str, value: bytes) -> bytes:
    """The bytes of an element whose value is encoded already."""
    head = {"digestID": number, "random": bytes(16), "elementIdentifier": name}
    return b"\xa4" + cbor2.dumps(head)[1:] + cbor2.dumps("elementValue") + value


def test_digests_are_over_the_bytes_that_came(issuers: Issuers, portrait: Portrait, now: int) -> None:
    odd = _element(1, "driving_privileges", b"\x9f\xf7\xd8\x64\x01\xbf\x61a\xe0\xff\xff")
    picture = _element(0, "portrait", cbor2.dumps(portrait()))
    country = _element(2, "issuing_country", cbor2.dumps("UT"))
    long = [b"\xd8\x18\x5a" + len(one).to_bytes(4, "big") + one for one in (picture, odd, country)]
    document = presented(_signed(issuers, long, now))
    assert document.accept(issuers.trust, now=now, max_status_age=None).evidence.issuer
    assert isinstance(document, MobileDocument) and portrait_of(document.document) == portrait()
    short = cbor2.dumps(cbor2.CBORTag(24, picture))
    data = _signed(issuers, long, now)
    again = data.replace(long[0], short)  # the same element, encoded again
    with pytest.raises(DigestMismatch, match="encoded again"):
        presented(again).accept(issuers.trust, now=now, max_status_age=None)
    with pytest.raises(CodeMalformed, match="indefinite length"):
        presented(b"\xbf" + data[1:] + b"\xff")


@pytest.mark.parametrize(
    "wrap", ["bare", "base64", "base64url", "data URL", "hex", "lines", "bytes of base64"]
)
def test_a_portrait_is_what_its_bytes_are(wrap: str, portrait: Portrait) -> None:
    data = portrait()
    text = base64.b64encode(data).decode()
    wrapped: dict[str, Any] = {
        "bare": data, "base64": text, "hex": data.hex(), "data URL": data_url(data),
        "base64url": base64.urlsafe_b64encode(data).decode().rstrip("="),
        "lines": "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
        "bytes of base64": text.encode(),
    }  # fmt: skip
    assert picture_bytes(wrapped[wrap]) == data


def test_an_empty_portrait_was_withheld(issuers: Issuers, now: int) -> None:
    for empty in (b"", "", " "):
        with pytest.raises(PortraitMissing, match="chose to have none"):
            picture_bytes(empty)
    for other in (None, 7, [b""], "https://photos.example/1.jpg"):
        with pytest.raises(PortraitUnreadable):
            picture_bytes(other)


def test_dates_as_issuers_write_them(now: int) -> None:
    day = int(datetime(2024, 5, 6, tzinfo=UTC).timestamp())
    tag = cbor2.CBORTag
    for value in (
        tag(1004, "2024-05-06"), "2024-05-06", tag(100, day // 86_400), tag(1, day), tag(1, float(day)),
        tag(0, "2024-05-06T00:00:00Z"), tag(0, "2024-05-06t02:00:00+02:00"), "2024-05-06T00:00:00Z",
    ):  # fmt: skip
        assert day_of(value) == day, value
    for other in (
        None,
        7,
        "6 May",
        "2024-13-06",
        tag(100, -1),
        tag(1, True),
        tag(1, float("inf")),
        tag(5, "x"),
    ):
        assert day_of(other) is None, other
    with pytest.raises(CodeMalformed):
        moment("2024-05-06")


def test_a_code_with_tagged_dates_is_read(issuers: Issuers, portrait: Portrait, now: int) -> None:
    identity = {
        1: "42",
        8: cbor2.CBORTag(1004, "1990-03-25"),
        16: data_url(portrait()),
        62: [{0: portrait(), 1: 1}],
    }
    payload = cbor2.dumps({1: "https://id.example.org", 4: cbor2.CBORTag(1, now + 1000), 169: identity})
    protected = cbor2.dumps({1: -8})
    signature = issuers.ed25519.sign(cose.to_be_signed(protected, payload))
    text = base45.encode(inflate.deflate(b"\xd2" + cbor2.dumps([protected, {}, payload, signature])))
    found = presented(text).accept(issuers.trust, now=now, max_status_age=None)
    assert found.evidence.not_after == now + 1000
    assert isinstance(issuers.trust, TrustBundle)
    assert presented(text).handle != presented(text).copy  # its portrait was found, in both wrappings one
