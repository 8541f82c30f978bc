"""The ledger's tree: its tiles, and the newest checkpoint of each log that this store has ever signed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table

from moiety.store.parameters import HASH_BYTES, NOTE_BYTES, ORIGIN_LENGTH, TILE_BYTES
from moiety.store.tables.base import metadata, moment, octets, sized, text

ledger_tiles: Final = Table(
    "ledger_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    octets("hashes"),
    sized("hashes", HASH_BYTES, TILE_BYTES),
)

ledger_heads: Final = Table(
    "ledger_heads",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    text("origin", ORIGIN_LENGTH),
    Column("size", BigInteger, nullable=False),
    octets("note"),  # the newest checkpoint, signed by the log
    octets("cosigned", nullable=True),  # the newest one that a witness has cosigned
    moment("signed_at"),
    sized("origin", 1, ORIGIN_LENGTH),
    sized("note", 1, NOTE_BYTES),
    sized("cosigned", 1, NOTE_BYTES),
    CheckConstraint("number = 1", name="one_log"),
)
