"""Base45 against RFC 9285's own examples, and back and forth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.credential import base45
from moiety.errors import CodeUnreadable


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize("text", ["GGW", "FGW", "a", "A", "AAAA", ":::", "::", "BB8\n", "BB8é"])
def test_what_section_6_refuses(text: str) -> None:
    if text == "FGW":
        assert base45.decode(text) == b"\xff\xff"
        return
    with pytest.raises(CodeUnreadable):
        base45.decode(text)


@given(st.binary(max_size=300))
def test_back_and_forth(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(alphabet=base45.ALPHABET, max_size=60))
def test_a_text_has_one_meaning(text: str) -> None:
    try:
        data = base45.decode(text)
    except CodeUnreadable:
        return
    assert base45.encode(data) == text


@given(st.binary(min_size=2, max_size=60), st.text(max_size=20))
def test_the_start_of_a_text_is_decoded_up_to_what_stands_for_nothing(data: bytes, more: str) -> None:
    whole = data[: len(data) // 2 * 2]
    assert base45.decode_start(base45.encode(whole) + ":::" + more) == whole
    assert base45.decode_start(base45.encode(whole) + "é" + more) == whole
    assert base45.decode_start(base45.encode(whole)[:-1]) == whole[:-2]
