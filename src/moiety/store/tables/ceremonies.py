"""Ceremonies under way: their state, the hash of their nonce, their times, the one code they are bound to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, Table

from moiety.store.parameters import HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.base import metadata, moment, octets, sized, text
from moiety.store.tables.operators import ID_LENGTH

ceremonies: Final = Table(
    "ceremonies",
    metadata,
    octets("id", primary_key=True),
    text("kind", 8),
    text("state", 12),
    octets("nonce_hash"),
    text("actor", ID_LENGTH),
    octets("bound", nullable=True),  # HMAC(daily key, what the ceremony is for): a code or a consent record
    text("options", 256),  # canonical JSON of what was asked for at its begin
    moment("begun_at"),
    moment("expires", index=True),
    moment("ended_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    sized("id", IDENTIFIER_BYTES),
    sized("kind", 1, 8),
    sized("state", 1, 12),
    sized("nonce_hash", HASH_BYTES),
    sized("actor", ID_LENGTH),
    sized("bound", HASH_BYTES),
    sized("options", 2, 256),
)
