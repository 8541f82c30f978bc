"""What a code says in the open: the CWT claims (RFC 8392) around claim 169, of ours and of other issuers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

import cbor2

from moiety.credential import cbor, claim169, contents
from moiety.credential.contents import Contents, Enrolled
from moiety.credential.parameters import (
    CTI_BYTES,
    FORMAT_VERSION,
    GROUP_ID_BYTES,
    MAX_URI_BYTES,
    VERSIONS_READ,
)
from moiety.errors import CodeMalformed

Profile = Literal["card", "paper", "open", "blind"]

ISS, SUB, EXP, NBF, IAT, CTI = 1, 2, 4, 5, 6, 7
IDENTITY: Final = 169
STATUS: Final = 65535
_STATUS_LIST: Final = "status_list"  # draft-ietf-oauth-status-list, section "Referenced Token in CWT Format"

PROFILE_NUMBERS: Final[Mapping[Profile, int]] = {"open": 0, "card": 1, "paper": 2, "blind": 3}
_PROFILES: Final[Mapping[int, Profile]] = {number: name for name, number in PROFILE_NUMBERS.items()}

ENROLLED_NUMBERS: Final[Mapping[Enrolled | None, int]] = {None: 0, "files": 1, "live": 2}
_ENROLLED: Final[Mapping[int, Enrolled | None]] = {number: name for name, number in ENROLLED_NUMBERS.items()}
_SECONDS: Final = 1
_DATES: Final = frozenset((0, _SECONDS, 100, 1004))
"""Tags of dates (RFC 8949, section 3.4; RFC 8943): validity is read under them, other dates stop nothing."""

_LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999: what a calendar can show


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a code's status is kept: the URI of a status list, and this code's index in it."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a code of ours says in the open.

    Attributes:
        issuer: the issuer's URI.
        issued, not_before, expires: UTC seconds, whole days; valid where not_before <= now < expires.
        cti: 16 random bytes that identify the code.
        status: where its status is kept, or None.
        profile: "card", "paper" (both sealed), "blind" (sealed, its key in two shares) or "open".
        group: 8-byte identifier of the group key that it is sealed to; None in the open profile.
        sealed: the ciphertext; None in the open profile.
        pin: whether a PIN is needed beside the group key.
        contents: what the open profile carries unsealed; None in the others.
        enrolled: how the person was enrolled, "live" or from "files"; None where the code does not say.
        version: of the format, 1 or 2.
    """

    issuer: str
    issued: int
    not_before: int
    expires: int
    cti: bytes = field(repr=False)
    status: StatusReference | None
    profile: Profile
    group: bytes | None
    sealed: bytes | None = field(repr=False)
    pin: bool
    contents: Contents | None = field(default=None, repr=False)
    enrolled: Enrolled | None = None
    version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Statement:
    """What any Claim 169 code says in the open; None or absent where it does not say.

    `attributes` are the identity attributes by their names in Claim 169. `claims` is there where the code is
    one of ours.
    """

    issuer: str | None
    subject: str | None
    issued: int | None
    not_before: int | None
    expires: int | None
    cti: bytes | None = field(repr=False)
    status: StatusReference | None
    attributes: Mapping[str, claim169.Attribute] = field(repr=False)
    claims: Claims | None = field(repr=False)


def encode(claims: Claims) -> bytes:
    """The CWT payload of a code of ours, in canonical CBOR."""
    payload: dict[int, Any] = {
        ISS: claims.issuer,
        EXP: claims.expires,
        NBF: claims.not_before,
        IAT: claims.issued,
        CTI: claims.cti,
        IDENTITY: _identity(claims),
    }
    if claims.status is not None:
        payload[STATUS] = {_STATUS_LIST: {"idx": claims.status.index, "uri": claims.status.uri}}
    return cbor.encode(payload)


def _identity(claims: Claims) -> dict[int, Any]:
    mark = [] if claims.version == 1 else [ENROLLED_NUMBERS[claims.enrolled]]
    if claims.contents is None:
        number = PROFILE_NUMBERS[claims.profile]
        return {claim169.SEALED: [claims.version, number, claims.pin, claims.group, claims.sealed, *mark]}
    identity: dict[int, Any] = {}
    rows: list[list[int]] = []
    for one in claims.contents.templates:
        entry = {0: one.data, 1: claim169.TEMPLATE, 2: claim169.VENDOR_SPECIFIC, 3: one.model}
        identity.setdefault(_biometric_key(one.position), []).append(entry)
        rows.append([one.position, one.samples, contents.capture(one)])
    open_part = [claims.version, PROFILE_NUMBERS["open"], claims.contents.consent_hash, rows, *mark]
    return {**identity, claim169.SEALED: open_part}


def _biometric_key(position: int) -> int:
    return claim169.FACE if position == 0 else 49 + position


def decode(payload: bytes) -> Statement:
    """Read a CWT payload, of ours or of another issuer.

    Raises:
        CodeMalformed: no claim 169, a claim of the wrong type, or claim 75 of an unknown version.
    """
    stated = cbor.decode(payload, "payload", tags=_DATES)
    if not isinstance(stated, dict):
        raise CodeMalformed("The payload of the code is no map.")
    identity = stated.get(IDENTITY)
    if isinstance(identity, bytes):  # the specification's worked example wraps it
        identity = cbor.decode(identity, "claim 169", tags=_DATES)
    if not isinstance(identity, dict):
        raise CodeMalformed("The code carries no claim 169.", remedy="It may be a code of another kind.")
    attributes = claim169.attributes(identity)
    statement = Statement(
        issuer=_text(stated, ISS),
        subject=_text(stated, SUB),
        issued=_time(stated, IAT),
        not_before=_time(stated, NBF),
        expires=_time(stated, EXP),
        cti=_bytes(stated, CTI),
        status=status_reference(stated.get(STATUS)),
        attributes=attributes,
        claims=None,
    )
    own = identity.get(claim169.SEALED)
    if not isinstance(own, list) or not own or type(own[0]) is not int:
        return statement  # claim 75 is absent, or put to another closed use
    return replace(statement, claims=_own(statement, own))


def _text(stated: Mapping[Any, Any], key: int) -> str | None:
    value = stated.get(key)
    if value is not None and not isinstance(value, str):
        raise CodeMalformed(f"Claim {key} of the code is no text.")
    return value


def _bytes(stated: Mapping[Any, Any], key: int) -> bytes | None:
    value = stated.get(key)
    if value is not None and not isinstance(value, bytes):
        raise CodeMalformed(f"Claim {key} of the code is no byte string.")
    return value


def _time(stated: Mapping[Any, Any], key: int) -> int | None:
    """NumericDate (RFC 8392, section 2) may have a fraction; whole seconds are kept."""
    value = stated.get(key)
    if isinstance(value, cbor2.CBORTag) and value.tag == _SECONDS:  # as some issuers write it
        value = value.value
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= _LAST_SECOND:
        raise CodeMalformed(f"Claim {key} of the code is no date.")
    return int(value)


def status_reference(value: object, *, longest: int = MAX_URI_BYTES) -> StatusReference | None:
    """The reference to a status list. Other mechanisms are unknown, and unknown is not "valid".

    `longest` is how many bytes its URI may have: a code has little room, another document has more.

    Raises:
        CodeMalformed: another mechanism, or a malformed reference.
    """
    if value is None:
        return None
    reference = value.get(_STATUS_LIST) if isinstance(value, dict) else None
    index = reference.get("idx") if isinstance(reference, dict) else None
    uri = reference.get("uri") if isinstance(reference, dict) else None
    if not isinstance(uri, str) or type(index) is not int or not 0 <= index < 1 << 32:
        raise CodeMalformed("The code refers to its status in a way that is not known.")
    if len(uri.encode()) > longest:
        raise CodeMalformed("The code refers to its status by a URI that is too long.")
    return StatusReference(uri, index)


def _own(statement: Statement, own: list[Any]) -> Claims:
    if own[0] not in VERSIONS_READ:
        raise CodeMalformed(
            f"The code has format version {own[0]}; this program knows versions 1 to {FORMAT_VERSION}.",
            remedy="Update this program, or check the code on another machine.",
        )
    profile = _PROFILES.get(own[1]) if len(own) > 1 and type(own[1]) is int else None
    if profile is None:
        raise CodeMalformed("The code names a profile that does not exist.")
    issued, not_before, expires = statement.issued, statement.not_before, statement.expires
    issuer, cti = statement.issuer, statement.cti
    if issued is None or not_before is None or expires is None or issuer is None or cti is None:
        raise CodeMalformed("The code leaves out its issuer, its validity or its identifier.")
    if len(cti) != CTI_BYTES or len(issuer.encode()) > MAX_URI_BYTES or not_before >= expires:
        raise CodeMalformed("The issuer, the validity or the identifier of the code is out of range.")
    version, own = own[0], list(own)
    enrolled = _mark(own.pop()) if version > 1 else None
    common = (issuer, issued, not_before, expires, cti, statement.status, profile)
    if profile == "open":
        return Claims(
            *common,
            group=None,
            sealed=None,
            pin=False,
            contents=_open(statement, own, enrolled),
            enrolled=enrolled,
            version=version,
        )
    if len(own) != 5 or not isinstance(own[2], bool) or not _is_bytes(own[3]) or not _is_bytes(own[4]):
        raise CodeMalformed("The sealed part of the code is not where its format demands.")
    if len(own[3]) != GROUP_ID_BYTES:
        raise CodeMalformed("The code names its group key by an identifier of the wrong length.")
    return Claims(*common, group=own[3], sealed=own[4], pin=own[2], enrolled=enrolled, version=version)


def _mark(value: object) -> Enrolled | None:
    if type(value) is not int or value not in _ENROLLED:
        raise CodeMalformed("The code does not say how its holder was enrolled in a way that is known.")
    return _ENROLLED[value]


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes)


def _open(statement: Statement, own: list[Any], enrolled: Enrolled | None) -> Contents:
    """Put the templates of the open profile together from their attributes and from claim 75."""
    if len(own) != 4 or not isinstance(own[3], list):
        raise CodeMalformed("The templates of the code are not where its format demands.")
    taken: dict[str, int] = {}
    templates = []
    for row in own[3]:
        if not isinstance(row, list) or len(row) != 3 or type(row[0]) is not int:
            raise CodeMalformed("The templates of the code are not where its format demands.")
        name = claim169.BIOMETRICS.get(_biometric_key(row[0]), "")
        found = cast("tuple[claim169.Biometric, ...]", statement.attributes.get(name, ()))
        which = taken.get(name, 0)
        taken[name] = which + 1
        if which >= len(found):
            raise CodeMalformed("The code lists a template that it does not carry.")
        templates.append(contents.template(row[0], found[which].issuer, row[1], row[2], found[which].data))
    return contents.build(own[2], tuple(templates), enrolled)
