"""The mobile security object (ISO/IEC 18013-5, 9.1.2.4): what the issuer signed of a mobile document."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import cbor2

from moiety.document.mdoc import Item, decode_signed, embedded
from moiety.document.standing import StatusClaim, status_claim
from moiety.errors import CodeMalformed, DigestMismatch
from moiety.keys import same

_HASHES: Final = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_DATE_TIME, _EPOCH, _DAYS, _FULL_DATE = 0, 1, 100, 1004
_DAY_S: Final = 86_400
_LAST_SECOND: Final = 253_402_300_799


@dataclass(frozen=True, slots=True, repr=False)
class SecurityObject:
    """What the issuer signed. Times are UTC seconds."""

    doc_type: str
    signed: int
    valid_from: int
    valid_until: int
    hash_name: str
    digests: dict[str, dict[int, bytes]]
    status: StatusClaim

    def require_digest(self, item: Item) -> None:
        """Refuse an element that is not the one signed.

        Raises:
            DigestMismatch: it is another, or none of that number was signed.
        """
        expected = self.digests.get(item.namespace, {}).get(item.digest_id)
        found = hashlib.new(self.hash_name, item.encoded).digest()
        if expected is None or not same(found, expected):
            raise DigestMismatch(
                "An element of the mobile document doesn't have the digest that its issuer signed: it was "
                "changed, or encoded again on its way."
            )


def decode(payload: bytes) -> SecurityObject:
    """Read the payload of the issuer's signature, strictly.

    Raises:
        CodeMalformed: anything that is not as the standard demands.
    """
    _, body = embedded(decode_signed(payload, "security object"), "security object")
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
        status_claim(body.get("status")),
    )  # fmt: skip


def moment(value: object) -> int:
    """A `tdate` (tag 0, RFC 3339), or the same moment under tag 1, as UTC seconds.

    Raises:
        CodeMalformed: none.
    """
    found = _moment(value)
    if found is None:
        raise _malformed()
    return found


def _moment(value: object) -> int | None:
    tag, bare = (value.tag, value.value) if isinstance(value, cbor2.CBORTag) else (None, None)
    if tag == _EPOCH and isinstance(bare, (int, float)) and not isinstance(bare, bool):
        return int(bare) if math.isfinite(bare) and 0 <= bare <= _LAST_SECOND else None
    if tag != _DATE_TIME or not isinstance(bare, str) or not _MOMENT.fullmatch(bare):
        return None
    try:
        return int(datetime.fromisoformat(bare.upper()).timestamp())
    except (ValueError, OverflowError):
        return None


def day_of(value: object) -> int | None:
    """A date as issuers write it, as UTC seconds; None where it is none.

    `full-date` (tag 1004) and days since 1970 (tag 100) after RFC 8943, `tdate`, seconds (tag 1), or text.
    """
    found = _moment(value)
    if found is not None:
        return found
    tag, bare = (value.tag, value.value) if isinstance(value, cbor2.CBORTag) else (None, value)
    if tag == _DAYS and type(bare) is int and 0 <= bare <= _LAST_SECOND // _DAY_S:
        return bare * _DAY_S
    if tag not in (None, _FULL_DATE) or not isinstance(bare, str):
        return None
    if len(bare) > 10:
        return _moment(cbor2.CBORTag(_DATE_TIME, bare))
    try:
        day = date.fromisoformat(bare) if len(bare) == 10 else None
    except ValueError:
        return None
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


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
