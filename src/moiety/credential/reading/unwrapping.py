"""What texts hold among other things: strings in JSON, tokens among words, bytes as digits or letters.

Nothing is believed: each find is told apart again by what it is. All of it ends within bounds.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import re
from collections.abc import Iterator
from typing import Final

MOST_HELD: Final = 60
"""Strings of a JSON text, or runs of letters of another, that are looked at."""

_LEAST: Final = 40  # characters; the shortest document has more
_DEEPEST: Final = 8
_LEAST_BYTES: Final = 20
_HEX: Final = re.compile(r"(0[xX])?[0-9A-Fa-f]{20,}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{60,}={0,2}")
_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9_-])ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:~[A-Za-z0-9_-]*)*~"
    r"(?:ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?"
)
_SPACES: Final = re.compile(r"[\s\u00a0]+")
_SOFT_BREAK: Final = re.compile(r"=[ \t]*\r?\n")
_QUOTE_MARK: Final = re.compile(r"(?m)^(?:> ?)+")
_TAG: Final = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]{0,400}>")
_BETWEEN: Final = re.compile(r"0[xX]|\\x|[:,;\-{}\[\]]")
_PAIRS: Final = re.compile(r"(?:(?:0[xX]|\\x)?[0-9A-Fa-f]{2}[\s:,;-]*)+")
_NUMBERS: Final = re.compile(r"(?:\d{1,3}\s*,\s*)+\d{1,3}")
_DUMP_LINE: Final = re.compile(r"[ \t]*[0-9A-Fa-f]{4,8}:?[ \t]+((?:[0-9A-Fa-f]{2}){1,4}[ \t].*)")
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,60})-----([A-Za-z0-9+/=\s]*)-----END [A-Z0-9 ]{1,60}-----")


def held_in(value: object, depth: int = 0) -> Iterator[str | bytes]:
    """The texts and the bytes (lists of numbers) in a JSON value that are long enough to be documents."""
    if isinstance(value, str):
        if len(value) >= _LEAST:
            yield value
        return
    if depth >= _DEEPEST or not isinstance(value, (dict, list)):
        return
    numbers = list(value.values()) if isinstance(value, dict) else value
    if len(numbers) >= _LEAST_BYTES and all(type(one) is int and 0 <= one < 256 for one in numbers):
        yield bytes(numbers)
        return
    for one in numbers[:MOST_HELD]:
        yield from held_in(one, depth + 1)


def plain(text: str) -> str:
    """A text without the marks of mail, of markup and of quoted-printable around and in its lines."""
    text = _SOFT_BREAK.sub("", text).replace("=3D", "=")
    if "<" in text:
        text = html.unescape(_TAG.sub("\n", text))
    return _QUOTE_MARK.sub("", text)


def tokens_in(text: str) -> list[str]:
    """The SD-JWTs among other words, each once; those that were cut into lines too."""
    found = dict.fromkeys(one[0] for one in _TOKEN.finditer(text))
    if not found and "~" in text:
        start = re.search(r"(?<![A-Za-z0-9_-])ey[A-Za-z0-9_-]{8}", text)
        joined = "" if start is None else "".join(_SPACES.split(text[start.start() :]))
        found = dict.fromkeys(one[0] for one in _TOKEN.finditer(joined))
    return list(found)


def pem(text: str) -> bytes | None:
    """What a PEM block holds, of whatever name but a certificate or key."""
    block = _PEM.match(text)
    if block is None or any(one in block[1] for one in ("CERTIFICATE", "KEY", "PGP")):
        return None
    with contextlib.suppress(ValueError):
        return from_base64("".join(block[2].split()))
    return None


def written_bytes(bare: str) -> Iterator[bytes]:
    """What a text stands for as hexadecimal digits, base64 or base64url, or as a dump of bytes."""
    joined = "".join(_SPACES.split(_SOFT_BREAK.sub("", bare)))
    digits = joined.removeprefix("h'").removesuffix("'")
    if _HEX.fullmatch(digits) and len(digits) % 2 == 0:
        yield bytes.fromhex(digits[2:] if digits[:2] in ("0x", "0X") else digits)
    elif _PAIRS.fullmatch(bare.strip("{}[]h'\" \r\n")):
        with contextlib.suppress(ValueError):
            yield bytes.fromhex(_BETWEEN.sub("", digits))
    letters = re.sub(r"%3[Dd]", "=", joined.removeprefix("b64'").rstrip("'"))
    letters = re.sub(r"%2[Bb]", "+", re.sub(r"%2[Ff]", "/", letters))
    if _BASE64.fullmatch(letters):
        with contextlib.suppress(ValueError):
            yield from_base64(letters)
    if _NUMBERS.fullmatch(bare):
        with contextlib.suppress(ValueError):
            yield bytes(map(int, bare.split(",")))
    dumped = _dumped(bare)
    if dumped:
        yield dumped
    if "\\x" in bare:
        yield _escaped(bare)


def runs_in(text: str) -> list[str]:
    """The longest runs of letters and digits among other words; what stands after the last colon, joined."""
    runs = sorted((one[0] for one in _RUN.finditer(text)), key=len, reverse=True)[:4]
    _, mark, rest = text.partition(":")
    return [*runs, rest.strip()] if mark else runs


def from_base64(text: str) -> bytes:
    """Bytes from base64 or base64url, padded or not.

    Raises:
        ValueError: neither.
    """
    bare = text.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    if len(bare) % 4 == 1:
        raise ValueError("no base64 has this length")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error


def _dumped(text: str) -> bytes:
    """The bytes of a dump as `xxd` and `hexdump -C` write it: an offset, up to 16 bytes, their letters."""
    lines = text.strip().splitlines()
    if len(lines) < 2 or _DUMP_LINE.match(lines[0]) is None:
        return b""
    data = bytearray()
    for line in lines:
        found = _DUMP_LINE.match(f"{line} ")
        row = bytearray()
        for word in () if found is None else found[1].split():
            if len(word) % 2 or len(row) + len(word) // 2 > 16 or re.fullmatch("[0-9A-Fa-f]+", word) is None:
                break
            row += bytes.fromhex(word)
        data += row
    return bytes(data)


def _escaped(text: str) -> bytes:
    """The bytes of a literal as programs print it: b'\\xa2...'."""
    inside = text.removeprefix("b").strip("'\"")
    read = _ESCAPE.sub(
        lambda found: chr(int(found[1][1:], 16)) if len(found[1]) > 1 else _NAMED.get(found[1], found[1]),
        inside,
    )
    return read.encode("latin-1", "replace")
