"""Base45 (RFC 9285): bytes as the 45 characters that QR codes pack tightest."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import CodeUnreadable

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = bytes(max(ALPHABET.find(chr(one)), -1) % 256 for one in range(256))
"""For each byte the value of its character; 255 for those outside the alphabet."""
_NO_VALUE: Final = b"\xff"
_FOREIGN: Final = "The text isn't a code: it has characters that no code has."
_TOO_MUCH: Final = "The text isn't a code: three of its characters stand for too much."


def encode(data: bytes) -> str:
    """Two bytes become three characters, a last odd byte two (RFC 9285, section 4)."""
    characters: list[str] = []
    for at in range(0, len(data) - 1, 2):
        rest, first = divmod(data[at] * 256 + data[at + 1], 45)
        third, second = divmod(rest, 45)
        characters += (ALPHABET[first], ALPHABET[second], ALPHABET[third])
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        characters += (ALPHABET[first], ALPHABET[second])
    return "".join(characters)


def decode(text: str) -> bytes:
    """The bytes that `text` stands for.

    Raises:
        CodeUnreadable: a character outside the alphabet, an impossible length, or a group that stands for
            more than 16 bits (8 for a last pair): RFC 9285, section 6, demands that these are refused.
    """
    if not text.isascii():
        raise CodeUnreadable(_FOREIGN)
    digits = text.encode("ascii").translate(_VALUES)
    if _NO_VALUE in digits:
        raise CodeUnreadable(_FOREIGN)
    if len(digits) % 3 == 1:
        raise CodeUnreadable("The text isn't a whole code: no code has this length.")
    whole = len(digits) // 3 * 3
    numbers = _numbers(digits[:whole])
    if numbers.size and int(numbers.max()) > 0xFFFF:
        raise CodeUnreadable(_TOO_MUCH)
    data = numbers.astype(">u2").tobytes()
    if len(digits) == whole:
        return data
    number = digits[-2] + 45 * digits[-1]
    if number > 0xFF:
        raise CodeUnreadable(_TOO_MUCH)
    return data + bytes([number])


def decode_start(text: str) -> bytes:
    """The bytes that whole groups at the start of `text` stand for, up to the first that stands for none."""
    digits = text.encode("ascii", "replace").translate(_VALUES).partition(_NO_VALUE)[0]
    numbers = _numbers(digits[: len(digits) // 3 * 3])
    wrong = np.flatnonzero(numbers > 0xFFFF)
    return numbers[: wrong[0] if wrong.size else None].astype(">u2").tobytes()


def _numbers(digits: bytes) -> NDArray[np.uint32]:
    """What each group of three digits stands for, too much or not."""
    values: NDArray[np.uint32] = np.frombuffer(digits, np.uint8).astype(np.uint32)
    found: NDArray[np.uint32] = values[0::3] + np.uint32(45) * values[1::3] + np.uint32(2025) * values[2::3]
    return found
