"""Opening the store: one SQLAlchemy engine over SQLite (WAL) or PostgreSQL, the same code on both.

On SQLite every writing transaction begins IMMEDIATE, so that it waits for its turn at its first statement
and never fails in its middle. On PostgreSQL what must not run twice at once takes a named lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from moiety.errors import MoietyError, StorageError, StoreUnavailable, UsageError
from moiety.keys import PRIVATE_FILE_MODE, refuse_if_open_to_others
from moiety.store import parameters
from moiety.store.causes import GENERAL, cause_of

logger: Final = logging.getLogger("moiety.store")
HELD: Final = "consents and operators"
"""What others could read in a database that is open to them."""

_READS: Final = "moiety_reads"
_AFTERWARDS: Final = "moiety_afterwards"
_RESTS: Final = "moiety_rests"
_AWAY: Final = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.InternalError)


@dataclass(frozen=True, slots=True)
class Store:
    """An open database. Use `begin()` to change it and `reading()` to look.

    Attributes:
        engine: the database.
        looks: the same, on connections of their own whose statements are each one by itself; None where there
            are none: then transactions read.
    """

    engine: Engine = field(repr=False)
    looks: Engine | None = field(default=None, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (one writer at a time) rather than PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes: kept whole at its end, or not at all.

        Raises:
            StoreUnavailable: the database is away, full, or too slow; nothing was kept.
        """
        with _followed() as later, translated(), self.engine.connect() as connection:
            connection.info[_AFTERWARDS] = later
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and waits for no writer.

        On PostgreSQL each statement is one by itself, which sees what it would see in a transaction of the
        default isolation, and saves its beginning and its end on the way.

        Raises:
            StoreUnavailable: as `begin`.
        """
        engine = self.engine if self.looks is None else self.looks
        with _followed() as later, translated(), engine.connect() as connection:
            if self.is_sqlite:
                connection.execution_options(**{_READS: True})
            connection.info[_AFTERWARDS] = later
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def single(self) -> Iterator[Connection]:
        """One statement that writes, by itself: kept whole or not at all, without the trips that begin and
        end a transaction. On SQLite a transaction as any.

        Raises:
            StoreUnavailable: as `begin`.
        """
        with self.begin() if self.looks is None else self.reading() as connection:
            yield connection

    def lock(self, connection: Connection, name: str) -> None:
        """Hold `name` against all other processes to the end of this transaction.

        SQLite has one writer at a time anyway.
        """
        lock(connection, name)

    def close(self) -> None:
        """Close all connections."""
        for one in (self.engine, self.looks):
            if one is not None:
                one.dispose()


def lock(connection: Connection, name: str) -> None:
    """Hold `name` against all other processes to the end of this transaction (`Store.lock`)."""
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK, {"number": number_of(name)})


_LOCK: Final = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


def number_of(name: str) -> int:
    """The number that stands for a lock's name, 64 bits with their sign."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@contextlib.contextmanager
def _followed() -> Iterator[list[Callable[[], None]]]:
    """A list of what is to be done at the end, and its doing, if nothing was raised."""
    later: list[Callable[[], None]] = []
    yield later
    for one in later:
        try:
            one()
        except MoietyError as error:
            logger.warning("left for later: %s", type(error).__name__)


def afterwards(connection: Connection, act: Callable[[], None]) -> None:
    """Do this once the transaction has ended well, with no connection held; else never.

    For what follows from the store and can be made from it again. That it could not be done is logged, and
    undoes nothing: what the transaction kept is kept.
    """
    connection.info[_AFTERWARDS].append(act)


def open_store(url: str) -> Store:
    """Open the store at a URL: `sqlite:///file`, `sqlite://` (in memory), or `postgresql://...`.

    The tables are made and changed by `moiety.store.migrations`; see `moiety.store.migrate.upgrade`.

    Raises:
        UsageError: no such URL.
        StorageError: the file of an SQLite store cannot be made.
        PermissionsTooOpen: others could read it.
    """
    parsed = require_url(url)
    if parsed.drivername.startswith("sqlite"):
        return Store(_sqlite(parsed))
    # Apart, since to change a connection's isolation and to change it back costs as much as to ask.
    return Store(
        _postgresql(parsed), _postgresql(parsed, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    )


def require_url(url: str) -> URL:
    """A database's URL, of a kind that there is; nothing is opened.

    Raises:
        UsageError: no such URL.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise UsageError("The database's URL cannot be read.", remedy=_URLS) from error
    kind = parsed.drivername.partition("+")[0]
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise UsageError(f"There is no database of the kind {kind!r} here.", remedy=_URLS)
    return parsed


_URLS: Final = "Give sqlite:///FILE or postgresql://USER@HOST/NAME."


def _sqlite(url: URL) -> Engine:
    file = url.database
    options: dict[str, Any] = {"pool_timeout": parameters.POOL_TIMEOUT_S}
    if file in (None, "", ":memory:"):
        # One connection, lent to one thread at a time: what is in memory is seen by all of them.
        options |= {"poolclass": sa.pool.QueuePool, "pool_size": 1, "max_overflow": 0}
        options |= {"creator": lambda: sqlite3.connect(":memory:", check_same_thread=False)}
    else:
        _private(Path(str(file)))
        options |= {"pool_size": parameters.POOL_SIZE, "max_overflow": 0}
        options |= {"connect_args": {"timeout": parameters.STATEMENT_TIMEOUT_S, "check_same_thread": False}}
    engine = sa.create_engine(url.set(drivername="sqlite+pysqlite"), hide_parameters=True, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _private(file: Path) -> None:
    """Make the file for its owner alone; its log and its shared memory get the same mode."""
    try:
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE_MODE))
        refuse_if_open_to_others(file.stat(), file, holds=HELD)
    except FileExistsError:
        return  # another process made it meanwhile, in the same way
    except OSError as error:
        raise StorageError(f"Could not open the database: {error.strerror}.") from error


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _postgresql(url: URL, **more: Any) -> Engine:
    bounds = {
        "statement_timeout": parameters.STATEMENT_TIMEOUT_S,
        "lock_timeout": parameters.STATEMENT_TIMEOUT_S,
        "idle_in_transaction_session_timeout": parameters.IDLE_IN_TRANSACTION_S,
    }
    told = " ".join(f"-c {name}={seconds * 1000}" for name, seconds in bounds.items())
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=parameters.POOL_SIZE,
        max_overflow=0,
        pool_timeout=parameters.POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={"connect_timeout": parameters.CONNECT_TIMEOUT_S, "options": told},
        **more,
    )
    _asked_when_rested(engine)
    return engine


def _asked_when_rested(engine: Engine) -> None:
    """Ask a connection whether it still lives before it is lent again, unless it was in use just now."""

    @event.listens_for(engine, "checkin")
    def back(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_RESTS] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def lent(driver: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        since = record.info.get(_RESTS)
        if since is None or time.monotonic() - since < parameters.RESTED_S:
            return
        try:
            engine.dialect.do_ping(driver)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError from error  # the pool then makes new ones


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """A database's failures as ours; what its driver says can carry data, and is not repeated."""
    try:
        yield
    except (*_AWAY, exc.DBAPIError) as error:
        cause = cause_of(error)
        if cause is None and not isinstance(error, _AWAY):
            raise
        logger.warning("database unavailable", extra={"error": "other" if cause is None else cause.code})
        if cause is None:
            raise StoreUnavailable(GENERAL) from error
        raise StoreUnavailable(cause.text, remedy=cause.remedy) from error
