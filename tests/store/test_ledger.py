"""Sequencing on both databases: places without gaps, one log however many write, proofs, erasure, files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from tests.ledger import plain

from moiety.errors import LedgerForked, LedgerTampered, NotFound, StoreUnavailable, UsageError
from moiety.keys import SigningKey, VerifyingKey
from moiety.ledger.audit import audit
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.cosignature import WitnessKey, cosign
from moiety.ledger.folder import FolderLog
from moiety.ledger.note import NoteVerifier
from moiety.ledger.proof import parse_proof, verify_proof
from moiety.store import Store
from moiety.store.events import body_of, erase, record_all
from moiety.store.ledger import Log, keep_cosigned, proven, sequence, sequence_all
from moiety.store.ledger_reading import StoreLog, commitment_of, head_of, prove
from moiety.store.publishing import publish
from moiety.store.tables.events import events
from moiety.store.tables.ledger import ledger_heads, ledger_tiles

SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
LOG: Final = Log("log.example/1", SIGNER)
KEYS: Final = [NoteVerifier(LOG.origin, SIGNER.verifying_key)]


def fill(store: Store, count: int) -> list[bytes]:
    with store.begin() as connection:
        return record_all(connection, [("verified", {"n": one}) for one in range(count)], 5)


def test_events_get_their_places_in_the_order_of_their_recording(store: Store) -> None:
    assert sequence(store, LOG, now=1) is None
    identifiers = [*fill(store, 3), *fill(store, 700)]
    assert prove(store, identifiers[0]) is None, "it waits"
    head = sequence(store, LOG, now=1, group=256)
    assert head is not None
    assert head.checkpoint.size == 256
    assert sequence_all(store, LOG, now=1) == sequence(store, LOG, now=2)
    with store.reading() as connection:
        done = audit(StoreLog(connection), KEYS)
        assert (done.checkpoint.size, done.bodies) == (703, 703)
    for at in (0, 255, 256, 702):
        proof = prove(store, identifiers[at])
        assert proof is not None
        assert proof.index == at
        with store.reading() as connection:
            verify_proof(parse_proof(proof.encode()), commitment_of(connection, identifiers[at]), KEYS)


def test_a_receipt_gets_its_proof_at_once(store: Store) -> None:
    fill(store, 5)
    (last,) = fill(store, 1)
    assert proven(store, LOG, last, now=9).index == 5
    with pytest.raises(NotFound):
        prove(store, bytes(16))
    with store.reading() as connection, pytest.raises(NotFound):
        commitment_of(connection, bytes(16))


def test_an_erased_event_keeps_its_place_and_says_nothing(store: Store) -> None:
    identifiers = fill(store, 300)
    before = sequence_all(store, LOG, now=1)
    with store.begin() as connection:
        assert body_of(connection, identifiers[7]) is not None
        assert erase(connection, identifiers[7])
        assert not erase(connection, identifiers[7]), "again: nothing to do"
        assert body_of(connection, identifiers[7]) is None
    with store.reading() as connection:
        row = connection.execute(sa.select(events).where(events.c.event_id == identifiers[7])).one()
        assert (row.salt, row.body, row.leaf) == (None, None, 7)
        done = audit(StoreLog(connection), KEYS)
        assert (done.bodies, done.without_body) == (299, 1)
    assert before is not None
    assert done.checkpoint == before.checkpoint
    assert prove(store, identifiers[7]) is not None


def test_whatever_is_changed_in_the_database_is_named(store: Store) -> None:
    identifiers = fill(store, 600)
    sequence_all(store, LOG, now=1)

    def told() -> str:
        with store.reading() as connection, pytest.raises(LedgerTampered) as error:
            audit(StoreLog(connection), KEYS)
        return str(error.value)

    with store.begin() as connection:
        row = connection.execute(sa.select(events).where(events.c.leaf == 431)).one()
        where = events.update().where(events.c.leaf == 431)
        connection.execute(where.values(body=row.body.replace(b"431", b"432")))
    assert "body of entry 431 " in told()
    with store.begin() as connection:
        connection.execute(where.values(body=row.body, commitment=bytes(32)))
    assert "Entry 431 was altered" in told()
    with store.begin() as connection:
        connection.execute(where.values(commitment=row.commitment))
        one = (ledger_tiles.c.level == 0) & (ledger_tiles.c.place == 1)
        tile = connection.execute(sa.select(ledger_tiles.c.hashes).where(one)).scalar_one()
        connection.execute(ledger_tiles.update().where(one).values(hashes=bytes(32) + bytes(tile)[32:]))
    assert "tile/0/001 was altered: its hash of entry 256 " in told()
    with store.begin() as connection:
        connection.execute(ledger_tiles.update().where(one).values(hashes=tile))
        note = connection.execute(sa.select(ledger_heads.c.note)).scalar_one()
        connection.execute(ledger_heads.update().values(note=bytes(note).replace(b"\n600\n", b"\n599\n")))
    assert "checkpoint of 599 entries" in told()
    assert identifiers


def test_a_store_has_one_log(store: Store) -> None:
    fill(store, 1)
    sequence(store, LOG, now=1)
    fill(store, 1)
    with pytest.raises(UsageError, match=r"log\.example/1"):
        sequence(store, Log("log.example/2", SIGNER), now=1)


class _Failing:
    """A key in hardware that is not plugged in."""

    verifying_key: VerifyingKey = SIGNER.verifying_key

    def sign(self, message: bytes) -> bytes:
        raise StoreUnavailable("The token is away.")


def test_a_key_that_fails_leaves_the_events_waiting(store: Store) -> None:
    (waiting,) = fill(store, 1)
    with pytest.raises(StoreUnavailable, match="token"):
        sequence(store, Log(LOG.origin, _Failing()), now=1)
    assert prove(store, waiting) is None
    assert proven(store, LOG, waiting, now=1).index == 0


def test_a_cosigned_checkpoint_is_kept_and_travels(store: Store) -> None:
    identifiers = fill(store, 2)
    head = sequence(store, LOG, now=1)
    assert head is not None
    witness = WitnessKey("w.example", SIGNER.verifying_key)
    note = head.note.with_signatures([cosign(head.note.text, witness.name, SIGNER, now=7)])
    keep_cosigned(store, note)
    proof = prove(store, identifiers[0])
    assert proof is not None
    assert proof.checkpoint == note
    with pytest.raises(UsageError, match="not one of this store"):
        keep_cosigned(store, sign_checkpoint(Checkpoint("log.example/2", 1, bytes(32)), SIGNER))
    fill(store, 1)
    sequence(store, LOG, now=8)
    with store.reading() as connection:
        newest = head_of(connection)
    assert newest is not None
    assert newest.best == newest.note, "the new one is not cosigned yet"


def test_files_grow_in_place_and_check_out_plainly(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "log"
    place.mkdir()
    for count in (10, 250, 600):
        fill(store, count)
        sequence_all(store, LOG, now=1)
        publish(store, place, bodies=True)
        assert audit(FolderLog(place), KEYS).without_body == 0
        size, root = plain.checkpoint((place / "checkpoint").read_bytes(), SIGNER.verifying_key.public)
        assert plain.mth(plain.entries_in(place, size)) == root
    with store.begin() as connection:
        connection.execute(ledger_heads.delete())
        connection.execute(events.update().values(leaf=None))
    sequence(store, LOG, now=1, group=5)
    with pytest.raises(LedgerForked, match="860 entries"):
        publish(store, place)


@pytest.mark.parametrize("at", [0, 256, 299])
def test_a_rewritten_log_is_not_published_over_the_one_that_was(
    store: Store, tmp_path: Path, at: int
) -> None:
    fill(store, 300)
    sequence_all(store, LOG, now=1)
    publish(store, tmp_path)
    with store.begin() as connection:
        connection.execute(events.update().where(events.c.leaf == at).values(commitment=bytes(32)))
        connection.execute(ledger_tiles.delete())
        connection.execute(ledger_heads.delete())
        connection.execute(events.update().values(leaf=None))
    fill(store, 5)
    sequence_all(store, LOG, now=1)
    with pytest.raises(LedgerForked, match=f"entry {at} of the store is not the one published"):
        publish(store, tmp_path)
    assert audit(FolderLog(tmp_path), KEYS).checkpoint.size == 300


WRITER: Final = """
import sys
from moiety.keys import SigningKey
from moiety.store import open_store
from moiety.store.events import record
from moiety.store.ledger import Log, proven

store = open_store(sys.argv[1])
log = Log("log.example/1", SigningKey.from_seed(bytes(range(32))))
for number in range(40):
    with store.begin() as connection:
        identifier = record(connection, "verified", {"by": sys.argv[2], "n": number}, 5)
    assert proven(store, log, identifier, now=5).checkpoint
"""


def test_several_processes_never_fork_the_log(store: Store, database_url: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, database_url, str(seed)], stderr=subprocess.PIPE)
        for seed in range(3)
    ]
    assert [(one.communicate()[1], one.returncode) for one in writers] == [(b"", 0)] * 3
    with store.reading() as connection:
        done = audit(StoreLog(connection), KEYS)
    assert (done.checkpoint.size, done.bodies) == (120, 120)
