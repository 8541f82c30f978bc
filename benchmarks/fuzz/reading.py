"""The reader of whatever is handed over: bytes and texts of any kind; the first byte says which door."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from moiety.credential import base45, inflate, qr
from moiety.document.read import of_text, presented
from moiety.errors import CodeUnreadable, MoietyError

_FILES: Final = Path(__file__).parents[2] / "tests" / "bad_inputs"
_MDOC: Final = b"\xa1\x69documents\x80"
_OFTEN: Final = 12
"""How many times each quick seed is drawn for each slow one: a code or a drawing takes that much longer."""
_WORDS: Final = ("base45", "CBOR", "zlib", "Brotli")


def one_case(data: bytes) -> None:
    """Hand `data[1:]` over as a file's bytes or as text. What is not ours gets no word of our encodings.

    Raises:
        AssertionError: it did; and whatever the reader is not meant to raise.
    """
    try:
        if data[:1] < b"\x80":
            presented(data[1:])
        else:
            of_text(data[1:].decode("utf-8", "replace"))
    except CodeUnreadable as error:
        if any(one in error.diagnostics() for one in _WORDS):
            raise AssertionError(error.diagnostics()) from error
    except MoietyError:
        return


def seeds() -> list[bytes]:
    """Codes and documents, whole and in wrappings, and how other things begin."""
    head = b"\xd2\x84\x43\xa1\x01\x27"
    whole_code = base45.encode(inflate.deflate(head + bytes(range(256))))
    code = base45.encode(inflate.deflate(head + bytes(range(0, 250, 3))))  # short: most cases are mended
    token = "eyJhbGciOiJFUzI1NiJ9.eyJ2Y3QiOiJhIn0.c2ln~WyJhIiwiYiIsImMiXQ~"
    texts = [
        whole_code,
        code,
        code.lower(),
        code.replace(" ", "%20"),
        "\n".join(code[at : at + 60] for at in range(0, len(code), 60)),
        f"<p>{code.replace(' ', '&nbsp;')}</p>",
        token,
        f'{{"vp_token":{{"a":["{token}"]}}}}',
        f"vp_token={token}&state=1",
        "HC1:6BFOXN",
        "openid4vp://?client_id=x",
        "data:application/cbor;base64," + base64.b64encode(_MDOC).decode(),
        _MDOC.hex() * 4,
        qr.svg("A" * 40).decode(),
        f'{{"credentials":[{{"credential":"{token}"}}]}}',
        f"> Document: {token}\n> and more",
        f"-----BEGIN A THING-----\n{base64.b64encode(_MDOC).decode()}\n-----END A THING-----",
        ", ".join(f"0x{one:02x}" for one in _MDOC),
        f"00000000: {_MDOC.hex(' ', 2)}  ..documents\n00000010: 00\n",
        repr(_MDOC),
    ]
    blobs = [
        (_FILES / "documents" / name).read_bytes()
        for name in ("mdoc-key-twice.cbor", "mdoc-and-more.cbor", "sd-jwt-two-parts.txt")
    ]
    blobs += [
        b"%PDF-1.4\n1 0 obj << /Filter /FlateDecode >> stream\n"
        + inflate.deflate(b"0 0 1 1 re " * 60 + b"f"),
        b"%PDF-1.4\n1 0 obj << >> stream\n" + b"0 0 1 1 re 2 0 1 1 re f\nendstream" * 30,
        b"\xff\xfe" + code.encode("utf-16-le"),
        b"%PDF-1.4\n1 0 obj << /Subtype /Image /Width 40 /Height 40 /BitsPerComponent 1 /K -1 "
        b"/Filter /CCITTFaxDecode >>\nstream\n" + bytes(range(40)) + b"\nendstream",
        b"%PDF-1.4\n1 0 obj << /Subtype /Image /Width 40 /Height 40 /BitsPerComponent 8 /Predictor 15 "
        b"/Colors 1 /Filter /FlateDecode >>\nstream\n" + inflate.deflate(bytes(41) * 40) + b"\nendstream",
        b"\xd9\xd9\xf7\xd8\x18\x4b" + _MDOC,
        b"GIF89a",
        b"PK\x03\x04pass.json",
        b"\x00\x00\x00\x18ftypmsf1",
    ]
    whole = [one.encode() for one in texts]
    every = [b"\x80" + one for one in whole] + [b"\x00" + one for one in (*whole, *blobs)]
    return [one for one in every for _ in range(1 if _is_slow(one) else _OFTEN)]


def _is_slow(seed: bytes) -> bool:
    """Whether a case takes milliseconds: codes that are mended, and drawings."""
    return b"<svg" in seed or any(one in seed.replace(b"\x00", b"").upper() for one in (b"NCF", b"6BF"))
