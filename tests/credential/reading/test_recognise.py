"""Every thing by its name: documents are read, and what is none is told without a word of base45 or CBOR."""

from __future__ import annotations

import base64
import json
import time
import zlib
from pathlib import Path

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.credential import base45, qr
from moiety.credential.reading import door, mending, recognise
from moiety.credential.reading.things import Kind
from moiety.document.read import of_text, presented
from moiety.errors import CodeUnreadable, MoietyError

from .samples import code_text

TEXT = code_text()
MDOC = cbor2.dumps({"version": "1.0", "documents": [{"docType": "a", "issuerSigned": {}}], "status": 0})
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJ2Y3QiOiJhIn0.c2ln"
SD_JWT = f"{TOKEN}~WyJhIiwiYiIsImMiXQ~"


def _packed(data: bytes) -> str:
    return base45.encode(zlib.compress(data))


FOREIGN_TEXTS = {
    "HC1:6BFOXN%TSMAHN-H+ZLH5R1": "vaccination certificate",
    "hc1:6bfoxn": "vaccination certificate",
    "NO1:6BFOXN": "vaccination certificate",
    "shc:/567629095243206034602924374044603122": "SMART health card",
    "https://viewer.example/#shlink:/eyJ1cmwi": "SMART health link",
    "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fv.example": "asks a wallet",
    "mdoc-openid4vp://x": "asks a wallet",
    "haip://?client_id=x": "asks a wallet",
    "eudi-openid4vp://v.example?x=1": "asks a wallet",
    "openid-credential-offer://?credential_offer_uri=x": "offers a wallet",
    "mdoc:owBjMS4wAYIB2BhYS6QBAiABIVgg": "offer to connect",
    "https://example.org/verify?x=1": "a link",
    "www.example.org": "a link",
    "did:web:example.org": "DID",
    "BEGIN:VCARD\nVERSION:3.0\nN:Lovelace;Ada\nEND:VCARD": "address card",
    "MECARD:N:Ada;;": "address card",
    "WIFI:T:WPA;S:net;P:secret;;": "wireless network",
    "4006381333931": "bar code",
    "12345670": "bar code",
    "otpauth://totp/x?secret=ABC": "second factor",
    "BCD\n002\n1\nSCT": "payment",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10": "travel",
    "M1LOVELACE/ADA       EABC123 LHRJFKBA 0117 123Y012A0001 100": "boarding pass",
    "DC04FR000001123F1636CF40010126FR": "2D-Doc",
    '{"hdr":{"t":"icao.vacc","v":1},"msg":{}}': "VDS-NC",
    '{"data":{"hdr":{}},"sig":{"alg":"ES256"}}': "VDS-NC",
    '{"@context":["https://www.w3.org/ns/credentials/v2"]}': "W3C",
    '{"dcql_query":{}}': "request to a wallet",
    '{"a": 1': "cut short",
    "<!doctype html><html><body>x</body></html>": "web page",
    '<?xml version="1.0"?><PrintLetterBarcodeData uid="x"/>': "Aadhaar",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----": "certificate",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----": "private key",
    TOKEN: "signed token (JWT)",
    "eyJhbGciOiJSU0EifQ.a.b.c.d": "encrypted token",
    base45.encode(
        zlib.compress(json.dumps({"name": "Ada", "x": "0123456789abcdefghij" * 3}).encode())
    ): "PixelPass",
    base45.encode(
        zlib.compress(cbor2.dumps({1: "Ada", 2: "0123456789klmnopqrstuvw", 3: "xyzABCDEF"}))
    ): "PixelPass",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.": "neither a code",
    "HELLO WORLD " * 20: "neither a code",
    "": "empty",
    " \n\t ": "empty",
    "\u00bf?\u00a1!": "without letters",
}


@pytest.mark.parametrize("text", list(FOREIGN_TEXTS))
def test_a_text_of_another_system_is_named(text: str) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        of_text(text)
    said = caught.value.diagnostics()
    assert FOREIGN_TEXTS[text].lower() in said.lower()
    assert caught.value.remedy
    assert not any(one in said for one in ("base45", "CBOR", "zlib", "Brotli"))


FOREIGN_FILES = {
    b"GIF89a\x10\x00\x10\x00": "GIF",
    b"\x00\x00\x00\x18ftypmsf1\x00\x00\x00\x00": "HEIC sequence",
    b"\x00\x00\x00\x18ftyphevc\x00\x00\x00\x00": "HEIC sequence",
    b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00": "film",
    b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00": "film",
    b"\xff\x0a\x00\x01": "JPEG XL",
    b"8BPS\x00\x01": "Photoshop",
    b"PK\x03\x04\x14\x00\x00\x00pass.json": "PKPASS",
    b"PK\x03\x04\x14\x00\x00\x00word/document.xml": "DOCX",
    b"\x1f\x8b\x08\x00": "gzip",
    b"{\\rtf1 code}": "RTF",
    b"%!PS-Adobe-3.0": "PostScript",
    b"\xdc\x03\xd9\xc5\x6d": "VDS",
    b"\xa2\x00\x631.0\x01\x82\x01\xd8\x18": "engagement",
    b"\xa1\x01\x02": "not known here",
    b"\xd2\x84\x43\xa1\x01\x27\xa0": "inside of a code",
    b"\x00\x01\x02\x03": "not known here",
    b"": "empty",
    b"BMW is a make of cars": "neither a code",
    b"MZ is a mark": "neither a code",
    b"%PDF-1.7\n%%EOF": "PDF",
    b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>": "locked",
    b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='4'/></svg>": "SVG",
}


@pytest.mark.parametrize("data", list(FOREIGN_FILES))
def test_a_file_of_another_kind_is_named(data: bytes) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        presented(data)
    said = caught.value.diagnostics()
    assert FOREIGN_FILES[data].lower() in said.lower()
    assert not any(one in said for one in ("base45", "CBOR", "zlib", "Brotli"))


@pytest.mark.parametrize(
    "wrapped",
    [
        base64.urlsafe_b64encode(MDOC).decode().rstrip("="),
        base64.b64encode(MDOC).decode(),
        MDOC.hex(),
        " ".join(f"{one:02X}" for one in MDOC),
        f"h'{MDOC.hex()}'",
        "data:application/cbor;base64," + base64.b64encode(MDOC).decode(),
        "data:application/octet-stream;base64," + base64.urlsafe_b64encode(MDOC).decode(),
        json.dumps({"vp_token": {"pid": [base64.urlsafe_b64encode(MDOC).decode().rstrip("=")]}}),
        "state=abc&vp_token=" + base64.urlsafe_b64encode(MDOC).decode().replace("=", "%3D"),
        "\n".join(base64.b64encode(MDOC).decode()[at : at + 20] for at in range(0, 200, 20)),
    ],
)
def test_a_mobile_document_in_another_wrapping_is_read(wrapped: str) -> None:
    found = recognise.of_text(wrapped)
    assert (found.kind, found.data) == (Kind.MDOC, MDOC)


def test_a_mobile_document_in_a_byte_string_is_read() -> None:
    inside = cbor2.dumps(cbor2.CBORTag(24, MDOC))
    assert recognise.of_bytes(inside).data == MDOC
    assert recognise.of_bytes(cbor2.dumps(MDOC)).data == MDOC
    assert recognise.of_bytes(cbor2.dumps(MDOC) + b"x").kind is Kind.UNKNOWN


FLATTENED = {
    "payload": "eyJ2Y3QiOiJhIn0",
    "protected": "eyJhbGciOiJFUzI1NiJ9",
    "signature": "c2ln",
    "header": {"disclosures": ["WyJhIiwiYiIsImMiXQ"]},
}
GENERAL = {
    "payload": FLATTENED["payload"],
    "signatures": [{one: FLATTENED[one] for one in ("protected", "signature", "header")}],
}


@pytest.mark.parametrize(
    "wrapped",
    [
        SD_JWT,
        f'"{SD_JWT}"',
        f"\ufeff{SD_JWT}\r\n",
        SD_JWT[:20] + "\n" + SD_JWT[20:],
        SD_JWT.replace("~", "%7E"),
        json.dumps(FLATTENED),
        json.dumps(GENERAL),
        json.dumps({"vp_token": SD_JWT}),
        json.dumps({"vp_token": {"pid": [SD_JWT]}}),
        json.dumps([SD_JWT]),
        f"vp_token={SD_JWT}&state=x",
        "data:application/dc+sd-jwt," + SD_JWT,
    ],
)
def test_an_sd_jwt_in_another_wrapping_is_read(wrapped: str) -> None:
    found = recognise.of_text(wrapped)
    assert (found.kind, found.text) == (Kind.SD_JWT, SD_JWT)


def test_several_documents_in_one_answer_are_refused() -> None:
    with pytest.raises(CodeUnreadable, match="several documents"):
        of_text(json.dumps({"vp_token": {"pid": [SD_JWT, SD_JWT]}}))


def test_a_string_is_a_text_or_the_name_of_a_file(tmp_path: Path) -> None:
    named = tmp_path / "openid4vp:"  # a file may be named as anything
    named.write_text(TEXT)
    assert door.document_of(str(named)).text == TEXT
    assert door.document_of(TEXT).text == TEXT
    with pytest.raises(CodeUnreadable, match="does not exist"):
        door.document_of("lisa.png")
    with pytest.raises(CodeUnreadable, match="vaccination"):
        door.document_of("HC1:6BFOXN")
    with pytest.raises(CodeUnreadable, match="does not exist"):
        door.document_of(Path(TEXT[:100].replace("/", "-")))


def test_text_from_a_network_is_never_a_file_nor_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "code.txt"
    path.write_text(TEXT)
    with pytest.raises(CodeUnreadable):
        door.document_of_text(str(path))
    picture = "data:image/png;base64," + base64.b64encode(qr.png(TEXT)).decode()
    with pytest.raises(CodeUnreadable, match="picture as text"):
        door.document_of_text(picture)
    assert door.document_of(picture).text == TEXT


_STARTS = st.sampled_from(
    [b"", b"NCF", b"6BF", b"ey", b"{", b"[", b"<svg", b"%PDF-1.4\n", b"data:;base64,", b"\xa1", b"\xff\xfe",
     b"GIF8", b"vp_token=", b"HC1:", b"\xd8\x18\x58", b"PK\x03\x04", b"=3D", b"&#", b"%20", b'{"vp_token":"']
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(start=_STARTS, body=st.binary(max_size=400))
def test_no_bytes_get_anything_but_a_document_or_a_reason(start: bytes, body: bytes) -> None:
    try:
        presented(start + body)
    except MoietyError as error:
        assert error.remedy or str(error)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300) | st.text(base45.ALPHABET, min_size=64, max_size=300))
def test_no_text_that_is_not_ours_gets_a_word_of_its_encoding(text: str) -> None:
    try:
        of_text(text)
    except CodeUnreadable as error:
        assert not any(one in error.diagnostics() for one in ("base45", "CBOR", "zlib", "Brotli"))
    except MoietyError:
        pass


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, len(TEXT) - 2), to=st.characters(codec="ascii"))
def test_one_changed_character_is_mended_to_the_code_or_refused(at: int, to: str) -> None:
    found = recognise.of_text(TEXT[:at] + to + TEXT[at + 1 :])
    assert not mending.is_whole(found.text) or found.text == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "ey" + "A" * 60,
        "ey" + "A" * 100_000,
        "eyJhbGciOiJFUzI1NiJ9" + "A-" * 50_000,
        "@" + " " * 100_000 + "x",
        "@" + "\x1e " * 100_000 + "x",
        f"<svg><rect stroke={' ' * 100_000}1/></svg>",
        f"<svg><path fill:{' ' * 100_000}1/></svg>",
        "a=" * 50_000,
        "a=b&" * 50_000,
        "data:" + "a" * 100_000,
        "M1" + "A/" * 50_000,
        "[" * 100_000,
        "&" * 29_000,
        "=" * 29_000,
        "%" * 29_000,
        "> " * 14_000,
        "<" * 29_000,
        "\\" * 29_000,
        "+" * 29_000,
        "NCF" * 9_000,
        "https://" * 20_000,
        "-----BEGIN " * 20_000,
        "1" * 200_000,
        "é" * 29_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_is_looked_at_for_long(text: str) -> None:
    """Patterns with repeats inside repeats took 60 letters for hours."""
    began = time.process_time()
    with pytest.raises(MoietyError):
        presented(text.encode())
    with pytest.raises(MoietyError):
        of_text(text)
    assert time.process_time() - began < 2
