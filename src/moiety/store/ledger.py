"""Sequencing: events that wait get their places in the tree, in groups, one process at a time.

One transaction gives the places, stores the tiles that changed and signs the checkpoint: all of it is
durable, or none. A checkpoint leaves this module only after its transaction has ended well, so that nothing
was ever shown that a crash takes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from moiety.errors import LedgerForked, UsageError
from moiety.keys import Signer
from moiety.ledger.checkpoint import Checkpoint, parse_text, sign_checkpoint
from moiety.ledger.growth import grow
from moiety.ledger.merkle import EMPTY_ROOT, leaf_hash
from moiety.ledger.note import Note, NoteVerifier
from moiety.ledger.parameters import TILE_HEIGHT, TILE_WIDTH
from moiety.ledger.proof import Proof
from moiety.ledger.receipt import LedgerReceipt
from moiety.ledger.tiles import Tile
from moiety.store.engine import Store
from moiety.store.ledger_reading import Head, head_of, prove, receipt, tiles_in
from moiety.store.parameters import SEQUENCE_GROUP
from moiety.store.tables.events import events
from moiety.store.tables.ledger import ledger_heads, ledger_tiles

LOCK: Final = "moiety/ledger"
_LEVELS: Final = 8  # 256**8 entries: more than MAX_SIZE


@dataclass(frozen=True, slots=True)
class Log:
    """A log that this process may extend: its origin and its key."""

    origin: str
    signer: Signer = field(repr=False)

    @property
    def verifier(self) -> NoteVerifier:
        """What checks its checkpoints."""
        return NoteVerifier(self.origin, self.signer.verifying_key)


def sequence(store: Store, log: Log, *, now: int, group: int = SEQUENCE_GROUP) -> Head | None:
    """Give the waiting events their places, at most `group` of them; the newest checkpoint.

    None where there has never been an event. Nothing is signed where nothing waits.

    Raises:
        UsageError: the store holds the log of another origin.
        LedgerForked: another process extended the log from the same place; nothing was kept.
        StoreUnavailable: the database is away or full; the events go on waiting.
    """
    with store.begin() as connection:
        store.lock(connection, LOCK)
        return _sequence(connection, log, now, group)


def _sequence(connection: Connection, log: Log, now: int, group: int) -> Head | None:
    head = head_of(connection)
    if head is not None and head.checkpoint.origin != log.origin:
        raise UsageError(
            f"This store holds the log {head.checkpoint.origin!r}, not {log.origin!r}.",
            remedy="Extend a log under its own origin and key only.",
        )
    before = Checkpoint(log.origin, 0, EMPTY_ROOT) if head is None else head.checkpoint
    entries = _placed(connection, before.size, group)
    return _extend(connection, log, before, head, entries, now) if entries else head


def sequence_all(store: Store, log: Log, *, now: int) -> Head | None:
    """Give all waiting events their places, group after group. Raises as `sequence`."""
    while True:
        head = sequence(store, log, now=now)
        with store.reading() as connection:
            waiting = connection.execute(select(events.c.id).where(events.c.leaf.is_(None)).limit(1)).first()
        if waiting is None:
            return head


def _placed(connection: Connection, size: int, group: int) -> list[bytes]:
    """Number the waiting events from `size` on, in the order of their recording; their commitments."""
    number = sa.func.row_number().over(order_by=events.c.id) + (size - 1)
    waiting = (
        select(events.c.id, number.label("place"))
        .where(events.c.leaf.is_(None))
        .order_by(events.c.id)
        .limit(group)
        .subquery()
    )
    place = sa.update(events).where(events.c.id == waiting.c.id).values(leaf=waiting.c.place)
    rows = connection.execute(place.returning(events.c.leaf, events.c.commitment)).all()
    return [bytes(row.commitment) for row in sorted(rows, key=lambda row: row.leaf)]


def _extend(
    connection: Connection, log: Log, before: Checkpoint, head: Head | None, entries: list[bytes], now: int
) -> Head:
    edge = _right_edge(connection, before.size)
    growth = grow(before.size, list(map(leaf_hash, entries)), edge.__getitem__)
    _keep_tiles(connection, [(tile.level, tile.index, data) for tile, data in growth.tiles.items()])
    checkpoint = Checkpoint(log.origin, growth.size, growth.root)
    note = sign_checkpoint(checkpoint, log.signer)
    values = {"size": growth.size, "note": note.encode(), "signed_at": now}
    if head is None:
        connection.execute(ledger_heads.insert().values(number=1, origin=log.origin, cosigned=None, **values))
    else:
        # The lock alone should do; this makes sure that no tree is ever extended twice from one place.
        mine = ledger_heads.update().where(ledger_heads.c.size == before.size).values(**values)
        if connection.execute(mine).rowcount != 1:
            raise LedgerForked(f"The log was extended from entry {before.size} by another process meanwhile.")
    return Head(checkpoint, note, None if head is None else head.cosigned, now)


def _right_edge(connection: Connection, size: int) -> dict[Tile, bytes]:
    """The partial tiles of a tree, in one look."""
    tiles = []
    for level in range(_LEVELS):
        index, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
        if width:
            tiles.append(Tile(level, index, width))
    return tiles_in(connection, tiles)


def _keep_tiles(connection: Connection, rows: list[tuple[int, int, bytes]]) -> None:
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(ledger_tiles)
    keep = insert.on_conflict_do_update(
        index_elements=["level", "place"], set_={"hashes": insert.excluded.hashes}
    )
    connection.execute(keep, [{"level": one, "place": two, "hashes": three} for one, two, three in rows])


def proven(store: Store, log: Log, event_id: bytes, *, now: int) -> Proof:
    """The proof that an event is in the log; if it waits, it gets its place now, and all others with it.

    This is how a receipt gets its proof: whoever comes first does it for everyone who waits.

    Raises:
        as `sequence` and `prove`.
    """
    while True:
        proof = prove(store, event_id)
        if proof is not None:
            return proof
        _place(store, log, event_id, now)
        # The proof is read when the lock is free again: nobody waits for that.


def entered(store: Store, log: Log, event_id: bytes, *, now: int) -> LedgerReceipt:
    """The receipt of an event, with its proof; if it waits, it gets its place now. Raises as `proven`."""
    while True:
        found = receipt(store, event_id)
        if found.proof is not None:
            return found
        _place(store, log, event_id, now)


def _place(store: Store, log: Log, event_id: bytes, now: int) -> None:
    with store.begin() as connection:
        store.lock(connection, LOCK)
        if _waits(connection, event_id):  # else another has done it while this waited for the lock
            _sequence(connection, log, now, SEQUENCE_GROUP)


def _waits(connection: Connection, event_id: bytes) -> bool:
    mine = select(events.c.id).where(events.c.event_id == event_id, events.c.leaf.is_(None))
    return connection.execute(mine).first() is not None


def keep_cosigned(store: Store, note: Note) -> None:
    """Keep a cosigned checkpoint of this store's log, if it is not older than the one kept.

    Raises:
        UsageError: of another log, or of a size that the log never had.
    """
    stated = parse_text(note.text)
    with store.begin() as connection:
        store.lock(connection, LOCK)
        head = head_of(connection)
        known = head is not None and stated.origin == head.checkpoint.origin
        if head is None or not known or stated.size > head.checkpoint.size:
            raise UsageError("That checkpoint is not one of this store's log.")
        if head.cosigned is None or parse_text(head.cosigned.text).size <= stated.size:
            connection.execute(ledger_heads.update().values(cosigned=note.encode()))
