"""Events: what was done and when, as salted commitments with bodies that can be erased."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, null

from moiety.store.parameters import EVENT_BODY_BYTES, HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.base import Serial, metadata, moment, octets, sized, text

KIND_LENGTH: Final = 32

events: Final = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    octets("event_id", unique=True),
    text("kind", KIND_LENGTH),
    moment("at"),
    octets("salt", nullable=True),  # null once erased
    octets("body", nullable=True),  # null once erased
    octets("commitment"),
    Column("leaf", BigInteger, nullable=True, unique=True),  # null until it is in the ledger's tree
    sized("event_id", IDENTIFIER_BYTES),
    sized("kind", 1, KIND_LENGTH),
    sized("salt", HASH_BYTES),
    sized("body", 2, EVENT_BODY_BYTES),
    sized("commitment", HASH_BYTES),
)

_WAITING: Final = events.c.leaf.is_(null())
Index("ix_events_waiting", events.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING)
