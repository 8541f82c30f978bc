"""What the store counts for an impact assessment: totals, and nothing of one person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from moiety.consent.assessment import Numbers
from moiety.consent.iso27560 import State
from moiety.consent.schedule import Schedule
from moiety.store.consents import DAY_S
from moiety.store.retention import last_run, overdue
from moiety.store.tables.consents import consents, fallbacks
from moiety.store.tables.events import events

YEAR_S = 365 * DAY_S


def count(connection: Connection, schedule: Schedule, now: int) -> Numbers:
    """The totals at this moment (UTC seconds); ceremonies and the other way over the last 365 days."""
    states = _grouped(connection, consents.c.state, sa.true())
    given = consents.c.state == State.GIVEN.value
    children = _grouped(connection, consents.c.state, sa.and_(given, consents.c.guardian.is_not(None)))
    recent = _grouped(connection, events.c.kind, events.c.at > now - YEAR_S)
    other = connection.execute(
        sa.select(fallbacks.c.stage, sa.func.sum(fallbacks.c.times))
        .where(fallbacks.c.day > (now - YEAR_S) // DAY_S)
        .group_by(fallbacks.c.stage)
    ).all()
    return Numbers(
        given=states.get(State.GIVEN.value, 0),
        withdrawn=states.get(State.WITHDRAWN.value, 0),
        expired=states.get(State.EXPIRED.value, 0),
        children=sum(children.values()),
        enrolled=recent.get("enrolled", 0),
        verified=recent.get("verified", 0),
        fallbacks={stage: int(times) for stage, times in other},
        last_run=last_run(connection),
        overdue=sum(overdue(connection, schedule, now).values()),
    )


def _grouped(
    connection: Connection, column: sa.Column[str], condition: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(condition).group_by(column)
    return {name: int(number) for name, number in connection.execute(query).all()}
