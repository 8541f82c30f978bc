"""Which frames were used today and yesterday, so that none counts for a second ceremony.

A frame is kept as HMAC(daily key, digest of its pixels), without a time, a ceremony or a code. The key is
deleted after two days, and the rows with it. Nobody keeps frames: the rows lead to no picture and no person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from moiety.store.limits import DAY_S, keyed
from moiety.store.parameters import FRAME_BYTES
from moiety.store.tables.frames import used_frames

_LABEL: Final = b"moiety/frame/1\x00"


def remember(connection: Connection, digests: Sequence[bytes], now: int) -> bool:
    """Keep the frames of one ceremony; whether none of them had been used before.

    Of two processes at once that bring one frame, the second waits for the first and finds it.
    """
    if not digests:
        return True
    day = now // DAY_S
    today, yesterday = (_named(connection, digests, one) for one in (day, day - 1))
    before = sa.select(sa.func.count()).where(used_frames.c.frame.in_(yesterday))
    known = connection.execute(before).scalar_one()
    # In one order everywhere: two that bring the same frames must not wait for each other.
    rows = [{"frame": one, "day": day} for one in sorted(set(today))]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = insert(used_frames).values(rows).on_conflict_do_nothing().returning(used_frames.c.frame)
    return len(connection.execute(adding).all()) == len(digests) and not known


def _named(connection: Connection, digests: Sequence[bytes], day: int) -> list[bytes]:
    return [one[:FRAME_BYTES] for one in keyed(connection, [_LABEL + digest for digest in digests], day)]
