"""S11: a database after the promised time ties a code to the second and the desk of its holder's visit."""

from __future__ import annotations

import json
import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection
from tests.consent.conftest import DAY, NOW
from tests.store.test_consents import Given
from tests.store.test_consents import given as given

from moiety.store import Store, events, limits
from moiety.store.sightings import seeing
from moiety.store.tables.consents import consents
from moiety.store.tables.events import events as table
from moiety.store.tables.sightings import sightings
from moiety.store.together import together

WEEK: Final = NOW - NOW % (7 * DAY) + 14 * DAY
"""The first second of a week, days since 1970 counted in sevens."""


def visit(store: Store, cti: bytes, now: int) -> None:
    """What the end of a verification writes, in its one transaction."""
    with store.begin() as connection:
        pseudonym = limits.pseudonym(connection, cti, now // DAY)
    with store.begin() as connection:
        write, _ = events.recording("verified", {"code": pseudonym.hex(), "outcome": "accept"}, now)
        together(connection, write, seeing(cti, now))


def three_visits(store: Store, given: Given) -> list[bytes]:
    """One visitor a day, on three quiet days of one week."""
    codes = [secrets.token_bytes(16) for _ in range(3)]
    for code in codes:
        given(cti=code)
    for day, code in enumerate(codes):
        visit(store, code, WEEK + day * DAY + 36_000 + 1234)
    with store.begin() as connection:
        limits.forget(connection, WEEK + 9 * DAY)
    return codes


def days_seen(connection: Connection) -> set[int]:
    return set(connection.execute(sa.select(consents.c.seen_day)).scalars())


def test_no_row_of_a_code_was_written_with_the_event_of_a_visit(store: Store, given: Given) -> None:
    three_visits(store, given)
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(sightings)).scalar_one() == 0
        if store.is_sqlite:
            return
        query = sa.text(
            "select count(*) from consents c join events e on c.xmin = e.xmin where e.kind = 'verified'"
        )
        assert connection.execute(query).scalar_one() == 0
        told = connection.execute(sa.text("select count(distinct xmin::text) from consents")).scalar_one()
        assert told == 1, "the consents of a week's visitors were written by one transaction"


def test_quiet_days_say_no_more_than_the_week(store: Store, given: Given) -> None:
    three_visits(store, given)
    with store.reading() as connection:
        assert days_seen(connection) == {WEEK // DAY}


def test_a_visit_later_in_the_week_rewrites_the_rows_of_the_earlier_ones(store: Store, given: Given) -> None:
    codes = [secrets.token_bytes(16) for _ in range(2)]
    for code in codes:
        given(cti=code)
    for day, code in enumerate(codes):
        visit(store, code, WEEK + day * DAY + 7)
        with store.begin() as connection:
            limits.forget(connection, WEEK + (day + 2) * DAY)
    if store.is_sqlite:
        return
    with store.reading() as connection:
        told = connection.execute(sa.text("select count(distinct xmin::text) from consents")).scalar_one()
    assert told == 1


def test_events_of_visits_are_dated_to_the_hour_and_name_no_desk(store: Store, given: Given) -> None:
    three_visits(store, given)
    with store.reading() as connection:
        rows = connection.execute(sa.select(table).where(table.c.kind == "verified")).all()
    assert len(rows) == 3
    for row in rows:
        body = json.loads(row.body)
        assert row.at % 3600 == body["at"] % 3600 == 0
        assert "by" not in body


def test_a_visit_of_yesterday_still_counts_for_retention(store: Store, given: Given) -> None:
    """What isn't noted yet keeps a consent from ending as unused."""
    from moiety.consent.schedule import Schedule
    from moiety.store import retention

    code = secrets.token_bytes(16)
    given(cti=code, days=3000)
    late = NOW + 2000 * DAY
    visit(store, code, late)
    assert retention.run(store, Schedule.of(["plain"]), late + 60).ended == 0
