"""Counters of attempts, and the daily keys under which codes are counted without being named."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table

from moiety.store.parameters import HASH_BYTES
from moiety.store.tables.base import metadata, moment, octets, sized, text

limits: Final = Table(
    "limits",
    metadata,
    text("kind", 16, primary_key=True),
    octets("subject", primary_key=True),
    Column("period", BigInteger, primary_key=True, autoincrement=False),  # the number of the time window
    Column("used", Integer, nullable=False),
    moment("expires", index=True),
    sized("kind", 1, 16),
    sized("subject", HASH_BYTES),
)

daily_keys: Final = Table(
    "daily_keys",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    octets("key"),
    sized("key", HASH_BYTES),
)
