"""Whether a document is within its time, and what a status list says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from moiety.credential.claims import StatusReference, status_reference
from moiety.credential.clock import day
from moiety.credential.status import Status, StatusToken
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import STATUS_MAX_AGE_S
from moiety.decision.decision import Reason
from moiety.document import status_lists
from moiety.document.issuers import Vouched
from moiety.document.parameters import CLOCK_TOLERANCE_S, MAX_DOCUMENT_URI_BYTES
from moiety.errors import (
    CodeMalformed,
    CredentialExpired,
    CredentialNotYetValid,
    CredentialRevoked,
    CredentialSuspended,
    StatusUnavailable,
    TrustRefused,
)

NOT_CHECKED: Final = Reason(
    "document-status-not-checked",
    "Whether its issuer has withdrawn the document was not checked: no list of it is held here.",
)
NO_LIST: Final = Reason(
    "document-status-not-checked",
    "Whether its issuer has withdrawn the document was not checked: it names no status list.",
)
STRANGE: Final = Reason(
    "document-status-not-checked",
    "Whether its issuer has withdrawn the document was not checked: how to find out isn't known here.",
)
FETCH: Final = "Fetch the lists of document issuers, apart from presentations: moiety trust fetch-lists."
_LIST: Final = "status_list"


@dataclass(frozen=True, slots=True)
class StatusClaim:
    """What a document says of where its status is kept.

    Attributes:
        reference: its place in a status list; None where it names none.
        strange: whether it names another mechanism, of which nothing is known here.
    """

    reference: StatusReference | None
    strange: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a document's status: "valid" with the age of the list, or "not-checked" and why."""

    status: str
    age_s: int | None
    notes: tuple[Reason, ...] = ()


def status_claim(value: object) -> StatusClaim:
    """The claim `status` of a document.

    Raises:
        CodeMalformed: it is no map, or refers to a list in a malformed way.
    """
    if value is None:
        return StatusClaim(None)
    if not isinstance(value, dict):
        raise CodeMalformed("The document's status is malformed.")
    if _LIST in value:
        return StatusClaim(status_reference({_LIST: value[_LIST]}, longest=MAX_DOCUMENT_URI_BYTES))
    return StatusClaim(None, strange=True)


def require_made(moment: int | None, now: int) -> None:
    """Refuse a document that its issuer dates ahead of this clock.

    Raises:
        CredentialNotYetValid: it does.
    """
    if moment is not None and moment > now + CLOCK_TOLERANCE_S:
        raise CredentialNotYetValid(f"The document is dated ahead: it was signed on {day(moment)}.")


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
    claim: StatusClaim, vouched: Vouched, trust: TrustBundle, now: int, most: int | None
) -> Standing:
    """The status of a document; "not-checked" without a list here.

    A list counts where it was signed under the document's own root, or by its issuer. `most` is the greatest
    age. The list's address is noted, to be fetched apart from presentations.

    Raises:
        CredentialRevoked, CredentialSuspended: the list says so.
        StatusUnavailable: the list is too old, no longer counts, or says something of unknown meaning.
    """
    reference = claim.reference
    if reference is None:
        return Standing("not-checked", None, (STRANGE if claim.strange else NO_LIST,))
    token = _list_of(reference.uri, vouched, trust, now)
    if token is None:
        return Standing("not-checked", None, (NOT_CHECKED,))
    value = token.statuses[reference.index]
    # A stale list that says "revoked" still says it: only its "valid" has gone stale.
    if value == Status.REVOKED:
        raise CredentialRevoked("The issuer revoked the document.")
    if value == Status.SUSPENDED:
        raise CredentialSuspended("The issuer suspended the document.")
    age = max(0, now - token.issued)
    if age > (STATUS_MAX_AGE_S if most is None else most) or (
        token.expires is not None and now >= token.expires
    ):
        raise StatusUnavailable(
            f"The status list is {age / 86400:.1f} days old, more than is allowed.", remedy=FETCH
        )
    if value != Status.VALID:
        raise StatusUnavailable(f"The status list gives the document the status {value}, of unknown meaning.")
    return Standing("valid", age)


def _list_of(uri: str, vouched: Vouched, trust: TrustBundle, now: int) -> StatusToken | None:
    anchor = vouched.anchor
    # An issuer of our codes may issue documents under a key too; no root speaks for it.
    own = trust.status_list(anchor.issuer, uri) if anchor.key else None
    if own is not None:
        return own
    try:
        token = status_lists.held(trust, anchor, uri, now)
    except TrustRefused as error:
        raise StatusUnavailable(
            f"The status list held here no longer counts. {error}", remedy=FETCH
        ) from error
    if token is None:
        trust.document_lists.see(anchor, uri)
    return token
