"""From what a holder hands over, a file or a code, to a document of its kind. Nothing is believed yet."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Final

from moiety import image
from moiety.credential import base45, inflate, read
from moiety.credential.code import Credential
from moiety.credential.parameters import MIN_TEXT_CHARS
from moiety.document import encrypted, mdoc, sd_jwt
from moiety.document.claim169 import ForeignCode
from moiety.document.key_binding import Expected, answerable
from moiety.document.mobile import MobileDocument
from moiety.document.own import OwnCode
from moiety.document.parameters import MAX_DOCUMENT_BYTES
from moiety.document.reference import Presented
from moiety.errors import CodeUnreadable, UsageError
from moiety.files import read_bounded

Document = str | Path | bytes | Credential
"""What a document is handed over as: a file, its text or its bytes, or a credential that was read."""

_DATA_URL: Final = "data:application/cbor;base64,"
"""How a mobile document travels as text."""
_SD_JWT: Final = re.compile(r"\s*ey[A-Za-z0-9_-]{10,}")
_MAP: Final = frozenset(bytes([first]) for first in (*range(0xA1, 0xBC), 0xBF))  # CBOR maps but the empty
_ALPHABET: Final = frozenset(base45.ALPHABET)


def of_text(text: str, *, expected: Expected | None = None) -> Presented:
    """As `presented`, from text that came over a network: never the name of a file.

    Raises:
        CodeUnreadable, CodeMalformed: no document, or a damaged one.
    """
    if text.startswith(_DATA_URL) or _SD_JWT.match(text):
        return presented(text, expected=expected)
    return answerable(_of_text(text), expected)


def presented(source: Document | Presented, *, expected: Expected | None = None) -> Presented:
    """The one document that the holder presents.

    A code (ours, or Claim 169 of another issuer) comes as a picture of it or as its text, a mobile document
    as CBOR (or as a data URL of it), an SD-JWT VC as text. `expected` is what its holder was asked to sign,
    where the kind has that.

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
    if isinstance(source, str) and source.startswith(_DATA_URL):
        return MobileDocument(mdoc.decode(_of_data_url(source)))
    if isinstance(source, str) and _SD_JWT.match(source):
        return sd_jwt.decode(source.strip(), expected)
    if isinstance(source, str) and _is_text(source):
        return _of_text(source)
    data = source
    if not isinstance(data, bytes):
        data = read_bounded(data, image.MAX_BYTES, what="document", error=CodeUnreadable)
    return _of_bytes(data, expected)


_KINDS: Final = (OwnCode, ForeignCode, encrypted.EncryptedCode, MobileDocument, sd_jwt.SdJwt)
"""Every kind there is: nothing else is taken, whatever methods it has."""


def _is_text(source: str) -> bool:
    """Whether a string is a code's text rather than a file's name."""
    bare = source.strip()
    return len(bare) >= MIN_TEXT_CHARS and _ALPHABET.issuperset(bare)


def _of_data_url(source: str) -> bytes:
    if len(source) > 2 * MAX_DOCUMENT_BYTES:
        raise CodeUnreadable(f"The document has {len(source):,} characters.")
    try:
        return base64.b64decode(source.strip().removeprefix(_DATA_URL), validate=True)
    except (ValueError, binascii.Error) as error:
        raise CodeUnreadable("The document is no base64.") from error


def _of_bytes(data: bytes, expected: Expected | None) -> Presented:
    head = data[:64]
    is_token = head.isascii() and _SD_JWT.match(head.decode("ascii")) is not None
    if (is_token or head[:1] in _MAP) and len(data) > MAX_DOCUMENT_BYTES:
        raise CodeUnreadable(f"The document has {len(data):,} bytes; {MAX_DOCUMENT_BYTES:,} are allowed.")
    if is_token and data.isascii():
        return sd_jwt.decode(data.decode("ascii").strip(), expected)
    if head[:1] in _MAP:
        return MobileDocument(mdoc.decode(data))
    return _of_text(read.text_of(data))


def _of_text(text: str) -> Presented:
    bare = read.tidy(text)
    packed = inflate.inflate(base45.decode(bare))
    if encrypted.is_encrypted(packed):
        return encrypted.decode(bare, packed)
    return _of_code(Credential.from_text(bare))


def _of_code(code: Credential) -> Presented:
    return ForeignCode(code) if code.statement.claims is None else OwnCode(code)
