"""Issuing: contents, sealed to a group and signed by an issuer, become a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from moiety.credential import base45, blind, claims, contents, cose, inflate, profiles, seal
from moiety.credential.claims import Claims, Profile, StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.parameters import CTI_BYTES, DAY_S, MAX_URI_BYTES
from moiety.credential.pin import lock
from moiety.errors import UsageError
from moiety.keys import GroupPublicKey, Signer, random_token

_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")  # RFC 3986, section 3: a scheme, then visible ASCII


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """Who signs: the issuer's URI, which should not reveal the service, and its signing key."""

    uri: str
    signer: Signer


def issue(
    what: Contents,
    *,
    issuer: IssuerIdentity,
    group: GroupPublicKey | None,
    profile: Profile,
    valid_from: int,
    valid_until: int,
    now: int,
    status: StatusReference | None = None,
    pin: str | None = None,
    share: bytes | None = None,
) -> Credential:
    """Seal and sign `what` as a code.

    Args:
        what: the templates and the hash of the consent receipt.
        issuer: who signs.
        group: the verifier group to seal to; None only in the open profile, which seals nothing.
        profile: "card", "paper", "blind" or "open".
        valid_from: UTC seconds; rounded down to its day.
        valid_until: UTC seconds; rounded down to its day, at whose beginning the code expires.
        now: UTC seconds; rounded down to its day.
        status: where the code's status is kept.
        pin: a PIN that the holder chose, 4 to 64 characters; not in the open profile. In the blind
            profile it is checked by the service, and only named here.
        share: the service's half of the content key, 32 bytes; in the blind profile only.

    Raises:
        OverBudget: it does not fit the profile's largest symbol; the remedy names what to leave out.
        UsageError: arguments that contradict each other.
    """
    first, last, today = (_day(moment) for moment in (valid_from, valid_until, now))
    if not 0 <= first < last:
        raise UsageError("A code must be valid for at least one whole day.")
    _check_uri(issuer.uri, "issuer's URI")
    if status is not None:
        _check_uri(status.uri, "status list's URI")
    if (share is not None) != (profile == "blind"):
        raise UsageError("The blind profile takes a share of its key, and no other does.")
    cti = random_token(CTI_BYTES)
    if profile == "open":
        if group is not None or pin is not None:
            raise UsageError("The open profile seals nothing: it takes neither a group nor a PIN.")
        if what.record is not None:
            raise UsageError("The open profile takes no record: anybody could read it.")
        said = Claims(
            issuer.uri, today, first, last, cti, status, profile, None, None, False, what, what.enrolled
        )
    else:
        if group is None:
            raise UsageError(f"The {profile} profile seals to a verifier group, and none is given.")
        sealed = _sealed(what, issuer.uri, cti, group, profile, pin if share is None else share)
        has_pin = pin is not None
        said = Claims(
            issuer.uri,
            today,
            first,
            last,
            cti,
            status,
            profile,
            group.key_id,
            sealed,
            has_pin,
            enrolled=what.enrolled,
        )
    text = base45.encode(inflate.deflate(cose.sign(claims.encode(said), issuer.signer)))
    profiles.require_fit(text, profile, what)
    return Credential.from_text(text)


def _day(moment: int) -> int:
    return moment - moment % DAY_S


def _check_uri(uri: str, what: str) -> None:
    if not _URI.fullmatch(uri) or len(uri) > MAX_URI_BYTES:
        raise UsageError(f"The {what} must be a URI of at most {MAX_URI_BYTES} ASCII characters.")


def _sealed(
    what: Contents,
    issuer: str,
    cti: bytes,
    group: GroupPublicKey,
    profile: Profile,
    inner: str | bytes | None,
) -> bytes:
    info = seal.binding(issuer, cti, group.key_id, claims.PROFILE_NUMBERS[profile])
    plain = contents.encode(what)
    if isinstance(inner, str):
        plain = lock(plain, inner, cti=cti, info=info)
    elif inner is not None:
        plain = blind.lock(plain, inner, cti=cti, info=info)
    return seal.seal(plain, group, info)
