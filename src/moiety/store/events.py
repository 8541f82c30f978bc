"""Recording an event in the transaction that makes it true: a salted commitment and an erasable body."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, select, update

from moiety.errors import UsageError
from moiety.ledger.event import Body, canonical, commitment
from moiety.ledger.receipt import LedgerReceipt
from moiety.store.parameters import HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.events import events
from moiety.store.together import Write, named, values_of

KINDS: Final = frozenset(
    {
        "enrolled",
        "verified",
        "revoked",
        "suspended",
        "restored",
        "consent-given",
        "consent-withdrawn",
        "consent-expired",
        "erased",
        "renewed",
        "operator-invited",
        "operator-added",
        "operator-removed",
        "retention-run",
        "share-stored",
        "share-released",
        "share-deleted",
        "fallback",
    }
)

COARSE: Final = frozenset({"verified", "share-released"})
COARSE_S: Final = 3600
"""Events of a visit are dated to the hour, and name no desk: the second and the desk would say who it was."""


def record(connection: Connection, kind: str, body: Body, now: int) -> bytes:
    """Record that something was done, in the same transaction as the doing; returns the event's identifier.

    Args:
        connection: the transaction that also changes the state.
        kind: one of `KINDS`.
        body: short facts. Nothing biometric, no name, no secret.
        now: UTC seconds.

    Raises:
        UsageError: an unknown kind, or a body of another shape or over 4 KiB.
        StoreUnavailable: at the end of the transaction; then neither the state nor the event was kept.
    """
    return recorded(connection, kind, body, now).identifier


def recorded(connection: Connection, kind: str, body: Body, now: int) -> LedgerReceipt:
    """As `record`: the receipt of the event, without a proof as long as it waits for its place.

    Not to be shown before the transaction has ended well.
    """
    write, receipt = recording(kind, body, now)
    connection.execute(write.statement, write.values)
    return receipt


def recording(kind: str, body: Body, now: int) -> tuple[Write, LedgerReceipt]:
    """What `recorded` writes, and the receipt of it. Raises UsageError as `record`."""
    row = _row(kind, body, now)
    return Write(_INSERT, values_of(events, row)), LedgerReceipt(
        row["event_id"], row["body"], row["salt"], None
    )


_INSERT: Final = events.insert().inline().values(named(events, "id"))


def record_all(connection: Connection, told: Iterable[tuple[str, Body]], now: int) -> list[bytes]:
    """Record several events at once, in order; their identifiers. Raises as `record`."""
    rows = [_row(kind, body, now) for kind, body in told]
    if rows:
        connection.execute(_INSERT, [values_of(events, one) for one in rows])
    return [row["event_id"] for row in rows]


def _row(kind: str, body: Body, now: int) -> dict[str, Any]:
    if kind not in KINDS:
        raise UsageError(f"There is no event of the kind {kind!r}.")
    at = now - now % COARSE_S if kind in COARSE else now
    salt, data = secrets.token_bytes(HASH_BYTES), canonical(kind, at, body)
    return {
        "event_id": secrets.token_bytes(IDENTIFIER_BYTES),
        "kind": kind,
        "at": at,
        "salt": salt,
        "body": data,
        "commitment": commitment(salt, data),
        "leaf": None,
    }


def erase(connection: Connection, event_id: bytes) -> bool:
    """Take an event's body and salt away; whether they were there. Its commitment, and the root, stay.

    Without the salt nobody can tell any more what the commitment stood for.
    """
    there = update(events).where(events.c.event_id == event_id, events.c.salt.is_not(None))
    return connection.execute(there.values(salt=None, body=None)).rowcount == 1


def body_of(connection: Connection, event_id: bytes) -> bytes | None:
    """The canonical form of an event; None where there is none, or it was erased."""
    found: bytes | None = connection.execute(
        select(events.c.body).where(events.c.event_id == event_id)
    ).scalar_one_or_none()
    return found
