"""Interrupt a process at each of its write points in turn, and look at what it leaves behind.

Run by test_crashes.py, as a program: `URL MODE STORY FOLDER`. It forks a child for each point; the child
tells its story, and at that point is killed (`kill`), gets a full disk (`full`), or loses its connection
(`cut`). Then the store is opened anew and must hold: whatever the child said is done is there, every event
agrees with the state it tells of, and the log is whole. Prints one JSON object.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from tests.store.crash_service import SERVICE
from tests.store.crash_stories import CONSENT, LEDGER, STATUS, Story

from moiety.credential.home import create_home
from moiety.errors import StorageError
from moiety.keys import SigningKey
from moiety.ledger.audit import audit
from moiety.ledger.note import NoteVerifier
from moiety.store import Store, open_store
from moiety.store.events import record_all
from moiety.store.ledger import Log, sequence_all
from moiety.store.ledger_reading import StoreLog, head_of, prove
from moiety.store.tables.events import events

LOG = Log("crash.example/log", SigningKey.from_seed(bytes(32)))
KEYS = [NoteVerifier(LOG.origin, LOG.signer.verifying_key)]
STORIES = {"ledger": LEDGER, "consent": CONSENT, "status": STATUS, "service": SERVICE}


class Points:
    """Counts the points at which something is written, and strikes at one of them."""

    def __init__(self, strike_at: int, strike: Callable[[Any], None]) -> None:
        self.seen = 0
        self._at = strike_at
        self._strike = strike

    def pass_one(self, connection: Any = None) -> None:
        self.seen += 1
        if self.seen == self._at:
            self._strike(connection)

    def watch_statements(self, store: Store, *, after: bool) -> None:
        @event.listens_for(store.engine, "before_cursor_execute")
        def before(connection: Any, *_: Any) -> None:
            self.pass_one(connection)

        @event.listens_for(store.engine, "commit")
        def commit(connection: Any) -> None:
            self.pass_one(connection)

        if after:

            @event.listens_for(store.engine, "after_cursor_execute")
            def done(connection: Any, *_: Any) -> None:
                self.pass_one(connection)

    def watch_files(self, *, after: bool) -> None:
        for name in ("fsync", "replace", "rename", "unlink"):
            self._wrap(os, name, after)

    def watch_register(self, *, after: bool) -> None:
        """The register of an issuer's home is a file of SQLite: every statement is a point."""
        points, connect = self, sqlite3.connect

        class Watched(sqlite3.Connection):
            def execute(self, *arguments: Any) -> sqlite3.Cursor:
                points.pass_one("register")
                done = super().execute(*arguments)
                if after:
                    points.pass_one("register")
                return done

        def watched(path: Any, **options: Any) -> sqlite3.Connection:
            return connect(path, factory=Watched, **options)

        setattr(sqlite3, "connect", watched)  # noqa: B010

    def _wrap(self, module: Any, name: str, after: bool) -> None:
        original = getattr(module, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.pass_one("file")
            result = original(*arguments, **options)
            if after:
                self.pass_one("file")
            return result

        setattr(module, name, wrapped)


def _kill(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _full(connection: Any) -> None:
    """The error that the file system or the database itself gives when its disk is full."""
    if connection == "file":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if connection == "register":
        raise sqlite3.OperationalError("database or disk is full")
    if connection.dialect.name == "postgresql":
        raise_it = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$"
        try:
            connection.connection.driver_connection.execute(raise_it)
        except psycopg.OperationalError as error:
            raise sa.exc.OperationalError("", {}, error) from error
    else:
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database or disk is full"))


def _cut(connection: Any) -> None:
    """Another session ends this one's, as a broken network or a restarted server would."""
    driver = connection.connection.driver_connection
    with psycopg.connect(driver.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [driver.info.backend_pid])


STRIKES: dict[str, Callable[[Any], None]] = {"kill": _kill, "full": _full, "cut": _cut}


def child(store: Store, mode: str, story: Story, place: Path, at: int, told: int) -> None:
    """Tell the story up to the point, and exit 0 if it came to its end."""
    points = Points(at, STRIKES[mode])
    # With a home, what follows a statement is watched too: the next one, or a file.
    points.watch_statements(store, after=mode == "kill" and not story.has_home)
    if mode != "cut" and story.has_home:
        points.watch_files(after=mode == "kill")
    if mode != "cut" and story.has_register:
        points.watch_register(after=mode == "kill")

    def done(what: str) -> None:
        os.write(told, f"{what}\n".encode())

    try:
        story.tell(store, LOG, place, done)
    except (StorageError, psycopg.Error, sa.exc.DBAPIError) as error:
        if not isinstance(error, StorageError):
            done(f"untranslated {type(error).__name__}")
        os._exit(1)
    os._exit(0 if points.seen < at else 1)


def check(store: Store, story: Story, place: Path, told: list[str]) -> list[str]:
    """What is wrong with what was left behind; then the work goes on, and what is wrong with that."""
    wrong = [one for one in told if one.startswith("untranslated")]
    wrong += story.check(store, place, told)
    wrong += whole(store)
    sequence_all(store, LOG, now=3)
    wrong += whole(store)
    with store.reading() as connection:
        newest = sa.select(events.c.event_id).order_by(events.c.id.desc()).limit(2)
        identifiers = connection.execute(newest).scalars().all()
    wrong += ["an event has no proof" for one in identifiers if prove(store, one) is None]
    store.close()
    return wrong


def whole(store: Store) -> list[str]:
    """The log is what its checkpoint says, and places are given without gaps."""
    with store.reading() as connection:
        head = head_of(connection)
        placed = connection.execute(
            sa.select(events.c.leaf).where(events.c.leaf.is_not(None)).order_by(events.c.leaf)
        )
        leaves = placed.scalars().all()
        size = 0 if head is None else head.checkpoint.size
        if leaves != list(range(size)):
            return [f"places {leaves} in a log of {size}"]
        if head is not None:
            audit(StoreLog(connection), KEYS)
    return []


def main() -> None:
    url, mode, name, folder = sys.argv[1:5]
    story = STORIES[name]
    place = Path(folder)
    if story.has_home:
        create_home(place / "home", issuer_uri="https://issuer.example")
    store = open_store(url)
    with store.begin() as connection:  # so that a full tile, and one above it, come to be on the way
        record_all(connection, [("verified", {"n": one}) for one in range(230)], 1)
    sequence_all(store, LOG, now=1)
    told: list[str] = []
    story.tell(store, LOG, place, told.append)
    found = check(store, story, place, told)
    store.close()  # no connection is taken along; the statements stay compiled
    strikes = 0
    for at in range(1, 500):
        # Each run goes on with what the last one left behind.
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                child(store, mode, story, place, at, writing)
            except BaseException as error:
                os.write(writing, f"untranslated {type(error).__name__} {error}\n".encode())
            os._exit(70)
        os.close(writing)
        with os.fdopen(reading) as stream:
            told = stream.read().splitlines()
        _, status = os.waitpid(pid, 0)
        found += [f"{at}: {one}" for one in check(store, story, place, told)]
        store.close()
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            break
        strikes += 1
    print(json.dumps({"strikes": strikes, "wrong": found}))


if __name__ == "__main__":
    main()
