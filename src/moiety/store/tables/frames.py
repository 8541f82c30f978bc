"""Frames that were used: a keyed hash of each, and its day. Nothing says whose they are."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table

from moiety.store.parameters import FRAME_BYTES
from moiety.store.tables.base import metadata, octets, sized

used_frames: Final = Table(
    "used_frames",
    metadata,
    octets("frame", primary_key=True),
    Column("day", BigInteger, nullable=False, index=True),
    sized("frame", FRAME_BYTES),
)
