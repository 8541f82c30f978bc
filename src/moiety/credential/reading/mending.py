"""A code's text as mail, clipboards, spreadsheets and browsers change it, and what it may have been before.

What is tried is believed only where its checksum holds (zlib, RFC 1950, section 2.2), and then the signature.
"""

from __future__ import annotations

import html
import re
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Final

from moiety.credential import base45
from moiety.credential.inflate import is_zlib
from moiety.credential.parameters import MAX_INFLATED_BYTES, MENDING_CHARS, MENDING_TRIES, MIN_TEXT_CHARS
from moiety.credential.reading import layouts, percent
from moiety.errors import CodeUnreadable

_ALPHABET: Final = frozenset(base45.ALPHABET)
_STARTS: Final = re.compile("NCF|6BF|V7F|Y9F")
"""How a code begins: base45 of the four headers of zlib with its usual window (0x78 01, 5E, 9C, DA)."""

_DASHES: Final = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0x00AD), "-")
_LETTERS: Final = {0x0131: "I", 0x0130: "I", 0x2044: "/", 0x00C2: "", 0x2236: ":", 0x2217: "*", 0x066A: "%"}
_TAGS: Final = re.compile(r"<[^<>\n]{0,200}>")
_SOFT_BREAK: Final = re.compile(r"=[ \t]*\r?\n")
_QUOTED_BYTE: Final = re.compile(r"=([0-9A-Fa-f]{2})")
_QUOTE_MARK: Final = re.compile(r"(?m)^(> ?)+")
_ESCAPED: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
_LINE_END: Final = re.compile(r"\r\n|[\r\n\t\v\f\x85\u2028\u2029]")
_OUTSIDE: Final = re.compile(r"[^0-9A-Z $%*+\-./:\n]+")


def mended(text: str) -> str | None:
    """The one text that this was before it was changed on its way; None where none is found."""
    tries, left = 0, MENDING_CHARS
    for one in _candidates(text):
        if is_whole(one):
            return one
        tries, left = tries + 1, left - len(one) - 100
        if tries >= MENDING_TRIES or left < 0:
            return None
    return None


def is_whole(text: str) -> bool:
    """Whether a text is base45 of something that zlib packed, to the last character of its checksum."""
    if not begins(text):
        return False
    try:
        engine = zlib.decompressobj()
        engine.decompress(base45.decode(text), MAX_INFLATED_BYTES + 1)
    except (CodeUnreadable, zlib.error):
        return False
    return engine.eof and not engine.unused_data


def is_begun(text: str) -> bool:
    """Whether a text is base45 of something that begins as a code does, and is damaged further on."""
    if len(text) < MIN_TEXT_CHARS or _STARTS.match(text) is None:
        return False
    try:
        base45.decode(text)
    except CodeUnreadable:
        return False
    return True


def is_unpacked(text: str) -> bool:
    """Whether a text is base45 of a signed message (COSE_Sign1) that was not compressed."""
    if len(text) < MIN_TEXT_CHARS or not _ALPHABET.issuperset(text):
        return False
    try:
        return base45.decode(text).startswith((b"\xd2\x84\x43", b"\x84\x43\xa1\x01", b"\xd8\x3d\xd2"))
    except CodeUnreadable:
        return False


def begins(text: str) -> bool:
    """Whether a text begins as a code does."""
    return _begins(text[:3])


@lru_cache(maxsize=256)
def _begins(start: str) -> bool:
    try:
        return is_zlib(base45.decode(start) + b"\x00")
    except CodeUnreadable:
        return False


def has_beginning(text: str) -> bool:
    """Whether a text that was changed on its way has the beginning of a code in it."""
    return any(_STARTS.search(one) for one in (_clean(text), _clean(percent.plain(text))))


def typed_as(text: str) -> str:
    """The keyboard layout under which a text that isn't whole begins as a code; empty where there is none."""
    return next((name for name, one in layouts.readings(text) if _STARTS.match(one)), "")


def _candidates(text: str) -> Iterator[str]:
    yield text.strip("\r\n\t")
    if "%20" in text:
        yield from _unquoted_spaces(text.strip())
    seen: list[str] = []
    plain, spaced = percent.plain(text), percent.plain(text.replace("+", " "))
    for form in map(_clean, dict.fromkeys((text, plain, spaced))):
        if form in seen:
            continue
        seen.append(form)
        starts = [found.start() for found in _STARTS.finditer(form)][:4]
        for start in starts:
            yield from _wrapped(form[start:], followed=not _ALPHABET.issuperset(text.strip()))
    yield from (one for _, one in layouts.readings(text))
    for form in seen:
        for found in list(_STARTS.finditer(form))[:1]:
            yield from _spaced(form[found.start() :].replace("\n", ""))


def _unquoted_spaces(text: str) -> Iterator[str]:
    """With spaces for "%20" alone, as address bars write them; or for all but one, the code's own."""
    parts = text.split("%20")
    yield " ".join(parts)
    for at in range(1, min(len(parts), 60)):
        yield f"{' '.join(parts[:at])}%20{' '.join(parts[at:])}"


def _clean(text: str) -> str:
    """Without what cannot be part of a code: marks of other formats around it, and look-alikes of its own."""
    if "&" in text:
        text = html.unescape(text)
    text = _TAGS.sub("\n", text)
    if _SOFT_BREAK.search(text) or _QUOTED_BYTE.search(text):
        text = _QUOTED_BYTE.sub(lambda found: chr(int(found[1], 16)), _SOFT_BREAK.sub("", text))
    text = _QUOTE_MARK.sub("", _LINE_END.sub("\n", text))
    text = _ESCAPED.sub(lambda found: chr(int(found[1][1:], 16)) if len(found[1]) > 1 else found[1], text)
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_LETTERS)
    if folded.isascii():
        return _OUTSIDE.sub("", folded.upper())
    kept = (
        " " if unicodedata.category(one) == "Zs" else "" if unicodedata.category(one) == "Cf" else one
        for one in folded
    )
    return _OUTSIDE.sub("", _digits("".join(kept)).upper())


def _digits(text: str) -> str:
    """Every decimal digit as the ASCII one of its value."""
    return "".join(
        one if one.isascii() or (value := unicodedata.decimal(one, None)) is None else str(value)
        for one in text
    )


def _wrapped(text: str, *, followed: bool) -> Iterator[str]:
    """With its lines joined in every way in which they may have been cut, and without what follows it.

    `followed` says whether a mark that no code has stands somewhere: the code may end before it.
    """
    lines = text.split("\n")
    width = max(map(len, lines))
    ways = (
        "".join(lines),
        " ".join(lines),
        "".join(line.strip(" ") for line in lines),
        " ".join(line.strip(" ") for line in lines),
        "".join(line.ljust(width) for line in lines[:-1]) + lines[-1],
        "".join(line.rjust(width) for line in lines[:-1]) + lines[-1],
    )
    for one in dict.fromkeys(ways):
        yield one
        yield one.strip(" ")  # no code ends with a space: it would stand for too much there
        ended = _without_more(one) if followed else None
        if ended is not None:
            yield ended


def _without_more(text: str) -> str | None:
    """As much of a text as its compressed stream has: a signature of a mail may follow."""
    data = base45.decode_start(text)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        engine.decompress(data[2:], MAX_INFLATED_BYTES + 1)
    except zlib.error:
        return None
    if not engine.eof:
        return None
    whole, odd = divmod(len(data) - len(engine.unused_data) + 4, 2)
    return text[: whole * 3 + odd * 2]


def _spaced(text: str) -> Iterator[str]:
    """With spaces where several in a row became one: one such place, then two."""
    bare = text.strip(" ")
    places = [at for at, one in enumerate(bare) if one == " "]
    for count in (1, 2):
        if (len(bare) + count) % 3 == 1:
            continue  # no code has this length
        for where in combinations(places, count):
            parts = [bare[a:b] for a, b in zip((0, *where), (*where, len(bare)), strict=True)]
            yield " ".join(parts)
