"""Counting attempts in the store, so that limits hold across processes and restarts; nobody is named.

A code is counted under HMAC(daily key, cti): after two days the key is deleted, and no counter can be traced
to a code any more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from moiety.errors import RateLimited
from moiety.store.parameters import HASH_BYTES
from moiety.store.tables.limits import daily_keys, limits

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
    period = now // limit.period_s
    values = {
        "kind": limit.kind,
        "subject": subject,
        "period": period,
        "used": 1,
        "expires": (period + 1) * limit.period_s,
    }
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    used = connection.execute(
        insert(limits)
        .values(values)
        .on_conflict_do_update(index_elements=["kind", "subject", "period"], set_={"used": limits.c.used + 1})
        .returning(limits.c.used)
    ).scalar_one()
    if used > limit.most:
        raise limited(limit, (period + 1) * limit.period_s - now)


def limited(limit: Limit, wait_s: int) -> RateLimited:
    """What is said when a limit is reached: how long to wait, and nothing of the subject."""
    error = RateLimited(
        f"Too many attempts: at most {limit.most} in {_told(limit.period_s)}.",
        remedy=f"Wait {_told(wait_s)}, or use the way without biometrics.",
    )
    error.retry_after_s = wait_s
    return error


def pseudonym(connection: Connection, subject: bytes, day: int) -> bytes:
    """HMAC(daily key, subject), 32 bytes: the same all day, in every process, and untraceable later."""
    return hmac.digest(_daily_key(connection, day), subject, hashlib.sha256)


def forget(connection: Connection, now: int) -> None:
    """Delete the counters that have run out, and the keys of the days before yesterday."""
    connection.execute(limits.delete().where(limits.c.expires < now))
    connection.execute(daily_keys.delete().where(daily_keys.c.day < now // DAY_S - 1))


def _daily_key(connection: Connection, day: int) -> bytes:
    query = sa.select(daily_keys.c.key).where(daily_keys.c.day == day)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        fresh = {"day": day, "key": secrets.token_bytes(HASH_BYTES)}
        connection.execute(insert(daily_keys).values(fresh).on_conflict_do_nothing())
        forget(connection, day * DAY_S)  # once a day, by whoever comes first
        key = connection.execute(query).scalar_one()
    return bytes(key)


def _told(seconds: int) -> str:
    if seconds >= 7200:
        return f"{round(seconds / 3600)} hours"
    if seconds >= 120:
        return f"{round(seconds / 60)} minutes"
    return f"{max(1, seconds)} seconds"
