"""Signed documents: strict headers, strict CBOR, one signature algorithm."""

from __future__ import annotations

from typing import Any

import pytest

from moiety.credential import cbor, envelope
from moiety.credential.cose import to_be_signed
from moiety.errors import TrustRefused
from moiety.keys import SigningKey

TYPE = "application/test"


def signed(signer: SigningKey, protected: Any, unprotected: Any = None, payload: Any = None) -> bytes:
    header = cbor.encode(protected)
    body = cbor.encode({"a": 1}) if payload is None else payload
    parts = [
        header,
        {} if unprotected is None else unprotected,
        body,
        signer.sign(to_be_signed(header, body)),
    ]
    return b"\xd2" + cbor.encode(parts)


def read(data: bytes, signer: SigningKey) -> Any:
    return envelope.decode(data, typ=TYPE, what="test").require(signer.verifying_key)


def test_what_is_signed_is_read(signer: SigningKey) -> None:
    data = envelope.sign({"a": [1, b"x"]}, signer, typ=TYPE)
    assert read(data, signer) == {"a": [1, b"x"]}
    assert envelope.decode(data, typ=TYPE, what="test").key_id == signer.key_id


@pytest.mark.parametrize("algorithm", [-8, -19])
def test_both_names_of_ed25519_are_read(signer: SigningKey, algorithm: int) -> None:
    assert read(signed(signer, {1: algorithm, 4: signer.key_id, 16: TYPE}), signer) == {"a": 1}


def test_the_key_may_be_named_outside_the_protected_header(signer: SigningKey) -> None:
    assert read(signed(signer, {1: -8, 16: TYPE}, {4: signer.key_id}), signer) == {"a": 1}


@pytest.mark.parametrize("algorithm", [-7, -35, -47, 5, "EdDSA", None, True])
def test_wrong_algorithms_are_refused(signer: SigningKey, algorithm: object) -> None:
    with pytest.raises(TrustRefused, match="another algorithm"):
        read(signed(signer, {1: algorithm, 4: signer.key_id, 16: TYPE}), signer)


def test_critical_headers_are_refused(signer: SigningKey) -> None:
    headers = {1: -8, 4: signer.key_id, 16: TYPE}
    with pytest.raises(TrustRefused, match="extension"):
        read(signed(signer, headers | {2: [99], 99: 1}), signer)
    with pytest.raises(TrustRefused, match="extension"):
        read(signed(signer, headers, {2: [1]}), signer)


def test_a_document_without_a_key_or_type_is_refused(signer: SigningKey) -> None:
    with pytest.raises(TrustRefused, match="which key"):
        read(signed(signer, {1: -8, 16: TYPE}), signer)
    with pytest.raises(TrustRefused, match="type"):
        read(signed(signer, {1: -8, 4: signer.key_id}), signer)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd2",
        cbor.encode([b"", {}, b"", b""]),
        b"\xd2" + cbor.encode([b"", {}, b""]),
        b"\xd2" + cbor.encode({}),
        b"\xd2" + cbor.encode([{}, {}, b"", bytes(64)]),
        b"\xd2" + cbor.encode([cbor.encode([]), {}, b"", bytes(64)]),
        b"\xd2" + cbor.encode([cbor.encode({1: -8, 4: b"x", 16: TYPE}), {}, b"", bytes(63)]),
        b"\xd1" + cbor.encode([cbor.encode({1: -8, 4: b"x", 16: TYPE}), {}, b"", bytes(64)]),
    ],
    ids=["nothing", "tag alone", "no tag", "three parts", "a map", "bare header", "a list", "short", "a MAC"],
)
def test_what_is_no_signed_document_is_refused(data: bytes) -> None:
    with pytest.raises(TrustRefused):
        envelope.decode(data, typ=TYPE, what="test")


@pytest.mark.parametrize(
    "payload", [b"\xa2\x01\x01\x01\x02", b"\xbf\xff", b"\x01\x02", b"\x81" * 50, b"\xc1\x00"],
    ids=["duplicate keys", "indefinite", "something after", "too deep", "a tag"],
)  # fmt: skip
def test_a_payload_that_is_no_strict_cbor_is_refused(signer: SigningKey, payload: bytes) -> None:
    with pytest.raises(TrustRefused, match="strict CBOR"):
        read(signed(signer, {1: -8, 4: signer.key_id, 16: TYPE}, payload=payload), signer)
