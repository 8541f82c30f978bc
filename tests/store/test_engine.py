"""Opening a store: both databases, their locks, what they do when away, and what others can read."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.databases import Server

from moiety.errors import PermissionsTooOpen, StoreUnavailable, UsageError
from moiety.store import Store, open_store, parameters
from moiety.store.migrate import is_current, upgrade
from moiety.store.tables import metadata
from moiety.store.tables.status import status_lists


def test_what_is_no_database_is_refused() -> None:
    for url in ("", "mysql://x/y", "file.sqlite3", "http://example.org"):
        with pytest.raises(UsageError):
            open_store(url)


def test_sqlite_is_durable_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite3"
    opened = open_store(f"sqlite:///{file}")
    upgrade(opened)
    with opened.begin() as connection:
        connection.execute(status_lists.insert().values(list=1, signed_at=1, version=0))
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        for one in tmp_path.glob("s.sqlite3*"):
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    opened.close()
    file.chmod(0o644)
    with pytest.raises(PermissionsTooOpen):
        open_store(f"sqlite:///{file}")


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.begin() as connection:
        connection.execute(status_lists.insert().values(list=1, signed_at=1, version=0))
        raise RuntimeError
    with store.reading() as connection:
        assert connection.execute(sa.select(status_lists)).all() == []


def test_a_single_statement_is_kept_by_itself(store: Store) -> None:
    with store.single() as connection:
        connection.execute(status_lists.insert().values(list=1, signed_at=1, version=0))
    with store.reading() as connection:
        assert len(connection.execute(sa.select(status_lists)).all()) == 1


def test_two_writers_take_turns(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(status_lists.insert().values(list=1, signed_at=0, version=0))

    def count() -> None:
        for _ in range(20):
            with store.begin() as connection:
                store.lock(connection, "test")
                old = connection.execute(sa.select(status_lists.c.signed_at)).scalar_one()
                connection.execute(status_lists.update().values(signed_at=old + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with store.reading() as connection:
        assert connection.execute(sa.select(status_lists.c.signed_at)).scalar_one() == 80


def test_in_memory_every_thread_sees_the_same() -> None:
    opened = open_store("sqlite://")
    upgrade(opened)
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(is_current(opened)))
    thread.start()
    thread.join()
    assert seen == [True]
    opened.close()


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    opened = open_store(f"postgresql://moiety@/none?host={tmp_path}")
    with pytest.raises(StoreUnavailable) as told, opened.begin():
        pass
    assert str(tmp_path) not in told.value.diagnostics()
    opened.close()


def test_a_database_that_comes_back_is_used_again(postgresql: Server) -> None:
    opened = open_store(postgresql.new_database())
    upgrade(opened)
    postgresql.stop()
    with pytest.raises(StoreUnavailable):
        is_current(opened)
    postgresql.start()
    assert is_current(opened)
    opened.close()


def test_a_connection_that_rested_is_asked_before_it_is_used(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_store(postgresql.new_database())
    upgrade(opened)
    assert is_current(opened)
    postgresql.stop()
    postgresql.start()
    monkeypatch.setattr(parameters, "RESTED_S", 0.0)
    assert is_current(opened)  # and nobody is told of the restart
    opened.close()


def test_a_full_disk_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    upgrade(opened)
    with pytest.raises(StoreUnavailable), opened.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(100_000):
            connection.execute(status_lists.insert().values(list=number, signed_at=number, version=0))
    with opened.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(status_lists)).scalar_one() == 0
    opened.close()


def test_a_slow_database_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.is_sqlite:
        with pytest.raises(StoreUnavailable), store.begin() as holding:
            holding.execute(status_lists.insert().values(list=1, signed_at=1, version=0))
            with store.begin() as connection:
                connection.exec_driver_sql("SELECT 1")
        return
    with pytest.raises(StoreUnavailable), store.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 50")
        connection.exec_driver_sql("SELECT pg_sleep(2)")


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    upgrade(store)  # again: nothing to do
    assert is_current(store)


def test_sizes_are_checked_by_both_databases(store: Store) -> None:
    """Every column of bytes or text has a rule for its length, and the database keeps it."""
    with store.reading() as connection:
        found = {
            (table, check["name"])
            for table in metadata.tables
            for check in sa.inspect(connection).get_check_constraints(table)
        }
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, (sa.String, sa.LargeBinary)) and not column.foreign_keys:
                assert (table.name, f"ck_{table.name}_{column.name}_size") in found, column


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(4)]
    threads = [threading.Thread(target=upgrade, args=(one,)) for one in stores]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert all(is_current(one) for one in stores)
    for opened in stores:
        opened.close()


def test_a_newer_database_is_left_alone(store: Store) -> None:
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer version"):
        upgrade(store)
