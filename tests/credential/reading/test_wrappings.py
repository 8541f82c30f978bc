"""Documents that other libraries made are read in the wrappings that people and programs put around them."""

from __future__ import annotations

import base64
import gzip
import json
import quopri
import urllib.parse
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cbor2
import pytest

from moiety.credential.reading import door
from moiety.credential.reading.things import Kind, Thing
from moiety.errors import CodeUnreadable

from .samples import code_text

FOLDER: Final = Path(__file__).parents[2] / "vectors" / "documents"
MDOC: Final = (FOLDER / "owf-mdl.cbor").read_bytes()
OTHER: Final = (FOLDER / "animo-mdl.cbor").read_bytes()
SD_JWT: Final = (FOLDER / "sdjwt-pid.txt").read_text("ascii").strip()
FORMS: Final = {
    "code": code_text(),
    "sd-jwt": SD_JWT,
    "hex": MDOC.hex(),
    "base64url": base64.urlsafe_b64encode(MDOC).decode(),
}


def _lines(text: str, size: int, end: str = "\r\n", before: str = "") -> str:
    return end.join(before + text[at : at + size] for at in range(0, len(text), size))


AROUND: Final[dict[str, Callable[[str], str]]] = {
    "line ends of Windows": lambda text: _lines(text, 76),
    "quotes": lambda text: f'"{text}"',
    "single quotes": lambda text: f"'{text}'",
    "a fence of Markdown": lambda text: f"```\n{text}\n```",
    "a row of a table": lambda text: f'"Ada","{text}"',
    "a label": lambda text: f"Document: {text}",
    "a mail that was answered": lambda text: _lines(text, 72, "\n", "> "),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "percent-encoding": lambda text: urllib.parse.quote(text, safe=""),
    "a data URL": lambda text: "data:text/plain;charset=utf-8," + urllib.parse.quote(text, safe=""),
    "a data URL in base64": lambda text: "data:text/plain;base64," + base64.b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "PEM": lambda text: (
        f"-----BEGIN A THING-----\n{base64.encodebytes(text.encode()).decode()}-----END A THING-----"
    ),
    "a JSON string": json.dumps,
    "a JSON object": lambda text: json.dumps({"qr_code": text, "n": 1}),
    "a JSON list": lambda text: json.dumps([text]),
    "credentials in JSON": lambda text: json.dumps({"credentials": [{"format": "x", "credential": text}]}),
    "a token's answer": lambda text: json.dumps({"vp_token": {"pid": [text]}}),
    "a web page": lambda text: f"<html><body><p>{text}</p></body></html>",
    "XML": lambda text: f"<?xml version='1.0'?><code><![CDATA[{text}]]></code>",
    "a NUL at the end": lambda text: text + "\x00",
    "the end of a DOS file": lambda text: text + "\x1a",
    "no-width spaces": lambda text: f"\u200b{text}\u200b",
}


def _is_it(thing: Thing, form: str) -> bool:
    return thing.data == MDOC if form in ("hex", "base64url") else thing.text == FORMS[form]


@pytest.mark.parametrize("around", AROUND)
def test_a_document_is_read_in_what_is_around_it(around: str) -> None:
    for form, text in FORMS.items():
        wrapped = AROUND[around](text)
        assert _is_it(door.document_of_text(wrapped), form), form
        assert _is_it(door.document_of(wrapped.encode()), form), form


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_of_text_is_read_in_any_encoding(encoding: str) -> None:
    for form, text in FORMS.items():
        assert _is_it(door.document_of(text.encode(encoding)), form), form
    assert _is_it(door.document_of(b"\xfe\xff" + SD_JWT.encode("utf-16-be")), "sd-jwt")


def _xxd(data: bytes) -> str:
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        shown = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        rows.append(f"{at:08x}: {row.hex(' ', 2)}  {shown}")
    return "\n".join(rows)


@pytest.mark.parametrize(
    "written",
    [
        MDOC.hex(":"),
        MDOC.hex("-").upper(),
        MDOC.hex(" "),
        ", ".join(f"0x{one:02x}" for one in MDOC),
        "".join(f"\\x{one:02x}" for one in MDOC),
        repr(MDOC),
        _xxd(MDOC),
        json.dumps(list(MDOC)),
        json.dumps({"type": "Buffer", "data": list(MDOC)}),
        json.dumps({str(at): one for at, one in enumerate(MDOC)}),
    ],
    ids=["colons", "dashes", "spaces", "0x", "escaped", "bytes", "xxd", "list", "Buffer", "Uint8Array"],
)
def test_bytes_are_read_as_programs_print_them(written: str) -> None:
    assert door.document_of_text(written).data == MDOC


@pytest.mark.parametrize(
    "data",
    [
        b"\xd9\xd9\xf7" + MDOC,
        cbor2.dumps(cbor2.CBORTag(24, MDOC)),
        b"\xd9\xd9\xf7" + cbor2.dumps(cbor2.CBORTag(24, MDOC)),
        cbor2.dumps(MDOC),
        b"\x81" + MDOC,
    ],
    ids=["55799", "24", "both", "byte string", "list of one"],
)
def test_tags_around_a_mobile_document_are_taken_off(data: bytes) -> None:
    assert door.document_of(data).data == MDOC


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"credentials": [{"credential": SD_JWT}, {"credential": FORMS["hex"]}]}),
        json.dumps([FORMS["code"], SD_JWT]),
        f"{SD_JWT}\n{(FOLDER / 'sdjwt-revoked.txt').read_text('ascii')}",
        f"one: {FORMS['hex']} two: {OTHER.hex()}",
    ],
)
def test_two_documents_in_one_text_are_refused(text: str) -> None:
    with pytest.raises(CodeUnreadable, match="several documents"):
        door.document_of_text(text)


@pytest.mark.parametrize("data", [gzip.compress(MDOC), gzip.compress(SD_JWT.encode())])
def test_what_is_packed_is_said_to_be(data: bytes) -> None:
    for given in (data, base64.b64encode(data).decode().encode()):
        with pytest.raises(CodeUnreadable, match="packed file"):
            door.document_of(given)


def test_a_document_beside_a_portrait_is_the_one(tmp_path: Path) -> None:
    picture = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()
    assert door.document_of_text(json.dumps({"photo": picture, "it": SD_JWT})).kind is Kind.SD_JWT
    with pytest.raises(CodeUnreadable, match="holds no document"):
        door.document_of_text(json.dumps({"photo": picture, "name": "Ada" * 30}))


def test_zlib_of_a_document_is_not_taken_for_a_code() -> None:
    with pytest.raises(CodeUnreadable) as caught:
        door.document_of(zlib.compress(MDOC))
    assert "base45" not in caught.value.diagnostics()
