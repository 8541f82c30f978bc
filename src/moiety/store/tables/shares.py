"""Key shares of blind codes: one half of a content key, under the code's identifier. Never a template."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, Table

from moiety.store.parameters import HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.base import metadata, moment, octets, sized

shares: Final = Table(
    "shares",
    metadata,
    octets("cti", primary_key=True),
    octets("commitment", nullable=True),  # of shares from before it was kept
    octets("share"),
    octets("pin_salt", nullable=True),
    octets("pin_hash", nullable=True),
    Column("pin_failures", Integer, nullable=False),
    moment("stored_at"),
    sized("cti", IDENTIFIER_BYTES),
    sized("commitment", HASH_BYTES),
    sized("share", HASH_BYTES),
    sized("pin_salt", IDENTIFIER_BYTES),
    sized("pin_hash", HASH_BYTES),
    CheckConstraint("pin_failures >= 0", name="pin_failures_counted"),
)
