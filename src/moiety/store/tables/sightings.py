"""Whose code was here in the last days, until it is noted with its consent, in a batch and to the week."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table

from moiety.store.parameters import IDENTIFIER_BYTES
from moiety.store.tables.base import metadata, octets, sized

sightings: Final = Table(
    "sightings",
    metadata,
    octets("cti"),
    Column("day", BigInteger, nullable=False, index=True),  # days since 1970 (UTC)
    sized("cti", IDENTIFIER_BYTES),
)
