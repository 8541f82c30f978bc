"""Erasing what has been kept long enough, with an event for each erasure that stays as its proof.

A run goes in small transactions, each whole: a crash between two of them loses nothing, and the next run goes
on. Two runs at once share the work. What proves an erasure is the commitment of the record that is gone: who
holds the receipt can find it in the ledger, and to anyone else it tells nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from moiety.consent.iso27560 import Ending, State
from moiety.consent.schedule import Item, Schedule
from moiety.store.consents import DAY_S, StoredConsent, end, read_row
from moiety.store.engine import Store
from moiety.store.events import record as record_event
from moiety.store.parameters import RETENTION_BATCH
from moiety.store.shares import delete as delete_share
from moiety.store.sightings import seen_lately, settle
from moiety.store.tables.ceremonies import ceremonies
from moiety.store.tables.consents import consents, fallbacks, notices
from moiety.store.tables.events import events
from moiety.store.tables.frames import used_frames
from moiety.store.tables.limits import daily_keys, limits
from moiety.store.tables.operators import invitations, operator_sessions, sign_ins
from moiety.store.tables.shares import shares
from moiety.store.tables.sightings import sightings
from moiety.store.tables.status import places

PROOFS: Final = ("erased", "retention-run")
"""Events whose bodies stay: they hold nothing of a person, and show that the schedule was kept."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run did: how many codes it ended, how many shares of expired codes it deleted, and by item how
    many rows or bodies it erased."""

    ended: int
    shares: int
    counts: Mapping[Item, int]

    @property
    def total(self) -> int:
        """Everything together."""
        return self.ended + self.shares + sum(self.counts.values())


def run(store: Store, schedule: Schedule, now: int) -> Erased:
    """Erase everything that is due, prove it, and have the database give up the space.

    Raises:
        StoreUnavailable: the database is away; what was done until then stays done.
    """
    with store.begin() as connection:
        settle(connection, now)
    ended = _repeat(store, lambda connection: _end_due(connection, schedule, now))
    gone = _repeat(store, lambda connection: _delete_shares(connection, now))
    counts = {
        Item.RECORD: _repeat(store, lambda connection: _erase_records(connection, schedule, now)),
        Item.EVENT: _repeat(store, lambda connection: _erase_bodies(connection, schedule, now)),
    }
    with store.begin() as connection:
        counts[Item.CODE] = _forget_codes(connection, schedule, now)
        counts[Item.FALLBACK] = _delete(
            connection, fallbacks, fallbacks.c.day * DAY_S <= schedule.cutoff(Item.FALLBACK, now)
        )
        counts[Item.CEREMONY] = _erase_ceremonies(connection, schedule, now)
        body = {"ended": ended, "shares": gone, **{item.value: number for item, number in counts.items()}}
        record_event(connection, "retention-run", {**body, "laws": ",".join(schedule.laws)}, now)
    _give_up_space(store)
    return Erased(ended, gone, counts)


def overdue(connection: Connection, schedule: Schedule, now: int) -> dict[Item, int]:
    """How much is kept that should be gone, by item: all zero right after a run."""

    def number(table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(condition)
        return int(connection.execute(query).scalar_one())

    return {
        Item.CODE: number(consents, _due(schedule, now)) + number(shares, _useless(now)),
        Item.RECORD: number(consents, _erasable(schedule, now)),
        Item.EVENT: number(events, _with_body(schedule, now)),
        Item.FALLBACK: number(fallbacks, fallbacks.c.day * DAY_S <= schedule.cutoff(Item.FALLBACK, now)),
        Item.CEREMONY: number(ceremonies, _finished(schedule, now)),
    }


def last_run(connection: Connection) -> int | None:
    """When erasure last ran, UTC seconds, or None."""
    query = sa.select(sa.func.max(events.c.at)).where(events.c.kind == "retention-run")
    found: int | None = connection.execute(query).scalar_one()
    return found


def _repeat(store: Store, step: Callable[[Connection], int]) -> int:
    """One transaction after another until one finds nothing to do."""
    done = 0
    while True:
        with store.begin() as connection:
            number = step(connection)
        done += number
        if number < RETENTION_BATCH:
            return done


def _due(schedule: Schedule, now: int) -> sa.ColumnElement[bool]:
    """Consents that end now: their time is up, or nobody was here for too long."""
    idle = schedule.cutoff(Item.CODE, now) // DAY_S
    return sa.and_(
        consents.c.state == State.GIVEN.value,
        sa.or_(consents.c.expires_at <= now, sa.and_(consents.c.seen_day <= idle, ~seen_lately())),
    )


def _erasable(schedule: Schedule, now: int) -> sa.ColumnElement[bool]:
    return sa.and_(consents.c.ended_at.is_not(None), consents.c.ended_at <= schedule.cutoff(Item.RECORD, now))


def _with_body(schedule: Schedule, now: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        events.c.at <= schedule.cutoff(Item.EVENT, now),
        events.c.body.is_not(None),
        events.c.kind.not_in(PROOFS),
    )


def _finished(schedule: Schedule, now: int) -> sa.ColumnElement[bool]:
    return ceremonies.c.expires <= schedule.cutoff(Item.CEREMONY, now)


def _picked(connection: Connection, condition: sa.ColumnElement[bool]) -> Iterator[StoredConsent]:
    """Some rows that no other run is at work on."""
    query = (
        sa.select(consents, notices.c.version, notices.c.language)
        .join(notices)
        .where(condition)
        .limit(RETENTION_BATCH)
        .with_for_update(of=consents, skip_locked=True)
    )
    for row in connection.execute(query).mappings().all():
        yield read_row(row)


def _end_due(connection: Connection, schedule: Schedule, now: int) -> int:
    done = 0
    for stored in _picked(connection, _due(schedule, now)):
        ending: Ending = "expired" if stored.record.consent.expires_at <= now else "unused"
        done += end(connection, stored, ending, now) is not None
    return done


def _useless(now: int) -> sa.ColumnElement[bool]:
    """Shares whose code has expired: it is never opened again, by nobody."""
    counting = sa.select(places.c.cti).where(places.c.cti == shares.c.cti, places.c.expires > now)
    return ~counting.exists()


def _delete_shares(connection: Connection, now: int) -> int:
    some = sa.select(shares.c.cti).where(_useless(now)).limit(RETENTION_BATCH)
    due = connection.execute(some.with_for_update(of=shares, skip_locked=True)).scalars().all()
    return sum(delete_share(connection, bytes(cti), now, why="expired") for cti in due)


def _erase_records(connection: Connection, schedule: Schedule, now: int) -> int:
    done = 0
    for stored in _picked(connection, _erasable(schedule, now)):
        consent = stored.record.consent
        connection.execute(consents.delete().where(consents.c.record_id == stored.record_id))
        body = {"item": Item.RECORD.value, "proof": consent.commitment().hex()}
        record_event(connection, "erased", body, now)
        done += 1
    return done


def _erase_bodies(connection: Connection, schedule: Schedule, now: int) -> int:
    some = (
        sa.select(events.c.id).where(_with_body(schedule, now)).order_by(events.c.id).limit(RETENTION_BATCH)
    )
    done = connection.execute(events.update().where(events.c.id.in_(some)).values(salt=None, body=None))
    return done.rowcount


def _forget_codes(connection: Connection, schedule: Schedule, now: int) -> int:
    """Identifiers of codes whose time is up and on which no consent rests any more."""
    resting = sa.select(consents.c.cti).where(consents.c.cti.is_not(None))
    done = connection.execute(
        places.update()
        .where(
            places.c.cti.is_not(None),
            places.c.expires <= schedule.cutoff(Item.RECORD, now),
            places.c.cti.not_in(resting),
        )
        .values(cti=None)
    )
    return done.rowcount


def _erase_ceremonies(connection: Connection, schedule: Schedule, now: int) -> int:
    done = _delete(connection, ceremonies, _finished(schedule, now))
    done += _delete(connection, limits, limits.c.expires <= now)
    for table in (sign_ins, operator_sessions, invitations):  # of operators, who are people too
        done += _delete(connection, table, table.c.expires <= schedule.cutoff(Item.CEREMONY, now))
    done += _delete(connection, daily_keys, daily_keys.c.day < schedule.cutoff(Item.CEREMONY, now) // DAY_S)
    done += _delete(connection, used_frames, used_frames.c.day < now // DAY_S - 1)
    return done


def _delete(connection: Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
    return connection.execute(table.delete().where(condition)).rowcount


def _give_up_space(store: Store) -> None:
    """Have the files forget as well: SQLite overwrites what it deletes, but its log may still hold it."""
    if not store.is_sqlite:
        with store.engine.connect() as connection:
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            outside.exec_driver_sql("SET statement_timeout = 0")  # a large table takes its time
            for table in (consents, events, shares, sightings):
                # Giving the file's end back would need the table to oneself; free pages are used again.
                outside.exec_driver_sql(f"VACUUM (TRUNCATE FALSE) {table.name}")
            # Into a new file: in the old one a deleted key would lie until its page is full, for months.
            with contextlib.suppress(sa.exc.OperationalError):  # somebody holds it: the next run does it
                outside.exec_driver_sql(f"VACUUM (FULL) {daily_keys.name}")
            outside.exec_driver_sql("RESET statement_timeout")
        return
    raw = store.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
