"""Writes to several tables as one statement, where the database can: each trip costs as much as a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.dml import UpdateBase

from moiety.errors import UsageError
from moiety.store.engine import number_of


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that changes one table, and its values.

    Attributes:
        statement: one that is built once. Its parameters bear names of their own, by `named` or otherwise:
            one that is named as a column of another write's table would be taken for its value.
        values: of each parameter.
    """

    statement: UpdateBase
    values: Mapping[str, Any]


def named(table: sa.Table, *without: str) -> dict[str, sa.BindParameter[Any]]:
    """A parameter for each column of a table, of the column's type and named after both."""
    columns = [one for one in table.c if one.name not in without]
    return {one.name: sa.bindparam(f"{table.name}_{one.name}", type_=one.type) for one in columns}


def values_of(table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a table's columns as those of the parameters that `named` makes."""
    return {f"{table.name}_{name}": value for name, value in values.items()}


def together(connection: Connection, main: Write, *besides: Write) -> CursorResult[Any]:
    """Make some writes, each to another table; the result of `main`. All are lost with the transaction.

    PostgreSQL gets one statement, whose parts all see what was there before it; SQLite, which nobody has to
    travel to, one after another.

    Raises:
        UsageError: two of them name a parameter alike.
    """
    values = _all(main, *besides)
    if connection.dialect.name == "sqlite":
        for one in besides:
            connection.execute(one.statement, one.values)
        return connection.execute(main.statement, main.values)
    return connection.execute(_one(main.statement, *(one.statement for one in besides)), values)


def together_locking(connection: Connection, main: Write, *besides: Write, lock: str) -> tuple[int, bool]:
    """As `together`, and hold a lock (`engine.lock`) to the transaction's end, unless another process does.

    Returns how many rows `main` changed, at most one, and whether the lock is held: on SQLite it always is.
    Where `main` changed none, it is not tried.
    """
    if connection.dialect.name == "sqlite":
        changed = together(connection, main, *besides).rowcount
        return changed, changed == 1
    statement = _one(main.statement, *(one.statement for one in besides), tried=True)
    found = connection.execute(statement, {**_all(main, *besides), _LOCK: number_of(lock)}).all()
    return len(found), bool(found) and bool(found[0][0])


_LOCK: Final = "lock_number"
_TRIED: Final = sa.func.pg_try_advisory_xact_lock(sa.bindparam(_LOCK, type_=sa.BigInteger))


def _all(*writes: Write) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in writes:
        if values.keys() & one.values.keys():
            raise UsageError("Two writes that go together name a parameter alike.")
        values |= one.values
    return values


@cache
def _one(main: Any, *besides: Any, tried: bool = False) -> Any:
    """The statement. Built once for the same parts: building it takes longer than running it."""
    whole = main.returning(_TRIED) if tried else main
    for number, one in enumerate(besides, 1):
        whole = whole.add_cte(one.cte(f"besides_{number}"))
    return whole
