"""The mobile security object (ISO/IEC 18013-5, 9.1.2.4): what the issuer signed of a mobile document."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import cbor2

from moiety.credential import cbor
from moiety.credential.claims import StatusReference, status_reference
from moiety.document.mdoc import TAGS, Item, embedded
from moiety.errors import CodeMalformed, DigestMismatch
from moiety.keys import same

_HASHES: Final = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")
_DATE_TIME, _FULL_DATE = 0, 1004


@dataclass(frozen=True, slots=True, repr=False)
class SecurityObject:
    """What the issuer signed. Times are UTC seconds."""

    doc_type: str
    signed: int
    valid_from: int
    valid_until: int
    hash_name: str
    digests: dict[str, dict[int, bytes]]
    status: StatusReference | None

    def require_digest(self, item: Item) -> None:
        """Refuse an element that is not the one signed.

        Raises:
            DigestMismatch: it is another, or none of that number was signed.
        """
        expected = self.digests.get(item.namespace, {}).get(item.digest_id)
        found = hashlib.new(self.hash_name, item.encoded).digest()
        if expected is None or not same(found, expected):
            raise DigestMismatch("An element of the mobile document is not the one that its issuer signed.")


def decode(payload: bytes) -> SecurityObject:
    """Read the payload of the issuer's signature, strictly.

    Raises:
        CodeMalformed: anything that is not as the standard demands.
    """
    _, body = embedded(cbor.decode(payload, "security object", tags=TAGS), "security object")
    if not isinstance(body, dict):
        raise _malformed()
    algorithm = body.get("digestAlgorithm")
    hash_name = _HASHES.get(algorithm) if isinstance(algorithm, str) else None
    doc_type, validity = body.get("docType"), body.get("validityInfo")
    if body.get("version") != "1.0" or hash_name is None or not isinstance(doc_type, str):
        raise _malformed()
    if not isinstance(validity, dict):
        raise _malformed()
    signed, first, last = (moment(validity.get(name)) for name in ("signed", "validFrom", "validUntil"))
    if not signed <= last or not first <= last:
        raise _malformed()
    return SecurityObject(
        doc_type, signed, first, last, hash_name, _digests(body.get("valueDigests"), hash_name),
        _status(body.get("status")),
    )  # fmt: skip


def moment(value: object) -> int:
    """A `tdate` (tag 0, RFC 3339) as UTC seconds.

    Raises:
        CodeMalformed: none.
    """
    text = value.value if isinstance(value, cbor2.CBORTag) and value.tag == _DATE_TIME else None
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        raise _malformed()
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as error:
        raise _malformed() from error


def day_of(value: object) -> int | None:
    """A `full-date` (tag 1004, RFC 8943) or a `tdate` as UTC seconds; None where it is neither."""
    if isinstance(value, cbor2.CBORTag) and value.tag == _DATE_TIME:
        try:
            return moment(value)
        except CodeMalformed:
            return None
    text = value.value if isinstance(value, cbor2.CBORTag) and value.tag == _FULL_DATE else value
    try:
        found = date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
    return (
        None if found is None else int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp())
    )


def _status(value: object) -> StatusReference | None:
    """The reference to a status list; lists of identifiers are not read here, and then nothing is known."""
    known = isinstance(value, dict) and "status_list" in value
    return status_reference(value) if known else None


def _digests(value: object, hash_name: str) -> dict[str, dict[int, bytes]]:
    if not isinstance(value, dict) or not value:
        raise _malformed()
    size = hashlib.new(hash_name).digest_size
    digests: dict[str, dict[int, bytes]] = {}
    for namespace, entries in value.items():
        if not isinstance(namespace, str) or not isinstance(entries, dict):
            raise _malformed()
        digests[namespace] = {number: _digest(number, one, size) for number, one in entries.items()}
    return digests


def _digest(number: Any, value: object, size: int) -> bytes:
    if type(number) is not int or not isinstance(value, bytes) or len(value) != size:
        raise _malformed()
    return value


def _malformed() -> CodeMalformed:
    return CodeMalformed("What the issuer signed of the mobile document is not as its format demands.")
