"""S18: a database from an older backup is extended: two trees of one size, both signed by the log's key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from moiety.credential.home import create_home
from moiety.credential.layout import Home
from moiety.errors import HomeError, LedgerForked
from moiety.store import events
from moiety.store.engine import Store, open_store
from moiety.store.ledger import Log, sequence_all
from moiety.store.log_key import create_log, open_log
from moiety.store.migrate import upgrade
from moiety.witness.place import create_witness


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = create_home(tmp_path / "home", issuer_uri="https://issuer.example")
    create_log(made)
    return made


def opened(file: Path) -> Store:
    store = open_store(f"sqlite:///{file}")
    upgrade(store)
    return store


def grow(store: Store, log: Log, number: int, word: str) -> int:
    """Record events and sign; the size of the log then."""
    with store.begin() as connection:
        for one in range(number):
            events.record(connection, "verified", {"outcome": f"{word}-{one}"}, 1_790_000_000 + one)
    head = sequence_all(store, log, now=1_790_000_100)
    assert head is not None
    return head.checkpoint.size


def restored(home: Home, tmp_path: Path) -> Store:
    """A database of four entries, whose home has signed eight."""
    store = opened(tmp_path / "now.sqlite3")
    assert grow(store, open_log(home), 4, "first") == 4
    store.close()
    shutil.copy(tmp_path / "now.sqlite3", tmp_path / "backup.sqlite3")
    store = opened(tmp_path / "now.sqlite3")
    assert grow(store, open_log(home), 4, "second") == 8
    store.close()
    return opened(tmp_path / "backup.sqlite3")


@pytest.mark.parametrize("more", [1, 4, 9])
def test_a_restored_database_is_not_extended(home: Home, tmp_path: Path, more: int) -> None:
    old = restored(home, tmp_path)
    with pytest.raises(LedgerForked, match="holds 4 entries of the log, but this home signed 8"):
        grow(old, open_log(home), more, "forged")
    old.close()


def test_nor_is_one_that_was_grown_elsewhere_to_the_same_size(home: Home, tmp_path: Path) -> None:
    old = restored(home, tmp_path)
    elsewhere = Log(open_log(home).origin, open_log(home).signer)  # a copy of the key, without the home
    assert grow(old, elsewhere, 4, "other") == 8
    with pytest.raises(LedgerForked, match="other entries"):
        grow(old, open_log(home), 1, "forged")
    assert grow(old, elsewhere, 3, "other") == 12  # with the one that waited
    with pytest.raises(LedgerForked, match="other entries"):
        grow(old, open_log(home), 1, "forged")
    old.close()


def test_the_newest_database_goes_on_and_the_home_knows_every_head(home: Home, tmp_path: Path) -> None:
    restored(home, tmp_path).close()
    store = opened(tmp_path / "now.sqlite3")
    assert grow(store, open_log(home), 3, "third") == 11
    store.close()
    log = open_log(home)
    assert log.known is not None
    known = log.known.read(log.origin)
    assert known is not None
    assert known.size == 11
    (home.path / "ledger.head").write_bytes(b"nothing of the kind")
    again = opened(tmp_path / "now.sqlite3")
    with pytest.raises(HomeError, match="damaged"):
        grow(again, open_log(home), 1, "fourth")
    again.close()


def test_a_witness_never_tells_anybody_to_restore_it(home: Home, tmp_path: Path) -> None:
    log = open_log(home)
    place = create_witness(tmp_path / "witness", "witness.example", [log.verifier.vkey()])
    place._file(log.origin).write_bytes(b"damaged")
    with pytest.raises(HomeError) as refused:
        place.latest(log.origin)
    assert "new witness key" in refused.value.remedy
    assert "Restore it" not in refused.value.remedy
