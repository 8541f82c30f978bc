"""Interrupt a process at each of its write points in turn, and look at what it leaves behind.

Run as a program: `python tests/store/crash.py URL MODE STORY FOLDER`. It forks a child for each point; the
child tells its story, and at that point is killed (`kill`), gets a full disk (`full`), or loses its
connection (`cut`). Then the store is opened anew and must hold: whatever the child said is done is there,
every event agrees with the state it tells of, and the log is whole. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord
from moiety.consent.notice import Notice, Paragraph
from moiety.consent.secret import new_secret, secret_hash
from moiety.credential.blind import BlindCode
from moiety.credential.check import check as check_code
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.credential.register import Register
from moiety.credential.trust import TrustBundle
from moiety.errors import CredentialRevoked, StorageError
from moiety.keys import SigningKey, random_token
from moiety.ledger.audit import audit
from moiety.ledger.note import NoteVerifier
from moiety.store import Store, consents, open_store, shares
from moiety.store.events import erase, record, record_all
from moiety.store.ledger import Log, proven, sequence, sequence_all
from moiety.store.ledger_reading import StoreLog, head_of, prove
from moiety.store.places import StoredPlaces
from moiety.store.tables.consents import consents as consent_table
from moiety.store.tables.events import events
from moiety.store.tables.shares import shares as share_table
from moiety.store.tables.status import places

NOW = 1_790_000_000
LOG = Log("crash.example/log", SigningKey.from_seed(bytes(32)))
KEYS = [NoteVerifier(LOG.origin, LOG.signer.verifying_key)]


Done = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Story:
    """`tell(store, log, folder, done)` works and says what is done; `check` gives what contradicts that."""

    tell: Callable[[Store, Log, Path, Done], None]
    check: Callable[[Store, Path, list[str]], list[str]]
    writes_files: bool = False


def _tell_ledger(store: Store, log: Log, _: Path, done: Done) -> None:
    """A status change with its event, a receipt's proof, a group of many, an erasure."""
    with store.begin() as connection:
        number = connection.execute(sa.select(sa.func.count()).select_from(places)).scalar_one()
        connection.execute(places.insert().values(list=1, place=number, cti=None, expires=None, status=2))
        identifier = record(connection, "revoked", {"place": number}, 1)
    done(f"event {identifier.hex()}")
    proof = proven(store, log, identifier, now=2)
    done(f"placed {identifier.hex()} {proof.index}")
    with store.begin() as connection:
        many = record_all(connection, [("verified", {"n": one}) for one in range(5)], 2)
    done(f"event {many[0].hex()}")
    sequence(store, log, now=2)
    with store.begin() as connection:
        erase(connection, identifier)
        record(connection, "erased", {"n": 1}, 3)
    done(f"erased {identifier.hex()}")


def _check_ledger(store: Store, _: Path, told: list[str]) -> list[str]:
    wrong = []
    with store.reading() as connection:
        rows = {row.event_id.hex(): row for row in connection.execute(sa.select(events))}
        revoked = sum(row.kind == "revoked" for row in rows.values())
        erasures = sum(row.kind == "erased" for row in rows.values())
        states = connection.execute(sa.select(sa.func.count()).select_from(places)).scalar_one()
    if revoked != states:
        wrong.append(f"{states} places are revoked, and {revoked} events say so")
    if erasures != sum(row.salt is None for row in rows.values()):
        wrong.append("an erasure without its event, or the other way round")
    for line in told:
        what, *rest = line.split()
        if what == "event" and rest[0] not in rows:
            wrong.append("an event that was reported is lost")
        if what == "placed" and rows[rest[0]].leaf != int(rest[1]):
            wrong.append("an event that was proven has another place")
        if what == "erased" and (rows[rest[0]].salt is not None or rows[rest[0]].body is not None):
            wrong.append("an erased body is back")
    return wrong


def _tell_consent(store: Store, log: Log, _: Path, done: Done) -> None:
    """A consent given, a blind code under it with its share, and its withdrawal: code revoked, share gone."""
    notice = Notice("1", "en", "ltr", "Notice", (Paragraph("who", "Clinic Nord asks."),), "Yes", "No")
    consent = Consent.given("To collect medicine.", notice=notice.reference, now=NOW)
    kept, cti = bytes.fromhex(consent.record_id), random_token(16)
    with store.begin() as connection:
        consents.give(connection, ConsentRecord(consent, "en"), notice, secret_hash(new_secret()), NOW)
    done(f"given {kept.hex()}")
    with store.begin() as connection:
        register = StoredPlaces(connection, now=NOW)
        register.assign(register.reserve(), cti, NOW + 86_400)
        code = BlindCode.of("https://crash.example/", cti, b"signed")
        shares.keep(connection, code, random_token(32), None, NOW)
        consents.bind(connection, kept, cti, NOW)
    done(f"bound {cti.hex()}")
    with store.begin() as connection:
        stored = consents.find(connection, kept)
        if stored is None:
            raise AssertionError("a consent that was kept is gone")
        consents.end(connection, stored, "receipt", NOW)
    done(f"ended {cti.hex()}")
    sequence(store, log, now=NOW)


def _check_consent(store: Store, _: Path, told: list[str]) -> list[str]:
    wrong = []
    with store.reading() as connection:
        bodies = [(row.kind, row.body.decode()) for row in connection.execute(sa.select(events)) if row.body]
        rows = {bytes(row.record_id).hex(): row for row in connection.execute(sa.select(consent_table))}
        status = {
            bytes(row.cti).hex(): row.status for row in connection.execute(sa.select(places)) if row.cti
        }
        held = {bytes(one).hex() for one in connection.execute(sa.select(share_table.c.cti)).scalars()}

    def events_of(kind: str, identifier: str) -> int:
        return sum(one == kind and identifier in body for one, body in bodies)

    for identifier, row in rows.items():
        withdrawn = row.state == "withdrawn"
        if events_of("consent-given", identifier) != 1:
            wrong.append("a consent without its event")
        if events_of("consent-withdrawn", identifier) != withdrawn:
            wrong.append("a withdrawal and its event disagree")
        if withdrawn and row.cti and (status[bytes(row.cti).hex()] != 1 or bytes(row.cti).hex() in held):
            wrong.append("a withdrawn consent whose code is valid, or whose share is there")
    for cti in status:
        if events_of("share-stored", cti) - events_of("share-deleted", cti) != (cti in held):
            wrong.append("a share and its events disagree")
    for line in told:
        what, identifier = line.split()
        if what == "given" and identifier not in rows:
            wrong.append("a consent that was reported is lost")
        if what == "bound" and identifier not in status:
            wrong.append("a code that was reported is lost")
        if what == "ended" and (status[identifier] != 1 or identifier in held):
            wrong.append("a withdrawal that was reported is undone")
    return wrong


def _tell_status(_: Store, __: Log, folder: Path, done: Done) -> None:
    """An issuer's home: a code is issued, and revoked; register, status list and trust file are written."""
    issuer = Issuer.open(folder / "home")
    face = SealedTemplate("face", "sface-2021dec-int8bq", bytes(128), 2, 0, "face", False)
    code = issuer.issue(Contents((face,), bytes(32)))
    done(f"issued {code.text}")
    issuer.revoke(code)
    done(f"revoked {code.text}")


def _check_status(_: Store, folder: Path, told: list[str]) -> list[str]:
    """Whatever was interrupted, the home opens, knows its codes, and believes what it said."""
    wrong = []
    trust = TrustBundle.open(folder / "home")
    for line in told:
        what, text = line.split(" ", 1)
        code = Credential.from_text(text)
        with Register(folder / "home" / "register.sqlite3") as register:
            if register.find(code.claims.cti) is None:
                wrong.append("a code that was handed out is not in the register")
        try:
            check_code(code, trust)
        except CredentialRevoked:
            continue
        if what == "revoked":
            wrong.append("a revocation that was reported is undone")
    left = [one.name for one in (folder / "home").iterdir() if one.name.endswith(".tmp")]
    if len(left) > 1:  # one aside, of the process that was killed just now
        wrong += [f"left behind: {name}" for name in left[1:]]
    for one in left:
        (folder / "home" / one).unlink()
    return wrong


STORIES = {
    "ledger": Story(_tell_ledger, _check_ledger),
    "consent": Story(_tell_consent, _check_consent),
    "status": Story(_tell_status, _check_status, writes_files=True),
}


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

    def watch_files(self) -> None:
        for name in ("fsync", "replace", "rename", "unlink"):
            self._wrap(os, name)
        connect: Any = sqlite3.connect

        def traced(*arguments: Any, **options: Any) -> Any:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(lambda _: self.pass_one())
            return connection

        setattr(sqlite3, "connect", traced)  # noqa: B010  - the issuer's register: every statement is a point

    def _wrap(self, module: Any, name: str) -> None:
        original = getattr(module, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.pass_one()
            result = original(*arguments, **options)
            self.pass_one()
            return result

        setattr(module, name, wrapped)


def _kill(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _full(connection: Any) -> None:
    """The error that the database itself gives when its disk is full."""
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


def child(url: str, mode: str, story: Story, place: Path, at: int, told: int) -> None:
    """Tell the story up to the point, and exit 0 if it came to its end."""
    store = open_store(url)
    points = Points(at, STRIKES[mode])
    points.watch_statements(store, after=mode == "kill")
    if mode == "kill" and story.writes_files:
        points.watch_files()

    def done(what: str) -> None:
        os.write(told, f"{what}\n".encode())

    try:
        story.tell(store, LOG, place, done)
    except (StorageError, psycopg.Error, sa.exc.DBAPIError) as error:
        if not isinstance(error, StorageError):
            done(f"untranslated {type(error).__name__}")
        os._exit(1)
    os._exit(0 if points.seen < at else 1)


def check(url: str, story: Story, place: Path, told: list[str]) -> list[str]:
    """What is wrong with what was left behind; then the work goes on, and what is wrong with that."""
    store = open_store(url)
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
    found: list[str] = []
    strikes = 0
    if story.writes_files:
        create_home(place / "home", issuer_uri="https://issuer.example")
    store = open_store(url)
    with store.begin() as connection:  # so that a full tile, and one above it, come to be on the way
        record_all(connection, [("verified", {"n": one}) for one in range(230)], 1)
    sequence_all(store, LOG, now=1)
    store.close()
    for at in range(1, 500):
        # Each run goes on with what the last one left behind.
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                child(url, mode, story, place, at, writing)
            except BaseException as error:
                os.write(writing, f"untranslated {type(error).__name__} {error}\n".encode())
            os._exit(70)
        os.close(writing)
        with os.fdopen(reading) as stream:
            told = stream.read().splitlines()
        _, status = os.waitpid(pid, 0)
        wrong = check(url, story, place, told)
        found += [f"{at}: {one}" for one in wrong]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            break
        strikes += 1
    print(json.dumps({"strikes": strikes, "wrong": found}))


if __name__ == "__main__":
    main()
