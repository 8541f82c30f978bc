"""An issuer's places: which place in which status list belongs to which code, and its status."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, text

from moiety.store.parameters import IDENTIFIER_BYTES
from moiety.store.tables.base import metadata, moment, octets, sized

places: Final = Table(
    "places",
    metadata,
    Column("list", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    octets("cti", nullable=True, unique=True),
    moment("expires", nullable=True),
    Column("status", Integer, nullable=False),
    sized("cti", IDENTIFIER_BYTES),
    CheckConstraint("status BETWEEN 0 AND 3", name="status_known"),
)
Index(
    "ix_places_not_valid",
    places.c.list,
    places.c.place,
    sqlite_where=text("status != 0"),
    postgresql_where=text("status != 0"),
)

status_lists: Final = Table(
    "status_lists",
    metadata,
    Column("list", Integer, primary_key=True, autoincrement=False),
    moment("signed_at"),  # with the places it says everything that the signed list says
    Column("version", BigInteger, nullable=False),  # goes up with every signing
)
