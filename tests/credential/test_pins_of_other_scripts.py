"""A PIN in the digits of any script is the same PIN, and one that was set before still opens its code."""

from __future__ import annotations

import unicodedata

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from moiety.credential import pin
from moiety.errors import PinWrong, UsageError

CTI, INFO = bytes(range(16)), b"info"
TYPED = {
    "Arabic-Indic": "\u0661\u0662\u0663\u0664",
    "Persian": "\u06f1\u06f2\u06f3\u06f4",
    "Devanagari": "\u0967\u0968\u0969\u096a",
    "Thai": "\u0e51\u0e52\u0e53\u0e54",
    "full-width": "\uff11\uff12\uff13\uff14",
    "mathematical": "\U0001d7cf\U0001d7d0\U0001d7d1\U0001d7d2",
    "a byte order mark before it": "\ufeff1234",
    "a mark of direction": "\u200f1234\u200e",
}


@pytest.fixture(scope="module")
def locked() -> bytes:
    """Something under the PIN 1234."""
    return pin.lock(b"inside", "1234", cti=CTI, info=INFO)


@pytest.mark.parametrize("script", list(TYPED))
def test_the_same_digits_open_it(locked: bytes, script: str) -> None:
    assert pin.unlock(locked, TYPED[script], cti=CTI, info=INFO) == b"inside"


def test_other_digits_do_not(locked: bytes) -> None:
    with pytest.raises(PinWrong):
        pin.unlock(locked, "\u0661\u0662\u0663\u0665", cti=CTI, info=INFO)


def test_what_was_locked_before_still_opens_as_it_was_typed() -> None:
    typed = TYPED["Arabic-Indic"]
    key, nonce = pin._derive(unicodedata.normalize("NFKC", typed), CTI)  # as versions before 0.2 did
    before = AESGCM(key).encrypt(nonce, b"inside", INFO)
    assert pin.unlock(before, typed, cti=CTI, info=INFO) == b"inside"


def test_marks_that_are_not_seen_make_no_pin() -> None:
    with pytest.raises(UsageError):
        pin.check("12\u200b\u200f\ufeff3")


def test_half_a_character_is_a_wrong_pin_and_no_internal_error(locked: bytes) -> None:
    with pytest.raises(PinWrong):
        pin.unlock(locked, "12\ud800", cti=CTI, info=INFO)
