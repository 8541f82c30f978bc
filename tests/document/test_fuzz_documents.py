"""Hypothesis over every decoder of documents: whatever comes in, an answer or an error of ours comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.bad_inputs import generate_documents as good

from moiety.cli.inspect_documents import describe
from moiety.credential import anchors, base45, inflate
from moiety.document import disclosures, encrypted, jose, mdoc, mobile_security, sd_jwt
from moiety.document.portrait import Stated, read_portrait
from moiety.document.read import presented
from moiety.errors import MoietyError
from moiety.face.embed import MODEL

_scalars = (
    st.integers(-(2**64), 2**64 - 1)
    | st.text(max_size=12)
    | st.binary(max_size=24)
    | st.booleans()
    | st.none()
    | st.floats()
)
_anything = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-5, 200) | st.text(max_size=4), inner, max_size=5)
        | st.builds(cbor2.CBORTag, st.sampled_from([0, 1, 18, 24, 1004, 35]), inner)
    ),
    max_leaves=20,
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
_FILES = sorted((Path(__file__).parents[1] / "bad_inputs" / "documents").glob("*-*"))
_GOOD = cbor2.dumps(good.issuer_signed())


def answers(data: bytes | str) -> None:
    """A document whose parts can all be shown, or a refusal."""
    try:
        shown = presented(data)
        assert repr(shown) and shown.kind
        describe(shown)
    except MoietyError as refusal:
        assert refusal.diagnostics()


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    answers(data)


_NAMES = st.sampled_from(["documents", "issuerSigned", "nameSpaces", "issuerAuth", "docType", "x"])


@given(st.dictionaries(_NAMES, _anything, min_size=1, max_size=4))
def test_any_map(body: dict[str, Any]) -> None:
    answers(cbor2.dumps(body))


@given(_anything)
def test_any_element_and_any_security_object(value: Any) -> None:
    for data in (value, cbor2.CBORTag(24, cbor2.dumps(value))):
        body = {**good.issuer_signed(), "nameSpaces": {good.SPACE: [data]}}
        answers(cbor2.dumps(body))
        try:
            mobile_security.decode(cbor2.dumps(data))
        except MoietyError as refusal:
            assert refusal.diagnostics()


_FIELDS = st.sampled_from(["version", "digestAlgorithm", "valueDigests", "docType", "validityInfo", "status"])


@given(st.dictionaries(_FIELDS, _anything, max_size=6))
def test_any_fields_of_a_security_object(changes: dict[str, Any]) -> None:
    inner = cbor2.loads(cbor2.loads(good.issuer_signed()["issuerAuth"][2]).value)
    payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps({**inner, **changes})))
    try:
        mobile_security.decode(payload)
    except MoietyError as refusal:
        assert refusal.diagnostics()


@given(at=st.integers(0, len(_GOOD) - 1), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_mobile_document_is_never_whole(at: int, bit: int, cut: bool) -> None:
    damaged = bytearray(_GOOD)
    damaged[at] ^= 1 << bit
    data = bytes(damaged[:at]) if cut else bytes(damaged)
    try:
        document = mdoc.decode(data)
        signed = mobile_security.decode(document.message.payload)
        for item in document.items:
            signed.require_digest(item)
    except MoietyError as refusal:
        assert refusal.diagnostics()
        return
    # Only what no digest is over can differ: the issuer's signature and headers, checked elsewhere.
    kept = mdoc.decode(_GOOD)
    assert [one.encoded for one in document.items] == [one.encoded for one in kept.items] or len(
        document.items
    ) < len(kept.items)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    try:
        sd_jwt.decode(text)
    except MoietyError as refusal:
        assert refusal.diagnostics()
    answers("eyJ" + text.encode("ascii", "ignore").decode() + "~")
    answers(good.token([]) + "~" + text + "~")


@given(header=_json, payload=_json, shown=st.lists(_json, max_size=3))
def test_any_token(header: Any, payload: Any, shown: list[Any]) -> None:
    parts = [good.b64(json.dumps(one).encode()) for one in (header, payload)]
    answers(
        "~".join([f"{parts[0]}.{parts[1]}.AAAA", *(good.b64(json.dumps(one).encode()) for one in shown), ""])
    )


@given(st.dictionaries(st.sampled_from(["_sd", "...", "_sd_alg", "a", "iss", "picture"]), _json, max_size=5),
       st.lists(st.tuples(st.text(max_size=5), _json), max_size=3))  # fmt: skip
def test_any_disclosures(payload: dict[str, Any], shown: list[tuple[str, Any]]) -> None:
    texts = [good.disclosure(name, value) for name, value in shown]
    payload["_sd"] = [*(payload.get("_sd") or []), *map(good.digest, texts)] if isinstance(
        payload.get("_sd", []), list
    ) else payload["_sd"]  # fmt: skip
    try:
        whole = disclosures.disclosed(payload, texts, "sha256")
        assert not {"_sd", "...", "_sd_alg"} & set(whole)
        sd_jwt.portrait_of(whole)
    except MoietyError as refusal:
        assert refusal.diagnostics()


@given(_json)
def test_any_key(value: Any) -> None:
    for jwk in (
        value,
        {"kty": "EC", "crv": "P-256", "x": value, "y": value},
        {"kty": "OKP", "crv": "Ed25519", "x": value},
    ):
        with pytest.raises(MoietyError):
            jose.key_of_jwk(jwk)


@given(_anything)
def test_any_encrypted_code(value: Any) -> None:
    for body in (value, [cbor2.dumps({1: 3}), {5: value}, b""], [cbor2.dumps(value), {}, b""]):
        data = b"\xd0" + cbor2.dumps(body)
        assert encrypted.is_encrypted(data)
        answers(base45.encode(inflate.deflate(data)))


@given(_anything)
def test_any_anchor(value: Any) -> None:
    rows = [value, ["name", value, "", b"", good.ROOT_DER, False], ["n", ["mdoc"], "", b"", value, False]]
    for row in rows:
        with pytest.raises(MoietyError):
            anchors.decode(row)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.binary(max_size=200),
    head=st.sampled_from([b"", b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"RIFF\0\0\0\0WEBP"]),
)
def test_any_portrait(data: bytes, head: bytes) -> None:
    try:
        read_portrait(head + data, Stated(None, False), model=MODEL, now=good.NOW)
    except MoietyError as refusal:
        assert refusal.diagnostics()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(_FILES), at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_bad_document_made_worse(path: Path, at: int, byte: int) -> None:
    data = bytearray(path.read_bytes())
    data[at % len(data)] = byte
    answers(bytes(data))
