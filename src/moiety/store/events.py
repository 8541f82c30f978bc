"""Recording an event in the transaction that makes it true: a salted commitment and an erasable body."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from moiety.errors import UsageError
from moiety.store.parameters import EVENT_BODY_BYTES, HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.events import events

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
        "operator-added",
        "operator-removed",
        "retention-run",
        "share-stored",
        "share-released",
        "share-deleted",
        "fallback",
    }
)
_PREFIX: Final = b"moiety/event/1\x00"
_RESERVED: Final = frozenset({"kind", "at"})


def record(connection: Connection, kind: str, body: Mapping[str, str | int | bool | None], now: int) -> bytes:
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
    if kind not in KINDS:
        raise UsageError(f"There is no event of the kind {kind!r}.")
    event_id, salt = secrets.token_bytes(IDENTIFIER_BYTES), secrets.token_bytes(HASH_BYTES)
    encoded = canonical(kind, body, now)
    connection.execute(
        events.insert().values(
            event_id=event_id,
            kind=kind,
            at=now,
            salt=salt,
            body=encoded,
            commitment=commitment(salt, encoded),
            leaf=None,
        )
    )
    return event_id


def canonical(kind: str, body: Mapping[str, str | int | bool | None], at: int) -> bytes:
    """The canonical JSON of an event: sorted keys, no spaces, with its kind and its time.

    Raises:
        UsageError: another shape, or over 4 KiB.
    """
    values: list[object] = list(body.values())  # a caller without types can hand in anything
    wrong = any(not isinstance(one, (str, int, bool, type(None))) for one in values)
    if wrong or _RESERVED & set(body):
        raise UsageError("An event's body holds texts, whole numbers, yes or no, and nothing; not its kind.")
    document = {**body, "kind": kind, "at": at}
    encoded = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(encoded) > EVENT_BODY_BYTES:
        raise UsageError(f"An event's body has at most {EVENT_BODY_BYTES} bytes.")
    return encoded


def commitment(salt: bytes, encoded: bytes) -> bytes:
    """What stays when the body is erased: SHA-256 over the salt and the canonical event."""
    return hashlib.sha256(_PREFIX + salt + encoded).digest()
