"""Releasing share B: only while the code is valid, its consent goes on, and the attempts are not used up.

Asked about is one very code, of this store's issuer and known by what was signed. Who knows no more than an
identifier, or has another issuer's code with the same one, reaches nothing here and uses up nothing.

Every attempt is counted before anything is told, in a transaction of its own, so that a refusal cannot be
undone by breaking the connection. Whoever asks learns nothing of a template, and the service neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from moiety.credential.blind import BlindCode
from moiety.credential.status import Status
from moiety.document.own import handle_of_code
from moiety.errors import (
    CredentialRevoked,
    CredentialSuspended,
    MoietyError,
    NotAllowed,
    PinLocked,
    PinRequired,
    PinWrong,
    ShareUnavailable,
)
from moiety.keys import same
from moiety.store import consents, events
from moiety.store.engine import Store
from moiety.store.limits import DAY_S, Limit, count, pseudonym
from moiety.store.parameters import PIN_FAILURES_MOST, SHARE_RELEASES_A_DAY
from moiety.store.shares import is_pin
from moiety.store.tables.shares import shares
from moiety.store.tables.status import places

_NONE: Final = "The service holds no share of this code; perhaps it was erased."
LIMIT_SHARE: Final = Limit("share", SHARE_RELEASES_A_DAY, DAY_S)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks for which share, and what for: `purpose` must be the one that the person agreed to."""

    code: BlindCode
    purpose: str | None
    pin: str | None
    by: str


def release(store: Store, wish: Wish, *, issuer: str | None, now: int) -> bytes:
    """Share B, 32 bytes. `issuer` is whose shares this store keeps.

    Raises:
        ShareUnavailable: there is none: another issuer's code, or another code than the one that the share
            was kept for; never kept, or erased.
        CredentialRevoked, CredentialSuspended: the issuer withdrew the code.
        ConsentError: the consent that the code rests on has ended, or is not known here.
        NotAllowed: for another purpose than the person agreed to.
        RateLimited: too many releases of this code today.
        PinRequired, PinWrong, PinLocked: the PIN is missing, wrong (counted), or was wrong too often.
        StoreUnavailable: the database is away; nothing was released.
    """
    if issuer is None or wish.code.issuer != issuer:
        raise ShareUnavailable("Another issuer made this code: this service keeps no share of it.")
    refused: MoietyError | None = None
    share, cti = b"", wish.code.cti
    with store.begin() as connection:
        try:
            # Not FOR UPDATE: the row would go on naming the transaction that also wrote the event.
            store.lock(connection, f"moiety/share/{cti.hex()}")
            row = connection.execute(select(shares).where(shares.c.cti == cti)).one_or_none()
            if row is not None and not _of_this_code(row, wish.code):
                raise ShareUnavailable(_NONE)  # before anything is counted against the code that it is not
            _require_free(connection, wish, now)
            if row is None:
                raise ShareUnavailable(_NONE)
            _check_pin(connection, wish, row)
        except MoietyError as error:
            refused = error  # kept outside: the counters of this attempt must stay
        else:
            under = pseudonym(connection, handle_of_code(issuer, cti), now // DAY_S).hex()
            share = bytes(row.share)
            events.record(connection, "share-released", {"code": under}, now)
    if refused is not None:
        raise refused
    return share


def _of_this_code(row: Row[Any], code: BlindCode) -> bool:
    """Whether a share is of the very code that was signed. Shares from before carry no commitment."""
    return row.commitment is None or same(bytes(row.commitment), code.commitment)


def _require_free(connection: Connection, wish: Wish, now: int) -> None:
    cti = wish.code.cti
    handle = handle_of_code(wish.code.issuer, cti)
    count(connection, LIMIT_SHARE, pseudonym(connection, handle, now // DAY_S), now)
    status = connection.execute(select(places.c.status).where(places.c.cti == cti)).scalar()
    if status == Status.REVOKED:
        raise CredentialRevoked("The issuer revoked the code.")
    if status == Status.SUSPENDED:
        raise CredentialSuspended("The issuer suspended the code.")
    stored = consents.find_by_code(connection, cti)
    if status is None or stored is None:
        raise ShareUnavailable("The service does not know this code, or holds no consent for it.")
    consent = stored.record.consent
    if stored.ending is not None:
        raise ShareUnavailable("The consent on which this code rests has ended.")
    consent.require(frozenset(consent.modalities), now=now)
    if wish.purpose is not None and wish.purpose != consent.purpose:
        raise NotAllowed("The person agreed to another purpose than this.")


def _check_pin(connection: Connection, wish: Wish, row: Row[Any]) -> None:
    salt, wanted, failures = row.pin_salt, row.pin_hash, row.pin_failures
    if wanted is None:
        return
    if failures >= PIN_FAILURES_MOST:
        raise PinLocked(f"The PIN was wrong {failures} times.")
    if wish.pin is None:
        raise PinRequired("The code has a PIN, and none was given.")
    mine = shares.update().where(shares.c.cti == wish.code.cti)
    if not is_pin(wish.pin, bytes(salt), bytes(wanted)):
        connection.execute(mine.values(pin_failures=failures + 1))
        raise PinWrong("The PIN does not open this code.")
    if failures:
        connection.execute(mine.values(pin_failures=0))
