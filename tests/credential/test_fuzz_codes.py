"""Hypothesis over every layer of a code: whatever comes in, an answer or an error of ours comes out."""

from __future__ import annotations

import zlib
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moiety.credential import base45, claims, cose
from moiety.credential.claims import Claims, StatusReference
from moiety.credential.code import Credential, verify_signature
from moiety.errors import CodeMalformed, CodeUnreadable, SignatureInvalid
from moiety.keys import SigningKey

_SIGNER = SigningKey.from_seed(bytes(range(32)))
_REFUSALS = (CodeUnreadable, CodeMalformed, SignatureInvalid)

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
    ),
    max_leaves=20,
)
_uris = st.from_regex(r"https://[a-z]{1,20}\.example\.org/", fullmatch=True)


def _message(payload: bytes, headers: dict[Any, Any] | None = None) -> bytes:
    protected = cbor2.dumps({1: -8, 4: _SIGNER.key_id} if headers is None else headers)
    signature = _SIGNER.sign(cose.to_be_signed(protected, payload))
    return b"\xd2" + cbor2.dumps([protected, {}, payload, signature])


def _answers(data: bytes) -> None:
    """Either a code whose parts can all be shown, or a refusal."""
    try:
        code = Credential.from_text(base45.encode(data))
        assert repr(code) and repr(code.statement) and code.short_id
        verify_signature(code, _SIGNER.verifying_key)
    except _REFUSALS as refusal:
        assert refusal.diagnostics()


@given(st.text(max_size=300) | st.text(alphabet=base45.ALPHABET, max_size=300))
def test_any_text(text: str) -> None:
    try:
        Credential.from_text(text)
    except _REFUSALS as refusal:
        assert refusal.diagnostics()
        return
    pytest.fail("a random text was taken for a code")


@given(st.binary(max_size=300))
def test_any_bytes_under_base45(data: bytes) -> None:
    _answers(data)


@given(st.binary(max_size=300))
def test_any_bytes_under_zlib(data: bytes) -> None:
    _answers(zlib.compress(data))


@given(st.binary(max_size=200) | _anything.map(cbor2.dumps))
def test_any_payload_under_a_signature_that_holds(payload: bytes) -> None:
    _answers(zlib.compress(_message(payload)))


@given(st.dictionaries(st.sampled_from([1, 2, 3, 4, 16, "x"]), _anything, max_size=4))
def test_any_protected_header(headers: dict[Any, Any]) -> None:
    _answers(zlib.compress(_message(cbor2.dumps({169: {}}), headers)))


@given(
    st.fixed_dictionaries(
        {169: st.fixed_dictionaries({75: st.lists(_anything, max_size=6) | _anything}) | _anything},
        optional=dict.fromkeys((1, 2, 4, 5, 6, 7, 65535), _anything),
    )
)
def test_any_claims(stated: dict[int, Any]) -> None:
    _answers(zlib.compress(_message(cbor2.dumps(stated))))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((1, 4, 9, 16, 18, 50, 62, 65, 75, 99), _anything)))
def test_any_identity(identity: dict[int, Any]) -> None:
    _answers(zlib.compress(_message(cbor2.dumps({169: identity}))))
    _answers(zlib.compress(_message(cbor2.dumps({169: cbor2.dumps(identity)}))))


@given(
    issuer=_uris,
    days=st.tuples(st.integers(0, 30_000), st.integers(0, 30_000), st.integers(1, 30_000)),
    cti=st.binary(min_size=16, max_size=16),
    status=st.none() | st.builds(StatusReference, _uris, st.integers(0, 2**32 - 1)),
    profile=st.sampled_from(["card", "paper"]),
    group=st.binary(min_size=8, max_size=8),
    sealed=st.binary(max_size=400),
    pin=st.booleans(),
)
def test_claims_back_and_forth(
    issuer: str, days: tuple[int, int, int], cti: bytes, status: StatusReference | None, profile: Any,
    group: bytes, sealed: bytes, pin: bool,
) -> None:  # fmt: skip
    issued, first, length = (day * 86_400 for day in days)
    said = Claims(issuer, issued, first, first + length, cti, status, profile, group, sealed, pin)
    assert claims.decode(claims.encode(said)).claims == said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7), kind=st.sampled_from(["flip", "cut", "double"]))
def test_a_damaged_code_never_verifies(make_code: Any, at: int, bit: int, kind: str) -> None:
    good = bytearray(base45.decode(make_code().text))
    at %= len(good)
    if kind == "flip":
        good[at] ^= 1 << bit
    elif kind == "cut":
        del good[at:]
    else:
        good[at:at] = good[at : at + 1 + bit]
    try:
        code = Credential.from_text(base45.encode(bytes(good)))
        verify_signature(code, _SIGNER.verifying_key)
    except _REFUSALS:
        return
    pytest.fail("a damaged code was taken for a good one")
