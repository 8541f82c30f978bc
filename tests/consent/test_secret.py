"""The withdrawal secret: written for paper, read leniently, and a slip is told apart from a wrong one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.consent.secret import new_secret, read_secret, secret_hash, written
from moiety.errors import ConsentError


@given(st.binary(min_size=16, max_size=16))
def test_what_is_written_is_read(secret: bytes) -> None:
    text = written(secret)
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}", text)
    assert read_secret(text) == secret


def test_it_is_read_as_people_write_it() -> None:
    secret = bytes.fromhex("00112233445566778899aabbccddeeff")
    text = written(secret)
    spellings = [
        text.lower(),
        text.replace("-", ""),
        text.replace("-", " "),
        f"  {text} ",
        text.replace("0", "O"),
        text.replace("1", "l"),
        text.replace("1", "I"),
    ]
    assert "0" in text
    assert {read_secret(one) for one in spellings} == {secret}


@pytest.mark.parametrize("position", range(28))
def test_one_wrong_character_is_a_slip(position: int) -> None:
    """Ten check bits miss one slip in 1,024; these fixed ones are all seen."""
    plain = written(bytes(range(16))).replace("-", "")
    other = "Z" if plain[position] != "Z" else "Y"
    with pytest.raises(ConsentError, match="mistyped"):
        read_secret(plain[:position] + other + plain[position + 1 :])


@pytest.mark.parametrize("text", ["", "-", "A" * 27, "A" * 29, "U" * 28, "é" * 28, "A" * 10_000, "\0" * 28])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConsentError):
        read_secret(text)


@given(st.text(max_size=100))
def test_any_text_gives_a_secret_or_a_refusal(text: str) -> None:
    try:
        assert len(read_secret(text)) == 16
    except ConsentError as error:  # in words that do not depend on what was typed
        assert str(error) in ("This is no withdrawal code.", "The withdrawal code is mistyped.")


def test_two_are_never_the_same_and_their_hashes_are_bound_to_their_use() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert len(one) == 16
    assert secret_hash(one) != secret_hash(other)
    assert len(secret_hash(one)) == 32
