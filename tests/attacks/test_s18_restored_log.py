"""S18: a database from an older backup is extended: two trees of one size, both signed by the log's key."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from moiety.credential.home import create_home
from moiety.credential.layout import Home
from moiety.errors import HomeError, LedgerForked, UsageError
from moiety.keys import SigningKey
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.merkle import MemoryTree, consistency_proof, leaf_hash
from moiety.ledger.note import Note, NoteVerifier
from moiety.ledger.witnessing import Request
from moiety.store import events
from moiety.store.engine import Store, open_store
from moiety.store.ledger import Log, sequence_all
from moiety.store.log_key import create_log, open_log
from moiety.store.migrate import upgrade
from moiety.witness.client import cosigned
from moiety.witness.place import WitnessPlace, create_witness, marked, open_witness


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


SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
KEY: Final = NoteVerifier("log.example/1", SIGNER.verifying_key)
NOW: Final = 1_790_000_000


class Told:
    """A log that its holder can tell in two ways."""

    def __init__(self, words: str) -> None:
        self.tree = MemoryTree(leaf_hash(one.encode()) for one in words)

    def note(self) -> Note:
        return sign_checkpoint(Checkpoint(KEY.name, self.tree.size, self.tree.root(self.tree.size)), SIGNER)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        return consistency_proof(old, self.tree.size, self.tree.node)

    def request(self, old: int) -> bytes:
        return Request(old, self.consistency(old), self.note()).encode()


EARLY, TRUE, FORK = Told("abcd"), Told("abcdefgh"), Told("abcdXXXXX")


def direct(place: WitnessPlace) -> Callable[[bytes], tuple[int, bytes]]:
    def send(body: bytes) -> tuple[int, bytes]:
        answer = place.add_checkpoint(body, now=NOW)
        return answer.status, answer.body

    return send


@pytest.fixture
def restored_witness(tmp_path: Path) -> tuple[WitnessPlace, Path, Note]:
    """A witness that was put back as a whole to four entries, its mark, and the eight that it cosigned."""
    folder, mark = tmp_path / "witness", tmp_path / "elsewhere" / "witness.mark"
    mark.parent.mkdir()
    witness = marked(create_witness(folder, "witness.example", [KEY.vkey()]), mark)
    cosigned(EARLY.note(), EARLY.consistency, witness.key, direct(witness))
    shutil.copytree(folder, tmp_path / "backup")
    kept = cosigned(TRUE.note(), TRUE.consistency, witness.key, direct(witness))
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    return open_witness(folder), mark, kept


def test_a_witness_restored_as_a_whole_cosigns_no_fork(
    restored_witness: tuple[WitnessPlace, Path, Note],
) -> None:
    place, mark, _ = restored_witness
    assert place.add_checkpoint(FORK.request(0), now=NOW).status == 409
    with pytest.raises(HomeError, match="cosigned 8 entries of a log of which its folder knows 4") as refused:
        marked(place, mark)
    assert "new witness key" in refused.value.remedy
    shutil.rmtree(place.path)
    again = create_witness(place.path, "witness.example", [KEY.vkey()])
    with pytest.raises(HomeError, match="knows 0"):
        marked(again, mark)
    with pytest.raises(UsageError, match="inside"):
        marked(again, place.path / "witness.mark")
    mark.write_text("{}")
    with pytest.raises(HomeError, match="damaged"):
        marked(again, mark)


def test_a_folder_that_is_put_back_while_it_serves_cosigns_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "witness"
    witness = marked(create_witness(folder, "w.example", [KEY.vkey()]), tmp_path / "mark")
    assert witness.add_checkpoint(EARLY.request(0), now=NOW).status == 200
    shutil.copytree(folder / "logs", tmp_path / "logs")
    assert witness.add_checkpoint(TRUE.request(4), now=NOW).status == 200
    shutil.rmtree(folder / "logs")
    shutil.copytree(tmp_path / "logs", folder / "logs")
    with pytest.raises(HomeError, match="restored"):
        witness.add_checkpoint(FORK.request(4), now=NOW)


def test_a_log_notices_that_its_witness_forgot(restored_witness: tuple[WitnessPlace, Path, Note]) -> None:
    place, _, kept = restored_witness  # served without its mark
    with pytest.raises(LedgerForked, match="cosigned 8 entries of this log, and now says that it has seen 4"):
        cosigned(TRUE.note(), TRUE.consistency, place.key, direct(place), kept=kept)
    more = Told("abcdefghij")
    with pytest.raises(LedgerForked, match="seen 4"):
        cosigned(more.note(), more.consistency, place.key, direct(place), kept=kept)
