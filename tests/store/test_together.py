"""Writes that go together: all of them or none, what each says in its own table, and a lock besides."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from moiety.errors import UsageError
from moiety.store import Store
from moiety.store.tables.limits import daily_keys
from moiety.store.tables.status import status_lists
from moiety.store.together import Write, named, together, together_locking, values_of

KEY = bytes(range(32))
_LIST = status_lists.insert().inline().values(named(status_lists))
_DAY = daily_keys.insert().inline().values(named(daily_keys))
_SIGN = (
    status_lists.update()
    .where(status_lists.c.list == sa.bindparam("of"))
    .values(signed_at=sa.bindparam("moment"))
)


def a_list(number: int) -> Write:
    return Write(_LIST, values_of(status_lists, {"list": number, "signed_at": 5, "version": 7}))


def a_day(day: int) -> Write:
    return Write(_DAY, values_of(daily_keys, {"day": day, "key": KEY}))


def sign(number: int) -> Write:
    return Write(_SIGN, {"of": number, "moment": 9})


def kept(store: Store) -> tuple[list[tuple[int, int, int]], list[tuple[int, bytes]]]:
    with store.reading() as connection:
        lists = connection.execute(sa.select(status_lists).order_by(status_lists.c.list)).all()
        days = connection.execute(sa.select(daily_keys)).all()
    return [(one.list, one.signed_at, one.version) for one in lists], [(d.day, bytes(d.key)) for d in days]


def test_each_write_says_what_it_says_in_its_own_table(store: Store) -> None:
    with store.begin() as connection:
        together(connection, a_list(1))
        assert together(connection, sign(1), a_day(3)).rowcount == 1
    assert kept(store) == ([(1, 9, 7)], [(3, KEY)])


def test_a_write_besides_is_made_where_the_main_one_changes_nothing(store: Store) -> None:
    """Whoever asked has to undo it: it is lost with the transaction."""
    with store.begin() as connection:
        assert together(connection, sign(1), a_day(3)).rowcount == 0
    assert kept(store) == ([], [(3, KEY)])
    with pytest.raises(RuntimeError), store.begin() as connection:
        together(connection, a_list(1), a_day(4))
        raise RuntimeError
    assert kept(store) == ([], [(3, KEY)])


def test_one_that_cannot_be_made_undoes_all(store: Store) -> None:
    with store.begin() as connection:
        together(connection, a_day(3))
    with pytest.raises(sa.exc.IntegrityError), store.begin() as connection:
        together(connection, a_list(1), a_day(3))
    assert kept(store) == ([], [(3, KEY)])


def test_two_that_name_a_parameter_alike_are_refused(store: Store) -> None:
    with pytest.raises(UsageError), store.begin() as connection:
        together(connection, sign(1), sign(2))


def test_the_lock_is_held_to_the_end_and_tried_only_where_something_changed(store: Store) -> None:
    with store.begin() as connection:
        together(connection, a_list(1))
        together(connection, a_list(2))
    with store.begin() as first:
        assert together_locking(first, sign(1), a_day(1), lock="x") == (1, True)
        if not store.is_sqlite:  # which has one writer at a time
            with store.begin() as second:
                assert together_locking(second, sign(3), lock="x") == (0, False)
                assert together_locking(second, sign(2), a_day(2), lock="x") == (1, False)
                assert together_locking(second, sign(2), a_day(4), lock="y") == (1, True)
    with store.begin() as third:
        assert together_locking(third, sign(2), lock="x") == (1, True)
    lists, days = kept(store)
    assert lists == [(1, 9, 7), (2, 9, 7)]
    assert [day for day, _ in days] == ([1] if store.is_sqlite else [1, 2, 4])
