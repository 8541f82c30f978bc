"""Mobile documents (ISO/IEC 18013-5) as they were read: strict CBOR, taken apart and not yet believed.

A device response, or the issuer-signed part alone. Device engagement and sessions are no part of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cbor2

from moiety.credential import cbor, cose
from moiety.credential.cbor import Limits
from moiety.document.parameters import DEPTH, ENTRIES, ITEMS
from moiety.errors import CodeMalformed, PortraitAmbiguous

_EMBEDDED: Final = 24
_SIGN1: Final = 18
_PORTRAIT: Final = "portrait"
_LEAST_SALT_BYTES: Final = 16  # ISO/IEC 18013-5, 9.1.2.5
_DOCUMENT: Final = Limits(DEPTH, ITEMS, ENTRIES, any_value=True)
_INSIDE: Final = Limits(DEPTH, ITEMS, ENTRIES, any_value=True, endless=True)
"""Elements hold what their issuer likes; only those that matter here need a meaning."""


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One disclosed element: `encoded` is what its digest is over, tag 24 included, as it came."""

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
        CodeMalformed: neither, not as its format demands, or a response that says that it failed.
        PortraitAmbiguous: a response with several documents.
    """
    body = _map(cbor.decode(data, "document", limits=_DOCUMENT))
    spans = _Spans(data, body)
    if "documents" in body:
        _require_well(body)
        documents = body["documents"]
        if not isinstance(documents, list) or not documents:
            raise _malformed("it holds no document")
        if len(documents) > 1:
            raise PortraitAmbiguous(
                f"The response holds {len(documents)} documents; one is compared.",
                remedy="Ask the holder to present one document.",
            )
        return _document(_map(documents[0]), spans)
    if "issuerSigned" in body:
        return _document(body, spans)
    return _issuer_signed(None, body, spans)


def embedded(value: object, what: str) -> tuple[bytes, Any]:
    """The bytes inside tag 24, and what they decode to.

    Raises:
        CodeMalformed: no tag 24, or no well-formed CBOR inside.
    """
    if not isinstance(value, cbor2.CBORTag) or value.tag != _EMBEDDED or not isinstance(value.value, bytes):
        raise _malformed(f"its {what} is not embedded as it should be")
    return value.value, cbor.decode(value.value, what, limits=_INSIDE)


def decode_signed(data: bytes, what: str) -> Any:
    """What the issuer signed, as its bytes are."""
    return cbor.decode(data, what, limits=_INSIDE)


class _Spans:
    """The bytes of every embedded item as they came: digests are over those, in whatever encoding."""

    def __init__(self, data: bytes, body: object) -> None:
        found = cbor.embedded_spans(data)
        values = list(_embedded_in(body))
        if len(found) != len(values):
            raise _malformed("its embedded elements are not where they should be")
        self._spans: Final = {id(one): span for one, span in zip(values, found, strict=True)}
        self._values: Final = values  # keeps the identities alive

    def of(self, value: object) -> bytes:
        return self._spans.get(id(value), b"")


def _embedded_in(value: object) -> Iterator[cbor2.CBORTag]:
    """Every item of tag 24, in the order of its bytes."""
    if isinstance(value, cbor2.CBORTag):
        if value.tag == _EMBEDDED and isinstance(value.value, bytes):
            yield value
        else:
            yield from _embedded_in(value.value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _embedded_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _embedded_in(one)


def _require_well(response: dict[Any, Any]) -> None:
    """Refuse a device response that says that something went wrong (ISO/IEC 18013-5, 8.3.2.1.2.3)."""
    status, version = response.get("status", 0), response.get("version", "1.0")
    if type(status) is not int or status != 0:
        raise CodeMalformed(
            "The holder's device says that something went wrong with this response.",
            remedy="Ask the holder to present the document again.",
        )
    if not isinstance(version, str) or not version.startswith("1."):
        raise _malformed("its response is of a version that isn't known here")


def _document(body: dict[Any, Any], spans: _Spans) -> Mdoc:
    doc_type = body.get("docType")
    if not isinstance(doc_type, str):
        raise _malformed("it does not say what it is")
    return _issuer_signed(doc_type, _map(body.get("issuerSigned")), spans)


def _issuer_signed(doc_type: str | None, body: dict[Any, Any], spans: _Spans) -> Mdoc:
    auth = body.get("issuerAuth")
    if isinstance(auth, cbor2.CBORTag) and auth.tag == _SIGN1:
        auth = auth.value
    if auth is None:
        raise CodeMalformed("The document isn't a mobile document, or its issuer's part was taken out.")
    message = cose.of_parts(auth)
    names = body.get("nameSpaces") or {}
    items: list[Item] = []
    for namespace, entries in _map(names).items():
        if not isinstance(namespace, str) or not isinstance(entries, list):
            raise _malformed("its elements are not where they should be")
        items.extend(_item(namespace, entry, spans) for entry in entries)
    keys = {(one.namespace, one.digest_id) for one in items}
    named = [(one.namespace, one.name) for one in items if one.name != _PORTRAIT]  # two are told as that
    if len(keys) != len(items) or len(set(named)) != len(named):
        raise _malformed("it discloses an element twice")
    return Mdoc(doc_type, tuple(items), message)


def _item(namespace: str, value: object, spans: _Spans) -> Item:
    _, body = embedded(value, "element")
    if not isinstance(body, dict) or set(body) != {"digestID", "random", "elementIdentifier", "elementValue"}:
        raise _malformed("an element is not as its format demands")
    number, salt, name = body["digestID"], body["random"], body["elementIdentifier"]
    if type(number) is not int or number < 0 or not isinstance(name, str):
        raise _malformed("an element is not as its format demands")
    if not isinstance(salt, bytes) or len(salt) < _LEAST_SALT_BYTES:
        raise _malformed("an element's salt is too short to hide it")
    return Item(namespace, number, name, body["elementValue"], spans.of(value))


def _map(value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _malformed("a map is missing")
    return value


def _malformed(why: str) -> CodeMalformed:
    return CodeMalformed(f"The mobile document is malformed: {why}.")
