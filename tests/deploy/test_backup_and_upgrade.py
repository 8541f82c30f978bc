"""A store restored from its backup goes on, and one of every earlier shape is brought to the newest."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from tests.databases import PLACES, Server

from moiety.credential.backup import backup, restore
from moiety.credential.home import create_home
from moiety.credential.layout import Home
from moiety.keys import SigningKey
from moiety.ledger.audit import audit
from moiety.ledger.cosignature import WitnessKey
from moiety.store import Store, open_store
from moiety.store.events import record_all
from moiety.store.ledger import proven, sequence_all
from moiety.store.ledger_reading import StoreLog
from moiety.store.log_key import create_log, open_log
from moiety.store.migrate import _script, is_current, upgrade
from moiety.store.tables import metadata
from moiety.store.tables.events import events
from moiety.store.tables.status import places

PASSPHRASE: Final = "correct horse battery staple"


def filled(store: Store, count: int) -> list[bytes]:
    with store.begin() as connection:
        return record_all(connection, [("verified", {"n": one}) for one in range(count)], 5)


def copied(url: str, tmp_path: Path, server: Server | None) -> str:
    """A backup as the how-to makes it, restored into a new database."""
    if server is None:
        file = tmp_path / "copy.sqlite3"
        file.touch(0o600)
        with sqlite3.connect(url.removeprefix("sqlite:///")) as source, sqlite3.connect(file) as target:
            source.backup(target)
        source.close()
        target.close()
        return f"sqlite:///{file}"
    fresh = server.new_database()
    save = [str(PLACES[0] / "pg_dump"), "--format=custom", url]
    dump = subprocess.run(save, capture_output=True, check=True)
    load = [str(PLACES[0] / "pg_restore"), "--exit-on-error", f"--dbname={fresh}"]
    subprocess.run(load, input=dump.stdout, check=True, capture_output=True)
    return fresh


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_home_and_store_restored_from_a_backup_go_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Server | None = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    url = f"sqlite:///{tmp_path / 's.sqlite3'}" if server is None else server.new_database()
    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example")
    log = create_log(home)
    store = open_store(url)
    upgrade(store)
    identifiers = filled(store, 300)
    sequence_all(store, log, now=6)
    filled(store, 7)  # these wait
    archive = tmp_path / "home.backup"
    archive.write_bytes(backup(home, PASSPHRASE))
    copy = copied(url, tmp_path, server)
    store.close()

    again: Home = restore(archive, PASSPHRASE, tmp_path / "again")
    restored = open_store(copy)
    upgrade(restored)
    assert is_current(restored)
    same_log = open_log(again)
    assert same_log.origin == log.origin
    head = sequence_all(restored, same_log, now=7)
    assert head is not None
    assert head.checkpoint.size == 307
    assert proven(restored, same_log, identifiers[5], now=8).index == 5
    with restored.reading() as connection:
        assert audit(StoreLog(connection), [same_log.verifier]).bodies == 307
    restored.close()


def test_a_log_set_back_by_a_restore_is_refused_by_its_witness_and_begun_anew(tmp_path: Path) -> None:
    from moiety.errors import LedgerForked
    from moiety.witness.client import cosigned
    from moiety.witness.place import create_witness

    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example")
    log = create_log(home)
    witness = create_witness(tmp_path / "witness", "w.example", [log.verifier.vkey()])

    def ask(body: bytes) -> tuple[int, bytes]:
        answer = witness.add_checkpoint(body, now=1_790_000_000)
        return answer.status, answer.body

    def shown(store: Store) -> None:
        with store.reading() as connection:
            reading = StoreLog(connection)
            cosigned(reading.head().note, reading.tree().consistency, witness.key, ask)

    store = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    upgrade(store)
    filled(store, 3)
    sequence_all(store, log, now=6)
    copy = copied(f"sqlite:///{tmp_path / 's.sqlite3'}", tmp_path, None)
    filled(store, 2)
    sequence_all(store, log, now=7)
    shown(store)
    restored = open_store(copy)
    with pytest.raises(LedgerForked, match="the entries 3 to 4 are gone"):
        shown(restored)
    store.close()
    restored.close()
    assert isinstance(witness.key, WitnessKey)


def migrated_to(store: Store, revision: str) -> None:
    script = _script()

    def steps(now: Any, _: Any) -> Any:
        return script._upgrade_revs(revision, now)

    with (
        store.begin() as connection,
        EnvironmentContext(Config(), script, fn=steps, destination_rev=revision) as environment,
    ):
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()


def revisions() -> list[str]:
    return [one.revision for one in reversed(list(_script().walk_revisions()))]


@pytest.mark.parametrize("revision", ["", *revisions()])
def test_every_earlier_shape_is_brought_to_the_newest_with_what_is_in_it(
    revision: str, database_url: str
) -> None:
    store = open_store(database_url)
    if revision:
        migrated_to(store, revision)
        row = "INSERT INTO events (event_id, kind, at, salt, body, commitment) VALUES (:e, :k, 5, :s, :b, :c)"
        with store.begin() as connection:
            for number in range(20):
                given = {"e": number.to_bytes(16, "big"), "s": bytes(32), "b": b'{"n":1}', "c": bytes(32)}
                connection.execute(sa.text(row), {**given, "k": "verified"})
            place = "INSERT INTO places (list, place, status) VALUES (1, 7, 2)"
            connection.execute(sa.text(place))
    upgrade(store)
    upgrade(store)
    assert is_current(store)
    with store.reading() as connection:
        kept = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
        status = connection.execute(sa.select(places.c.status)).scalars().all()
    assert (kept, list(status)) == ((20, [2]) if revision else (0, []))
    from moiety.store.ledger import Log

    head = sequence_all(store, Log("log.example/1", SigningKey.generate()), now=9)
    assert (0 if head is None else head.checkpoint.size) == kept
    store.close()
