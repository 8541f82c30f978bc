"""From what a holder hands over, a file or a code, to a document of its kind. Nothing is believed yet."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.credential import base45, inflate
from moiety.credential.code import Credential
from moiety.credential.reading import door, symbols
from moiety.credential.reading.things import Kind, Thing
from moiety.document import encrypted, mdoc, sd_jwt
from moiety.document.claim169 import ForeignCode
from moiety.document.key_binding import Expected, answerable
from moiety.document.mobile import MobileDocument
from moiety.document.own import OwnCode
from moiety.document.parameters import MAX_DOCUMENT_BYTES
from moiety.document.reference import Presented
from moiety.errors import CodeUnreadable, UsageError

Document = str | Path | bytes | Credential
"""What a document is handed over as: a file, its text or its bytes, or a credential that was read."""

_DATA_URL: Final = "data:application/cbor;base64,"
"""How a mobile document travels as text."""


def of_text(text: str, *, expected: Expected | None = None) -> Presented:
    """As `presented`, from text that came over a network: never the name of a file.

    Raises:
        CodeUnreadable, CodeMalformed: no document, or a damaged one.
    """
    return answerable(_document(door.document_of_text(text), expected), expected)


def presented(source: Document | Presented, *, expected: Expected | None = None) -> Presented:
    """The one document that the holder presents.

    A `Path` is a file and `bytes` are what a file holds: a picture of a code, a card as PDF or SVG, the text
    of a code or of an SD-JWT, a mobile document. A `str` is such a text where it is one, and else the name of
    a file. `expected` is what its holder was asked to sign, where the kind has that.

    Raises:
        UsageError: neither a file nor a document.
        CodeUnreadable: nothing that is a document: a bare photograph among them.
        ImageUnreadable, ImageTooLarge: a picture that cannot be read.
        CodeMalformed: a document that is damaged or altered.
        KeyBindingRefused: its holder was asked to sign, and a document of its kind has no place for that.
    """
    return answerable(_presented(source, expected), expected)


def _presented(source: Document | Presented, expected: Expected | None) -> Presented:
    if isinstance(source, Credential):
        return _of_code(source)
    if isinstance(source, _KINDS):
        return source
    if not isinstance(source, (str, Path, bytes)):
        raise UsageError(
            "That is no document that a holder presents.", remedy="Give a code or a signed document."
        )
    return _document(door.document_of(source), expected)


def text_form(data: bytes) -> str:
    """The document in a file, as text that `of_text` takes.

    Raises:
        CodeUnreadable, ImageUnreadable, ImageTooLarge: see `presented`.
    """
    return _text(door.document_of(data))


def text_in_picture(rgb: NDArray[np.uint8], *, turn: int | None = None) -> str:
    """The document in pixels, shape (height, width, 3), as text; `turn` numbers the frames of a live camera.

    Raises:
        CodeUnreadable: none, or several; its `reason` says which.
    """
    return _text(symbols.document_in(rgb, turn=turn))


def _text(thing: Thing) -> str:
    if thing.kind is Kind.MDOC:
        return _DATA_URL + base64.b64encode(thing.data).decode("ascii")
    return thing.text


_KINDS: Final = (OwnCode, ForeignCode, encrypted.EncryptedCode, MobileDocument, sd_jwt.SdJwt)
"""Every kind there is: nothing else is taken, whatever methods it has."""


def _document(thing: Thing, expected: Expected | None) -> Presented:
    if thing.kind is Kind.CODE:
        packed = inflate.inflate(base45.decode(thing.text))
        if encrypted.is_encrypted(packed):
            return encrypted.decode(thing.text, packed)
        return _of_code(Credential.from_text(thing.text))
    size = max(len(thing.data), len(thing.text))
    if size > MAX_DOCUMENT_BYTES:
        raise CodeUnreadable(f"The document has {size:,} bytes; {MAX_DOCUMENT_BYTES:,} are allowed.")
    if thing.kind is Kind.SD_JWT:
        return sd_jwt.decode(thing.text, expected)
    return MobileDocument(mdoc.decode(thing.data))


def _of_code(code: Credential) -> Presented:
    return ForeignCode(code) if code.statement.claims is None else OwnCode(code)
