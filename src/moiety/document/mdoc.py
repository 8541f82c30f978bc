"""Mobile documents (ISO/IEC 18013-5) as they were read: strict CBOR, taken apart and not yet believed.

A device response, or the issuer-signed part alone. Device engagement and sessions are no part of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cbor2

from moiety.credential import cbor, cose
from moiety.errors import CodeMalformed, PortraitAmbiguous

_EMBEDDED: Final = 24
_SIGN1: Final = 18
_DATE_TIME, _EPOCH, _FULL_DATE = 0, 1, 1004
TAGS: Final = frozenset((_DATE_TIME, _EPOCH, _SIGN1, _EMBEDDED, _FULL_DATE))
_LEAST_SALT_BYTES: Final = 16  # ISO/IEC 18013-5, 9.1.2.5


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One disclosed element: `encoded` is what its digest is over, tag 24 included."""

    namespace: str
    digest_id: int
    name: str
    value: Any
    encoded: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Mdoc:
    """One document, taken apart.

    Attributes:
        doc_type: what the document around it says it is; None in an issuer-signed part alone.
        items: the disclosed elements.
        message: the issuer's COSE_Sign1; its payload is the mobile security object.
    """

    doc_type: str | None
    items: tuple[Item, ...]
    message: cose.Sign1


def decode(data: bytes) -> Mdoc:
    """Take a device response or an issuer-signed document apart.

    Raises:
        CodeMalformed: neither, or not as its format demands.
        PortraitAmbiguous: a response with several documents.
    """
    body = _map(cbor.decode(data, "document", tags=TAGS))
    if "documents" in body:
        documents = body["documents"]
        if not isinstance(documents, list) or not documents:
            raise _malformed("it holds no document")
        if len(documents) > 1:
            raise PortraitAmbiguous(
                f"The response holds {len(documents)} documents; one is compared.",
                remedy="Ask the holder to present one document.",
            )
        return _document(_map(documents[0]))
    if "issuerSigned" in body:
        return _document(body)
    return _issuer_signed(None, body)


def embedded(value: object, what: str) -> tuple[bytes, Any]:
    """The bytes inside tag 24, and what they decode to.

    Raises:
        CodeMalformed: no tag 24, or no strict CBOR inside.
    """
    if not isinstance(value, cbor2.CBORTag) or value.tag != _EMBEDDED or not isinstance(value.value, bytes):
        raise _malformed(f"its {what} is not embedded as it should be")
    return value.value, cbor.decode(value.value, what, tags=TAGS)


def _document(body: dict[Any, Any]) -> Mdoc:
    doc_type = body.get("docType")
    if not isinstance(doc_type, str):
        raise _malformed("it does not say what it is")
    return _issuer_signed(doc_type, _map(body.get("issuerSigned")))


def _issuer_signed(doc_type: str | None, body: dict[Any, Any]) -> Mdoc:
    auth = body.get("issuerAuth")
    if isinstance(auth, cbor2.CBORTag) and auth.tag == _SIGN1:
        auth = auth.value
    if auth is None:
        raise CodeMalformed("The document is no mobile document, or its issuer's part was taken out.")
    message = cose.of_parts(auth)
    names = body.get("nameSpaces", {})
    items: list[Item] = []
    for namespace, entries in _map(names).items():
        if not isinstance(namespace, str) or not isinstance(entries, list):
            raise _malformed("its elements are not where they should be")
        items.extend(_item(namespace, entry) for entry in entries)
    keys = [(one.namespace, one.digest_id) for one in items]
    if len(set(keys)) != len(keys):
        raise _malformed("it discloses an element twice")
    return Mdoc(doc_type, tuple(items), message)


def _item(namespace: str, value: object) -> Item:
    inner, body = embedded(value, "element")
    if not isinstance(body, dict) or set(body) != {"digestID", "random", "elementIdentifier", "elementValue"}:
        raise _malformed("an element is not as its format demands")
    number, salt, name = body["digestID"], body["random"], body["elementIdentifier"]
    if type(number) is not int or number < 0 or not isinstance(name, str):
        raise _malformed("an element is not as its format demands")
    if not isinstance(salt, bytes) or len(salt) < _LEAST_SALT_BYTES:
        raise _malformed("an element's salt is too short to hide it")
    encoded = cbor.encode(cbor2.CBORTag(_EMBEDDED, inner))
    return Item(namespace, number, name, body["elementValue"], encoded)


def _map(value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _malformed("a map is missing")
    return value


def _malformed(why: str) -> CodeMalformed:
    return CodeMalformed(f"The mobile document is malformed: {why}.")
