"""May this code be relied on? Trust, signature, validity and status, in that order, without opening it.

The order is that of draft-ietf-oauth-status-list-20, "Validation Rules": what a status list says counts only
for a code that is otherwise valid. The key that opens the template is touched by `open_contents` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moiety.credential.bundle import GroupEpoch
from moiety.credential.clock import day, seconds
from moiety.credential.code import Credential, unseal, verify_signature
from moiety.credential.contents import Contents
from moiety.credential.status import Status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import STATUS_MAX_AGE_S
from moiety.credential.wall import require_same_side
from moiety.errors import (
    CredentialExpired,
    CredentialNotYetValid,
    CredentialRevoked,
    CredentialSuspended,
    IssuerUntrusted,
    SealUnopenable,
    StatusUnavailable,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A code that may be relied on, and on what ground. Times in UTC seconds, the status's age in seconds."""

    credential: Credential
    issuer: str
    status: Literal["valid"]
    status_age_s: int
    not_after: int


def check(
    credential: Credential, trust: TrustBundle, *, now: int | None = None, max_status_age: int | None = None
) -> Checked:
    """Decide whether a code may be relied on at `now`.

    `max_status_age` is the greatest age of the status list in seconds (30 days unless a policy says
    otherwise).

    Raises:
        ClockSetBack, TrustRefused: the clock or the bundle cannot be relied on.
        IssuerUntrusted: signed by a key outside the bundle, past that key's time, or from the other side of
            the wall between practice and life.
        SignatureInvalid: the signature does not hold.
        CredentialNotYetValid, CredentialExpired: outside its days, its group's epoch included; or that
            epoch's key was stolen.
        SealUnopenable: sealed to a group that the bundle doesn't name.
        CredentialRevoked, CredentialSuspended: withdrawn.
        StatusUnavailable: no list, one too old, or a status of unknown meaning.
    """
    moment = seconds(now)
    trust.require_current(moment)
    _check_signature(credential, trust, moment)
    not_after = _check_validity(credential, trust, moment)
    age = _check_status(
        credential, trust, moment, STATUS_MAX_AGE_S if max_status_age is None else max_status_age
    )
    return Checked(credential, credential.claims.issuer, "valid", age, not_after)


def open_contents(checked: Checked, trust: TrustBundle, pin: str | None = None) -> Contents:
    """Open a checked code with the key of the group it was sealed to.

    Raises:
        SealUnopenable: sealed to a group whose key this home does not hold, transplanted or damaged.
        PinRequired, PinWrong: the code has a PIN.
        ShareUnavailable: a blind code, and `trust.with_shares` named no service; or what the service refuses.
        TemplateMismatch: what is inside is malformed.
    """
    credential = checked.credential
    group = credential.claims.group
    return unseal(credential, None if group is None else trust.group_private(group), pin, trust.shares)


def _check_signature(credential: Credential, trust: TrustBundle, now: int) -> None:
    require_same_side(credential.claims.issuer, (one.uri for one in trust.issuers))
    held = trust.issuer_key(credential.claims.issuer, credential.key_id)
    if held is None:
        raise IssuerUntrusted("The code is signed by a key that is not in the trust bundle.")
    verify_signature(credential, held.key)
    if now >= held.expires:
        raise IssuerUntrusted(f"The key that signed the code counts no more since {day(held.expires)}.")
    if credential.claims.issued > held.not_after:
        raise IssuerUntrusted("The code is dated after its key was retired.")


def _check_validity(credential: Credential, trust: TrustBundle, now: int) -> int:
    claims = credential.claims
    epoch = _epoch(claims.group, trust)
    last = claims.expires if epoch is None else min(claims.expires, epoch.expires)
    if now < claims.not_before:
        raise CredentialNotYetValid(f"The code is valid from {day(claims.not_before)}.")
    if now >= last:
        why = "" if last == claims.expires else ", with its group's epoch"
        raise CredentialExpired(f"The code expired on {day(last)}{why}.")
    return last


def _epoch(group: bytes | None, trust: TrustBundle) -> GroupEpoch | None:
    """The epoch that the code is sealed to; none for an open code. What the bundle doesn't name, is refused:
    it may have been taken out after a theft, and nothing says until when it counted."""
    if group is None:
        return None
    epoch = trust.bundle.epoch(group)
    if epoch is None:
        raise SealUnopenable(
            "The code is sealed to a verifier group, or to an epoch of one, that isn't in the trust bundle."
        )
    if epoch.distrusted:
        raise CredentialExpired(
            f"The code's verifier group ended its key on {day(epoch.expires)}: all codes of that key are "
            "refused.",
            remedy="Renew the code where it was issued, or enrol again.",
        )
    return epoch


def _check_status(credential: Credential, trust: TrustBundle, now: int, most: int) -> int:
    claims = credential.claims
    if claims.status is None:
        raise StatusUnavailable("The code names no status list, so a revocation would not show.")
    token = trust.status_list(claims.issuer, claims.status.uri)
    if token is None:
        raise StatusUnavailable("The code's status list is not in the trust bundle.")
    age = max(0, now - token.issued)
    value = token.statuses[claims.status.index]
    # A stale list that says "revoked" still says it: only its "valid" has gone stale.
    if value == Status.REVOKED:
        raise CredentialRevoked("The issuer revoked the code.")
    if value == Status.SUSPENDED:
        raise CredentialSuspended("The issuer suspended the code.")
    if age > most or (token.expires is not None and now >= token.expires):
        raise StatusUnavailable(
            f"The status list is {age / 86400:.1f} days old; {most / 86400:.1f} are allowed.",
            remedy="Import a newer one; the issuer makes it with: moiety trust refresh --home DIR.",
        )
    if value != Status.VALID:
        raise StatusUnavailable(
            f"The status list gives the code the status {value}, whose meaning is unknown here."
        )
    return age
