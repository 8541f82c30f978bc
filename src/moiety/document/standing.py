"""Whether a document is within its time, and what a status list says of it."""

from __future__ import annotations

from typing import Final

from moiety.credential.claims import StatusReference
from moiety.credential.clock import day
from moiety.credential.status import Status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import STATUS_MAX_AGE_S
from moiety.decision.decision import Reason
from moiety.document.parameters import CLOCK_TOLERANCE_S
from moiety.errors import (
    CredentialExpired,
    CredentialNotYetValid,
    CredentialRevoked,
    CredentialSuspended,
    StatusUnavailable,
)

NOT_CHECKED: Final = Reason(
    "document-status-not-checked",
    "Whether its issuer has withdrawn the document was not checked: no list of it is held here.",
)


def require_within(not_before: int | None, expires: int | None, now: int) -> None:
    """Refuse a document outside its time.

    Raises:
        CredentialNotYetValid, CredentialExpired: it is.
    """
    if not_before is not None and now + CLOCK_TOLERANCE_S < not_before:
        raise CredentialNotYetValid(f"The document is valid from {day(not_before)}.")
    if expires is not None and now >= expires:
        raise CredentialExpired(
            f"The document expired on {day(expires)}.", remedy="Ask the holder for a current document."
        )


def standing(
    reference: StatusReference | None, issuer: str, trust: TrustBundle, now: int, most: int | None
) -> tuple[str, int | None]:
    """The status of a document and the age of the list that says so; "not-checked" without a list here.

    A list counts where the home holds it, signed by the document's issuer. `most` is the greatest age.

    Raises:
        CredentialRevoked, CredentialSuspended: the list says so.
        StatusUnavailable: the list is too old, or says something of unknown meaning.
    """
    token = None if reference is None else trust.status_list(issuer, reference.uri)
    if reference is None or token is None:
        return "not-checked", None
    value = token.statuses[reference.index]
    if value == Status.REVOKED:
        raise CredentialRevoked("The issuer revoked the document.")
    if value == Status.SUSPENDED:
        raise CredentialSuspended("The issuer suspended the document.")
    age = max(0, now - token.issued)
    if age > (STATUS_MAX_AGE_S if most is None else most) or (
        token.expires is not None and now >= token.expires
    ):
        raise StatusUnavailable(f"The status list is {age / 86400:.1f} days old, more than is allowed.")
    if value != Status.VALID:
        raise StatusUnavailable(f"The status list gives the document the status {value}, of unknown meaning.")
    return "valid", age
