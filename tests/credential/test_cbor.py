"""Strict CBOR: `cbor2` agrees on what we take, and what we refuse is what RFC 8949 lets us refuse."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.credential import cbor
from moiety.credential.parameters import MAX_DEPTH, MAX_ITEMS, MAX_MAP_ENTRIES
from moiety.errors import CodeMalformed

_keys = st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5) | st.binary(max_size=5)
_leaves = _keys | st.booleans() | st.none() | st.floats(allow_nan=False)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, (dict, list)) else 0


@given(_values)
def test_what_is_encoded_decodes_to_itself(value: Any) -> None:
    if _depth(value) <= MAX_DEPTH:
        assert cbor.decode(cbor.encode(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_decode_as_cbor2_does_or_are_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except CodeMalformed:
        return
    assert (
        value == cbor2.loads(data) or (isinstance(value, float) and math.isnan(value)) or "nan" in repr(value)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"\x9f\xff",
        b"\xbf\xff",
        b"\x5f\x41x\xff",
        b"\xa2\x01\x02\x01\x03",
        b"\xa1\x80\x00",
        b"\xa1\xf4\x00",
        b"\xa1\xf9\x00\x00\x00",
        b"\xf7",
        b"\xf8\x20",
        b"\xff",
        b"\xc2\x41\x01",
        b"\xd8\x1c\x80",
        b"\x1c",
        b"\x19\x01",
        b"\x42\x01",
        b"\x61\xff",
        b"\x81" * (MAX_DEPTH + 1) + b"\x00",
        cbor2.dumps([0] * MAX_ITEMS),
        cbor2.dumps(dict.fromkeys(range(MAX_MAP_ENTRIES + 1), 0)),
    ],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(CodeMalformed):
        cbor.decode(data)


def test_the_limits_themselves_are_allowed() -> None:
    assert cbor.decode(b"\x81" * MAX_DEPTH + b"\x00") == [[[[[[[[0]]]]]]]]
    assert len(cbor.decode(cbor2.dumps([0] * (MAX_ITEMS - 1)))) == MAX_ITEMS - 1
    assert len(cbor.decode(cbor2.dumps(dict.fromkeys(range(MAX_MAP_ENTRIES), 0)))) == MAX_MAP_ENTRIES
