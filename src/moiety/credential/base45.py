"""Base45 (RFC 9285): bytes as the 45 characters that QR codes pack tightest."""

from __future__ import annotations

from typing import Final

import numpy as np

from moiety.errors import CodeUnreadable

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = bytes(max(ALPHABET.find(chr(one)), -1) % 256 for one in range(256))
"""For each byte the value of its character; 255 for those outside the alphabet."""
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
    values = np.frombuffer(text.encode("ascii").translate(_VALUES), np.uint8).astype(np.uint32)
    if values.size and int(values.max()) >= len(ALPHABET):
        raise CodeUnreadable(_FOREIGN)
    if len(values) % 3 == 1:
        raise CodeUnreadable("The text isn't a whole code: no code has this length.")
    whole = len(values) // 3 * 3
    numbers = values[0:whole:3] + 45 * values[1:whole:3] + 2025 * values[2:whole:3]
    if numbers.size and int(numbers.max()) > 0xFFFF:
        raise CodeUnreadable(_TOO_MUCH)
    data = numbers.astype(">u2").tobytes()
    if len(values) == whole:
        return data
    number = int(values[-2]) + 45 * int(values[-1])
    if number > 0xFF:
        raise CodeUnreadable(_TOO_MUCH)
    return data + bytes([number])
