"""When a code's holder was last here: noted apart from the event that tells of it, so that no two rows join.

A database remembers which rows one transaction wrote (PostgreSQL's `xmin`). The event of a verification names
nobody; a consent that was changed with it would. So a visit is first kept in a row of its own. Once the key
of its day is deleted, all such rows are noted with their consents in one transaction, to the week, and
deleted. It writes every consent of that week again, so that the rows of a week's visitors look alike.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection

from moiety.store.tables.consents import consents
from moiety.store.tables.sightings import sightings
from moiety.store.together import Write, named, values_of

DAY_S: Final = 86_400
WEEK_DAYS: Final = 7
KEPT_DAYS: Final = 1
"""A visit stands by itself today and yesterday, as long as that day's key does (`store.limits.forget`)."""


def seeing(cti: bytes, now: int) -> Write:
    """What notes, to the day and for two days, that the holder of a code was here."""
    return Write(_INSERT, values_of(sightings, {"cti": cti, "day": now // DAY_S}))


_INSERT: Final = sightings.insert().inline().values(named(sightings))


def settle(connection: Connection, now: int) -> None:
    """Note the visits of the days before yesterday with their consents, as of the first day of their week.

    Rounded down, so that retention never counts too long.
    """
    due = sightings.c.day < now // DAY_S - KEPT_DAYS
    days = connection.execute(sa.select(sightings.c.day).where(due).distinct()).scalars()
    for week in sorted({day - day % WEEK_DAYS for day in days}):
        here = sa.select(sightings.c.cti).where(due, sightings.c.day.between(week, week + WEEK_DAYS - 1))
        in_week = consents.c.seen_day.between(week, week + WEEK_DAYS - 1)
        later = sa.case((consents.c.seen_day < week, week), else_=consents.c.seen_day)
        connection.execute(
            consents.update().where(sa.or_(consents.c.cti.in_(here), in_week)).values(seen_day=later)
        )
    connection.execute(sightings.delete().where(due))


def seen_lately() -> sa.ColumnElement[bool]:
    """Of a consent: whether the holder of its code was here in the days that are not settled yet."""
    return sa.exists().where(sightings.c.cti == consents.c.cti)
