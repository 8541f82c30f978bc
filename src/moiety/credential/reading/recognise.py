"""Tell what a thing is, by what it holds: never by its name. Nothing is believed, and nothing raised."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any, Final

from moiety import image
from moiety.credential import base45, inflate
from moiety.credential.parameters import MAX_TEXT_CHARS, MENDED_CHARS, MIN_TEXT_CHARS
from moiety.credential.reading import foreign, mending, percent, unwrapping
from moiety.credential.reading.things import Kind, Thing, code, damaged, mdoc, sd_jwt, unknown
from moiety.credential.reading.things import foreign as other
from moiety.errors import CodeMalformed, CodeUnreadable

MOST_TEXT_BYTES: Final = 12_000_000
"""A document of 4 MB as hexadecimal digits with spaces between them."""

_LEAST_DUMP: Final = 60  # bytes; fewer may begin as something by chance, as the name of a file does
_DEEPEST: Final = 4  # a data URL of hexadecimal digits of a JSON text that holds a token: one wrapping each
_RESCAN: Final = (
    "Show or scan the code again, or get its text again: copy it whole, or save it as a .txt file."
)
_PLAIN_MARKS: Final = (b"G", b"{", b"%")  # of GIF, RTF and PostScript, which may be plain ASCII
_LIST_OF_ONE: Final = 0x81
_MAP: Final = frozenset((*range(0xA1, 0xB8), 0xB8, 0xB9, 0xBF))  # CBOR maps but the empty
_SELF_DESCRIBED: Final = b"\xd9\xd9\xf7"
"""Tag 55799 (RFC 8949, section 3.4.6) says "this is CBOR"."""
_MDOC_WORDS: Final = (b"issuerSigned", b"issuerAuth", b"nameSpaces", b"documents")
_SIGNED: Final = (b"\xd2\x84", b"\x84\x43\xa1\x01", b"\xd8\x3d\xd2", b"\xd8\x3d\xd0", b"\xd0\x83")
_COSE_FIRST: Final = frozenset((0xD2, 0x84, 0xD8, 0xD0, 0x83, 0xC2, 0x9F))
_TOKEN: Final = re.compile(r"ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_TOKEN_START: Final = re.compile(r"ey[A-Za-z0-9_-]{8,}\.")
_JWE: Final = re.compile(r"ey[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){4}")
_DATA_URL: Final = re.compile(r"data:([a-z0-9.+/-]{0,80})((?:;[a-z0-9=.+-]{0,40}){0,4}),", re.IGNORECASE)
_FORM: Final = re.compile(r"([\w.%-]+=[^&\s]*&)*(vp_token|id_token|response)=")
_ENDS: Final = "\x00\x1a\x04 \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029"
"""Spaces, and NUL and Ctrl-Z, with which some programs end a file."""
_AROUND: Final = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e\u201a()[]"
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACES: Final = re.compile(r"[\s\u00a0]+")
_LETTERS: Final = re.compile(r"[A-Za-z0-9]")


def of_bytes(data: bytes, depth: int = 0) -> Thing:
    """What the bytes of a file or of a symbol are."""
    if not data:
        return unknown("empty (0 bytes)", "Give the file again: this one holds nothing.")
    before, mark, _ = data[:1024].partition(b"%PDF-")
    if mark and before.isascii():
        return Thing(Kind.PDF, data=data, name="a PDF")
    plain = data.isascii() and b"\x00" not in data  # "BM" and "MZ" begin words too
    if not plain and image.kind_of(data) is not None:
        return Thing(Kind.PICTURE, data=data, name="a picture")
    known = None if plain and data[:1] not in _PLAIN_MARKS else foreign.of_file(data)
    if known is not None:
        return known
    binary = None if plain else _of_binary(data.removeprefix(_SELF_DESCRIBED))
    if binary is not None:
        return binary
    text = _text_of(data)
    if text is None:
        return unknown("a file of a kind that is not known here")
    return of_text(text, depth)


def of_text(text: str, depth: int = 0) -> Thing:
    """What a text is."""
    if len(text) > MOST_TEXT_BYTES:
        return unknown("a text that is too long for any document")
    exact = text.strip("\r\n\t")
    if len(exact) <= MAX_TEXT_CHARS and mending.is_whole(exact):
        return _packed(exact)
    outer = _INVISIBLE.sub("", text).strip(_ENDS)
    bare = outer.strip(_AROUND).strip(_ENDS)
    if not bare:
        return unknown("an empty text", "Give the code's text.")
    if depth < _DEEPEST:
        listed = _of_json(outer, depth) if outer[:1] == "[" else None
        wrapped = _of_wrapped(text, bare, depth) if listed is None else listed
        if wrapped is not None:
            return wrapped
    found = _of_token(bare)
    if found is not None:
        return found
    return _of_code(text, bare, depth)


def of_symbol(text: str, data: bytes) -> Thing:
    """What a QR code holds, by its text and its bytes."""
    if len(text) <= MAX_TEXT_CHARS and mending.is_whole(text):
        return _packed(text)
    return of_bytes(data)


def _of_binary(data: bytes) -> Thing | None:
    """Documents as bytes; None for what is text, or not known."""
    if not data:
        return None
    if data[0] in _MAP and any(word in data for word in _MDOC_WORDS):
        return mdoc(data)
    inner = data[1:] if data[0] == _LIST_OF_ONE and data[1:2] and data[1] in _MAP else _embedded(data)
    if inner is not None and any(word in inner for word in _MDOC_WORDS):
        return mdoc(inner)
    if data[0] in _MAP and b"docRequests" in data:
        return other("a request to a wallet", "Give what the wallet answers.")
    if any(data.startswith(one) for one in _SIGNED):
        return other(
            "the inside of a code, without what a QR code needs around it",
            "Give the code's text, or a picture of it.",
        )
    if inflate.is_zlib(data) and not data.isascii():
        text = base45.encode(data)
        return _packed(text) if mending.is_whole(text) else None
    return None


def _embedded(data: bytes) -> bytes | None:
    """A mobile document in a byte string (CBOR major type 2), with or without tag 24."""
    bare = data.removeprefix(b"\xd8\x18")
    if not bare or bare[0] >> 5 != 2:
        return None
    size = {24: 1, 25: 2, 26: 4}.get(bare[0] & 31)
    start = 1 if size is None else 1 + size
    length = bare[0] & 31 if size is None else int.from_bytes(bare[1:start], "big")
    inner = bare[start:]
    whole = len(inner) == length and bool(inner) and inner[0] in _MAP
    return inner if whole and any(word in inner for word in _MDOC_WORDS) else None


def _text_of(data: bytes) -> str | None:
    """Bytes as text: by their mark, as UTF-8, as UTF-16 without a mark, as an old code page; else None."""
    if len(data) > MOST_TEXT_BYTES:
        return None
    for mark, name in (
        (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            return _decoded(data, name)
    ended = data.rstrip(b"\x00")
    if b"\x00" not in ended and ended.isascii():
        return ended.decode("ascii")
    if b"\x00" in data:
        half = len(data) // 2
        if len(data) % 2 == 0 and data[1::2].count(0) == half:
            return _decoded(data, "utf-16-le")
        if len(data) % 2 == 0 and data[0::2].count(0) == half:
            return _decoded(data, "utf-16-be")
        return None
    text = _decoded(data, "utf-8")
    if text is None and _mostly_ascii(data):
        text = data.decode("latin-1")
    return None if text is None or _steers(text) else text


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _mostly_ascii(data: bytes) -> bool:
    return sum(one < 0x80 for one in data[:4000]) > 0.9 * len(data[:4000])


def _steers(text: str) -> bool:
    """Whether there are control characters that no text has."""
    head = text[:4000]
    return sum(one < " " and one not in "\r\n\t\v\f\x1c\x1d\x1e\x1f\x04" for one in head) > len(head) // 50


def _of_wrapped(text: str, bare: str, depth: int) -> Thing | None:
    """A thing that a data URL, JSON, a form, markup or a dump wraps; None where none does."""
    url = _DATA_URL.match(bare)
    if url is not None:
        return _of_data_url(bare, url, depth)
    if bare[0] in "{[" or (bare[0] == '"' and bare[-1] == '"'):
        return _of_json(bare, depth)
    if bare[:1] == "<":
        return _of_markup(text, bare, depth)
    block = unwrapping.pem(bare)
    if block is not None:
        inside = of_bytes(block, depth + 1)
        if inside.is_document:
            return inside
    if _FORM.match(bare):
        for name, value in percent.fields(bare):
            if name in ("vp_token", "response"):
                return of_text(value, depth + 1)
    return foreign.of_text(bare)


def _of_data_url(bare: str, url: re.Match[str], depth: int) -> Thing:
    body = bare[url.end() :]
    try:
        if ";base64" in url[2].lower():
            data = unwrapping.from_base64("".join(_SPACES.split(percent.decoded(body).decode("ascii"))))
        else:
            data = percent.decoded(body)
    except (ValueError, UnicodeDecodeError):
        return damaged("a data URL that is damaged: what is in it is no base64", _RESCAN)
    return of_bytes(data, depth + 1)


def _of_json(bare: str, depth: int) -> Thing | None:
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return None if bare[0] != "{" else other("JSON text that is cut short or damaged", _RESCAN)
    if isinstance(value, str):
        return of_text(value, depth + 1)
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], str):
            return of_text(value[0], depth + 1)
        if len(value) == 1 and isinstance(value[0], dict):
            return _of_object(value[0], depth)
        held = _in_json(value, depth)
        return other("a JSON list that holds no single document") if held is None else held
    if not isinstance(value, dict):
        return None
    return _of_object(value, depth)


def _in_json(value: object, depth: int) -> Thing | None:
    """The one document in any of the strings of a JSON value; None for none."""
    if depth >= _DEEPEST:
        return None
    found: list[Thing] = []
    for one in islice(unwrapping.held_in(value), unwrapping.MOST_HELD):
        thing = of_bytes(one, depth + 1) if isinstance(one, bytes) else of_text(one, depth + 1)
        if thing.is_document and thing not in found:
            found.append(thing)
    return _one_of(found)


def _of_object(value: dict[str, Any], depth: int) -> Thing:
    """A JSON object: an SD-JWT in JSON (RFC 9901, section 8), or what a wallet answers around a document."""
    token = _of_json_serialisation(value)
    if token is not None:
        return token
    for name in ("vp_token", "credential", "deviceResponse", "DeviceResponse", "mdoc", "response", "data"):
        inner = value.get(name)
        held = _single(inner)
        if held is not None and depth < _DEEPEST:
            found = of_text(held, depth + 1)
            if found.is_document or found.kind is Kind.FOREIGN:
                return found
        if isinstance(inner, (dict, list)) and name == "vp_token":
            return other(
                "a wallet's answer with several documents", "Ask the holder to present one document."
            )
    found_in = _in_json(value, depth)
    return foreign.of_json(value) if found_in is None else found_in


def _single(value: object) -> str | None:
    """The one text in a value, in a list of one, or in an object of one."""
    for _ in range(3):
        if isinstance(value, str):
            return value
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and len(value) == 1:
            value = next(iter(value.values()))
        else:
            return None
    return value if isinstance(value, str) else None


def _of_json_serialisation(value: dict[str, Any]) -> Thing | None:
    payload, signature, protected = (value.get(name) for name in ("payload", "signature", "protected"))
    unprotected = value.get("header")
    signatures = value.get("signatures")
    if isinstance(signatures, list) and len(signatures) == 1 and isinstance(signatures[0], dict):
        signature, protected = signatures[0].get("signature"), signatures[0].get("protected")
        unprotected = signatures[0].get("header")
    if not (isinstance(payload, str) and isinstance(signature, str) and isinstance(protected, str)):
        return None
    held = unprotected if isinstance(unprotected, dict) else {}
    disclosures, bound = held.get("disclosures", []), held.get("kb_jwt", "")
    if not isinstance(disclosures, list) or not isinstance(bound, str):
        return None
    if not all(isinstance(one, str) for one in disclosures):
        return None
    return sd_jwt("~".join((f"{protected}.{payload}.{signature}", *disclosures, bound)))


def _of_markup(text: str, bare: str, depth: int) -> Thing:
    if "<svg" in bare[:4000].lower():
        return Thing(Kind.SVG, text=bare, name="a drawing (SVG)")
    held = mending.mended(text) if MIN_TEXT_CHARS <= len(text) <= MENDED_CHARS else None
    if held is not None:
        return _packed(held)
    among = _held(bare, depth)
    return foreign.of_markup(bare) if among is None else among


def _of_token(bare: str) -> Thing | None:
    """An SD-JWT, or another token; line ends and spaces inside do not count."""
    if not bare.startswith("ey"):
        return None
    joined = "".join(_SPACES.split(bare.replace("=\r\n", "").replace("=\n", "")))
    joined = re.sub(r"%7[Ee]", "~", joined).rstrip("".join((_AROUND, ",;")))
    if "~" in joined:
        several = _one_of([sd_jwt(one) for one in unwrapping.tokens_in(bare)])
        return sd_jwt(joined) if several is None or several.is_document else several
    if _TOKEN.fullmatch(joined):
        return other(
            "a signed token (JWT) without the disclosures of an SD-JWT",
            "Ask for the whole presentation: an SD-JWT ends each of its parts with '~'.",
        )
    if _JWE.fullmatch(joined):
        return other(
            "an encrypted token (JWE)", "Only who asked for it can open it: give what is in it once opened."
        )
    if _TOKEN_START.match(joined) or (joined.startswith("eyJ") and len(joined) >= MIN_TEXT_CHARS):
        return damaged("a token that is cut short or damaged", _RESCAN)
    return None


def _of_code(text: str, bare: str, depth: int) -> Thing:
    """A code as its way changed it; bytes written as digits or letters; or a text that is none of these."""
    mendable = MIN_TEXT_CHARS <= len(text) <= MENDED_CHARS
    if mendable:
        found = mending.mended(text)
        if found is not None:
            return _packed(found)
    if depth < _DEEPEST:
        written = _of_written_bytes(bare, depth)
        if written is not None:
            return written
    among = _held(bare, depth)
    if among is not None:
        return among
    exact = text.strip("\r\n\t")
    if len(exact) <= MAX_TEXT_CHARS and (mending.is_begun(exact) or _is_brotli_code(exact)):
        return code(exact)  # the reader of codes says how it is damaged
    if len(exact) <= MAX_TEXT_CHARS and mending.is_unpacked(exact):
        return other("the inside of a code, which was not packed as a code is", _RESCAN)
    layout = mending.typed_as(text) if mendable else ""
    if layout:
        return damaged(
            f"a damaged code, as a scanner types it on a keyboard that is set to {layout}",
            "Set the scanner to this computer's keyboard, or this computer's keyboard to US English. Then "
            "scan the code again.",
        )
    if mendable and mending.has_beginning(text):
        return damaged(
            "the text of a code, and it is damaged: characters are missing or were changed", _RESCAN
        )
    if not _LETTERS.search(bare):
        return unknown("a text without letters or digits")
    return unknown("a text that is neither a code nor a document")


def _of_written_bytes(bare: str, depth: int) -> Thing | None:
    """Bytes as hexadecimal digits, base64 or base64url; None where they stand for nothing that is known."""
    for data in unwrapping.written_bytes(bare):
        thing = of_bytes(data, depth + 1)
        if thing.is_document or (thing.kind is not Kind.UNKNOWN and len(data) >= _LEAST_DUMP):
            return thing
    return None


def _held(text: str, depth: int) -> Thing | None:
    """The one document that stands among other words, in the lines of a mail or in a table; None for none."""
    plain = unwrapping.plain(text)
    tokens = unwrapping.tokens_in(plain)
    if tokens:
        return _one_of([sd_jwt(one) for one in tokens])
    if depth >= _DEEPEST:
        return None
    whole = _of_written_bytes(plain.strip(), depth)
    if whole is not None and whole.is_document:
        return whole
    found = [_of_written_bytes(one, depth) for one in unwrapping.runs_in(plain)]
    return _one_of([one for one in found if one is not None and one.is_document])


def _one_of(documents: list[Thing]) -> Thing | None:
    """The document that all of these are; a refusal where they differ, and None for none."""
    if not documents:
        return None
    if any(one != documents[0] for one in documents):
        return other("a text with several documents", "Ask the holder to present one document.")
    return documents[0]


def _packed(text: str) -> Thing:
    """A text that is base45 of something compressed: a code, or what other programs pack so."""
    try:
        inside = inflate.inflate(base45.decode(text))
    except (CodeMalformed, CodeUnreadable):
        return code(text)  # over the limit: its own reader says so
    if not inside or inside[0] in _COSE_FIRST:
        return code(text)
    return other("data that PixelPass packed: not signed, so that nothing in it can be relied on")


def _is_brotli_code(text: str) -> bool:
    if len(text) < MIN_TEXT_CHARS or mending.begins(text):
        return False
    try:
        inside = inflate.inflate(base45.decode(text))
    except (CodeMalformed, CodeUnreadable):
        return False
    return inside[:1] != b"" and inside[0] in _COSE_FIRST
