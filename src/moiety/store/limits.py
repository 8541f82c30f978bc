"""Counting attempts in the store, so that limits hold across processes and restarts; nobody is named.

A code is counted under HMAC(daily key, cti): after two days the key is deleted, and no counter can be traced
to a code any more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from moiety.errors import RateLimited
from moiety.store.engine import afterwards
from moiety.store.parameters import HASH_BYTES
from moiety.store.sightings import settle
from moiety.store.tables.frames import used_frames
from moiety.store.tables.limits import daily_keys, limits
from moiety.store.together import Write, together

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts of a `kind` by one subject in `period_s` seconds."""

    kind: str
    most: int
    period_s: int


def count(connection: Connection, limit: Limit, subject: bytes, now: int) -> None:
    """Count one attempt of a subject (32 bytes).

    Raises:
        RateLimited: there were too many in this period. The attempt stays counted where the caller keeps
        the transaction.
    """
    count_all(connection, [(limit, subject)], now)


def count_all(
    connection: Connection, counted: Sequence[tuple[Limit, bytes]], now: int, *besides: Write
) -> None:
    """Count one attempt under several limits, in one statement with what is written besides.

    Raises:
        RateLimited: as `count`; of several limits the first that was reached. What is written besides has
        to be undone with the transaction.
    """
    values: dict[str, str | bytes | int] = {}
    for number, (limit, subject) in enumerate(counted):
        values |= {
            f"kind{number}": limit.kind,
            f"subject{number}": subject,
            f"period{number}": now // limit.period_s,
            f"expires{number}": _ends(limit, now),
        }
    done = together(connection, Write(_counting(connection.dialect.name, len(counted)), values), *besides)
    used = {row.kind: row.used for row in done}
    for limit, _ in counted:
        if used[limit.kind] > limit.most:
            raise limited(limit, _ends(limit, now) - now)


@cache
def _counting(dialect: str, count: int) -> ReturningInsert[tuple[str, int]]:
    """The statement for so many limits at once. Built once: building it takes longer than running it."""
    insert = sqlite.insert(limits) if dialect == "sqlite" else postgresql.insert(limits)
    names = ("kind", "subject", "period", "expires")
    rows = [
        {name: sa.bindparam(f"{name}{number}", type_=limits.c[name].type) for name in names} | {"used": 1}
        for number in range(count)
    ]
    again = {"used": limits.c.used + 1}
    counted = insert.values(rows).on_conflict_do_update(
        index_elements=["kind", "subject", "period"], set_=again
    )
    return counted.returning(limits.c.kind, limits.c.used)


def _ends(limit: Limit, now: int) -> int:
    return (now // limit.period_s + 1) * limit.period_s


def limited(limit: Limit, wait_s: int) -> RateLimited:
    """What is said when a limit is reached: how long to wait, and nothing of the subject."""
    error = RateLimited(
        f"Too many attempts: at most {limit.most} in {_told(limit.period_s)}.",
        remedy=f"Wait {_told(wait_s)}, or use the way without biometrics.",
    )
    error.retry_after_s = wait_s
    return error


def require_left(connection: Connection, limit: Limit, subject: bytes, now: int) -> None:
    """Refuse where no attempt is left, without counting one.

    Raises:
        RateLimited: there were too many in this period.
    """
    query = sa.select(limits.c.used).where(*_counter(limit, subject, now))
    used = connection.execute(query).scalar_one_or_none()
    if used is not None and used >= limit.most:
        raise limited(limit, _ends(limit, now) - now)


def give_back(connection: Connection, limit: Limit, subject: bytes, at: int) -> None:
    """Count one attempt less in the period of `at`: it was not of the kind that is limited."""
    mine = _counter(limit, subject, at)
    connection.execute(limits.update().where(*mine, limits.c.used > 0).values(used=limits.c.used - 1))


def _counter(limit: Limit, subject: bytes, at: int) -> tuple[sa.ColumnElement[bool], ...]:
    period = at // limit.period_s
    return limits.c.kind == limit.kind, limits.c.subject == subject, limits.c.period == period


def pseudonym(connection: Connection, subject: bytes, day: int) -> bytes:
    """HMAC(daily key, subject), 32 bytes: the same all day, in every process, and untraceable later."""
    return hmac.digest(_daily_key(connection, day), subject, hashlib.sha256)


def keyed(connection: Connection, subjects: Sequence[bytes], day: int) -> list[bytes]:
    """As `pseudonym`, of several."""
    key = _daily_key(connection, day)
    return [hmac.digest(key, one, hashlib.sha256) for one in subjects]


def forget(connection: Connection, now: int) -> None:
    """Delete the counters that have run out, and the keys and the frames of the days before yesterday."""
    connection.execute(used_frames.delete().where(used_frames.c.day < now // DAY_S - 1))
    connection.execute(limits.delete().where(limits.c.expires < now))
    connection.execute(daily_keys.delete().where(daily_keys.c.day < now // DAY_S - 1))
    settle(connection, now)


_KEYS: Final = WeakKeyDictionary[Engine, dict[int, bytes]]()
"""The keys of today and yesterday, as each database has them: they never change, and every request needs one.
A process that nobody asks anything holds the last ones until somebody does."""


def _daily_key(connection: Connection, day: int) -> bytes:
    known = _KEYS.setdefault(connection.engine, {})
    held = known.get(day)
    if held is not None:
        return held
    query = sa.select(daily_keys.c.key).where(daily_keys.c.day == day)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        fresh = {"day": day, "key": secrets.token_bytes(HASH_BYTES)}
        connection.execute(insert(daily_keys).values(fresh).on_conflict_do_nothing())
        forget(connection, day * DAY_S)  # once a day, by whoever comes first
        key = connection.execute(query).scalar_one()

    def hold() -> None:
        for old in [one for one in known if one < day - 1]:
            known.pop(old, None)
        known[day] = bytes(key)

    afterwards(connection, hold)  # a key that was made here may not be kept yet
    return bytes(key)


def _told(seconds: int) -> str:
    if seconds >= 7200:
        return f"{round(seconds / 3600)} hours"
    if seconds >= 120:
        return f"{round(seconds / 60)} minutes"
    return f"{max(1, seconds)} seconds"
