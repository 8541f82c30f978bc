"""Status lists: whether a code was revoked or suspended, two bits a code, signed by its issuer.

IETF Token Status List, `draft-ietf-oauth-status-list-20`, as a CBOR Web Token (sections "Status List" and
"Status List Token in CWT Format"). Entries are packed from the least significant bit of each byte; the byte
array is compressed as zlib (RFC 1950). Ours have two bits an entry and 2^20 entries; lists of 1, 2, 4 and 8
bits are read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from moiety.credential import envelope
from moiety.credential.trust_parameters import (
    MAX_STATUS_BYTES,
    MAX_URI_LENGTH,
    STATUS_BITS,
    STATUS_ENTRIES,
    STATUS_LIFETIME_S,
    STATUS_TTL_S,
)
from moiety.errors import StatusUnavailable, TrustRefused, UsageError
from moiety.keys import Signer, VerifyingKey

STATUS_TYPE: Final = "application/statuslist+cwt"
_WHAT: Final = "status list"
_NOT_ZERO: Final = re.compile(rb"[^\x00]")
_CLAIM_SUBJECT, _CLAIM_EXPIRES, _CLAIM_ISSUED = 2, 4, 6
_CLAIM_LIST, _CLAIM_TTL = 65533, 65534


class Status(IntEnum):
    """Status types (section "Status Types Values")."""

    VALID = 0
    REVOKED = 1  # the draft's name is INVALID
    SUSPENDED = 2


@dataclass(frozen=True, slots=True)
class StatusList:
    """The statuses themselves: `bits` (1, 2, 4 or 8) an entry, packed in `packed`."""

    bits: int
    packed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.bits, bool) or self.bits not in (1, 2, 4, 8):
            raise TrustRefused("A status list has 1, 2, 4 or 8 bits an entry.")

    @property
    def entries(self) -> int:
        """How many indices the list has."""
        return len(self.packed) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """The status at `index`.

        Raises:
            StatusUnavailable: the index lies outside the list, so nothing can be said.
        """
        if not 0 <= index < self.entries:
            raise StatusUnavailable("The code's place lies outside its status list.")
        position = index * self.bits
        return (self.packed[position // 8] >> (position % 8)) & ((1 << self.bits) - 1)

    @classmethod
    def of(
        cls, statuses: Mapping[int, int], *, bits: int = STATUS_BITS, entries: int = STATUS_ENTRIES
    ) -> StatusList:
        """A list of `entries` places, all valid but those in `statuses` (index to value).

        Raises:
            UsageError: an index or a value does not fit.
        """
        packed = bytearray((entries * bits + 7) // 8)
        for index, value in statuses.items():
            if not (0 <= index < entries and 0 <= value < 1 << bits):
                raise UsageError("A status list entry does not fit its list.")
            position = index * bits
            packed[position // 8] |= value << (position % 8)
        return cls(bits, bytes(packed))

    def not_valid(self) -> dict[int, int]:
        """Every entry that is not 0: index to status."""
        per_byte, mask = 8 // self.bits, (1 << self.bits) - 1
        found: dict[int, int] = {}
        for match in _NOT_ZERO.finditer(self.packed):  # most of a list is zero, and skipped at C speed
            at = match.start()
            for place in range(per_byte):
                value = (self.packed[at] >> (place * self.bits)) & mask
                if value:
                    found[at * per_byte + place] = value
        return found

    def encode(self) -> dict[str, Any]:
        """The `StatusList` map (section "Status List in CBOR Format")."""
        return {"bits": self.bits, "lst": zlib.compress(self.packed, 9)}

    @classmethod
    def decode(cls, value: Any) -> StatusList:
        """Read a `StatusList` map, inflating at most `MAX_STATUS_BYTES`.

        Raises:
            TrustRefused: malformed, damaged, or larger than that.
        """
        if not isinstance(value, dict) or set(value) - {"bits", "lst", "aggregation_uri"}:
            raise TrustRefused("The status list is malformed.")
        bits, packed = value.get("bits"), value.get("lst")
        if type(bits) is not int or type(packed) is not bytes:
            raise TrustRefused("The status list is malformed.")
        return cls(bits, _inflate(packed))


@dataclass(frozen=True, slots=True)
class StatusToken:
    """A verified Status List Token: one issuer's statuses at one moment. Times in UTC seconds."""

    uri: str
    issued: int
    expires: int | None
    ttl: int | None
    statuses: StatusList
    encoded: bytes = field(repr=False)


def sign_status(uri: str, statuses: StatusList, signer: Signer, *, now: int) -> StatusToken:
    """Sign `statuses` as of `now`."""
    expires = now + STATUS_LIFETIME_S
    claims = {
        _CLAIM_SUBJECT: uri,
        _CLAIM_ISSUED: now,
        _CLAIM_EXPIRES: expires,
        _CLAIM_TTL: STATUS_TTL_S,
        _CLAIM_LIST: statuses.encode(),
    }
    encoded = envelope.sign(claims, signer, typ=STATUS_TYPE)
    return StatusToken(uri, now, expires, STATUS_TTL_S, statuses, encoded)


def status_signer(data: bytes) -> bytes:
    """The key identifier that a status list names, so that its key can be looked up.

    Raises:
        TrustRefused: it is no status list.
    """
    return envelope.decode(data, typ=STATUS_TYPE, what=_WHAT).key_id


def read_status(data: bytes, key: VerifyingKey) -> StatusToken:
    """Verify and decode a Status List Token. Its age is judged when it is used.

    Raises:
        TrustRefused: the signature does not hold, or the claims are malformed.
    """
    claims = envelope.decode(data, typ=STATUS_TYPE, what=_WHAT).require(key)
    if not isinstance(claims, dict):
        raise TrustRefused("The status list is malformed.")
    uri, issued = claims.get(_CLAIM_SUBJECT), claims.get(_CLAIM_ISSUED)
    expires, ttl = claims.get(_CLAIM_EXPIRES), claims.get(_CLAIM_TTL)
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_URI_LENGTH:
        raise TrustRefused("The status list does not say where it belongs.")
    if type(issued) is not int or not _is_time(issued):
        raise TrustRefused("The status list does not say when it was issued.")
    if expires is not None and (not _is_time(expires) or expires <= issued):
        raise TrustRefused("The status list's expiry is malformed.")
    if ttl is not None and (not _is_time(ttl) or ttl == 0):
        raise TrustRefused("The status list's time to live is malformed.")
    return StatusToken(uri, issued, expires, ttl, StatusList.decode(claims.get(_CLAIM_LIST)), data)


def _is_time(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 40


def _inflate(packed: bytes) -> bytes:
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(packed, MAX_STATUS_BYTES)
    except zlib.error as error:
        raise TrustRefused("The status list is damaged.") from error
    if engine.unconsumed_tail or (not engine.eof and len(data) == MAX_STATUS_BYTES):
        raise TrustRefused(f"The status list inflates to more than {MAX_STATUS_BYTES:,} bytes.")
    if not engine.eof or engine.unused_data:
        raise TrustRefused("The status list is damaged.")
    return data
