"""Base45 (RFC 9285): bytes as the 45 characters that QR codes pack tightest."""

from __future__ import annotations

from typing import Final

from moiety.errors import CodeUnreadable

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


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
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise CodeUnreadable("The text is no code: it has characters that base45 does not use.") from error
    if len(values) % 3 == 1:
        raise CodeUnreadable("The text is no whole code: base45 never has this length.")
    data = bytearray()
    for at in range(0, len(values) - 2, 3):
        number = values[at] + 45 * values[at + 1] + 2025 * values[at + 2]
        if number > 0xFFFF:
            raise CodeUnreadable("The text is no code: a group of base45 characters stands for too much.")
        data += number.to_bytes(2, "big")
    if len(values) % 3 == 2:
        number = values[-2] + 45 * values[-1]
        if number > 0xFF:
            raise CodeUnreadable("The text is no code: a group of base45 characters stands for too much.")
        data.append(number)
    return bytes(data)
