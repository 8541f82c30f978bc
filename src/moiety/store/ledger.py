"""Sequencing: events that wait get their places in the tree, in groups, one process at a time.

One transaction gives the places, stores the tiles that changed and signs the checkpoint: all of it is
durable, or none. A checkpoint leaves this module only after its transaction has ended well, so that nothing
was ever shown that a crash takes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from moiety.errors import LedgerForked, UsageError
from moiety.keys import Signer
from moiety.ledger.checkpoint import Checkpoint, parse_text, sign_checkpoint
from moiety.ledger.growth import Growth, grow
from moiety.ledger.merkle import EMPTY_ROOT, leaf_hash
from moiety.ledger.note import Note, NoteVerifier
from moiety.ledger.proof import Proof
from moiety.ledger.receipt import LedgerReceipt
from moiety.ledger.tiles import Tile, TileTree
from moiety.store.engine import Store, afterwards
from moiety.store.known_head import KnownHead
from moiety.store.ledger_reading import Head, StoreLog, head_and_edge, head_of, prove
from moiety.store.parameters import SEQUENCE_GROUP
from moiety.store.tables.events import events
from moiety.store.tables.ledger import ledger_heads, ledger_tiles
from moiety.store.together import Write, named, together, values_of

LOCK: Final = "moiety/ledger"


@dataclass(frozen=True, slots=True)
class Log:
    """A log that this process may extend: its origin, its key, and what its home knows that it signed."""

    origin: str
    signer: Signer = field(repr=False)
    known: KnownHead | None = None

    @property
    def verifier(self) -> NoteVerifier:
        """What checks its checkpoints."""
        return NoteVerifier(self.origin, self.signer.verifying_key)


@dataclass(frozen=True, slots=True)
class Placed:
    """What one transaction has placed. Nothing of it may be shown before that transaction has ended well.

    Attributes:
        head: the newest checkpoint; None where there has never been an event.
        leaves: the events that got their places now, by identifier.
    """

    head: Head | None
    leaves: Mapping[bytes, int] = field(default_factory=dict)
    _tiles: Mapping[Tile, bytes] = field(default_factory=dict, repr=False)

    def complete(self, waiting: LedgerReceipt) -> LedgerReceipt:
        """The receipt with its proof, from what was just written; as it was, if its event is not among it."""
        leaf = self.leaves.get(waiting.identifier)
        if leaf is None or self.head is None:
            return waiting
        tree = TileTree(self.head.checkpoint.size, self._tiles.__getitem__)
        return replace(waiting, proof=Proof(leaf, tree.inclusion(leaf), self.head.best))


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
        return _sequence(connection, log, now, group).head


def place(connection: Connection, log: Log, *, now: int) -> Placed:
    """Give all waiting events their places at the end of a transaction that has just recorded some.

    It holds `LOCK`: where another process does, the events wait, and whoever comes next does it for many at
    once. Raises as `sequence`; the transaction around is then lost.
    """
    return _sequence(connection, log, now, SEQUENCE_GROUP)


def _sequence(connection: Connection, log: Log, now: int, group: int) -> Placed:
    head, edge = head_and_edge(connection)
    if head is not None and head.checkpoint.origin != log.origin:
        raise UsageError(
            f"This store holds the log {head.checkpoint.origin!r}, not {log.origin!r}.",
            remedy="Extend a log under its own origin and key only.",
        )
    before = Checkpoint(log.origin, 0, EMPTY_ROOT) if head is None else head.checkpoint
    rows = sorted(
        connection.execute(_PLACE, {"before": before.size - 1, "most": group}), key=lambda row: row.leaf
    )
    if not rows:
        return Placed(head)
    if log.known is not None:
        log.known.require(before, lambda size: StoreLog(connection).tree().root(size))
    growth = grow(before.size, [leaf_hash(bytes(row.commitment)) for row in rows], edge.__getitem__)
    leaves = {bytes(row.event_id): row.leaf for row in rows}
    return Placed(_extend(connection, log, before, head, growth, now), leaves, {**edge, **growth.tiles})


_WAITING: Final = (
    select(
        events.c.id,
        (sa.func.row_number().over(order_by=events.c.id) + sa.bindparam("before", type_=sa.BigInteger)).label(
            "place"
        ),
    )
    .where(events.c.leaf.is_(None))
    .order_by(events.c.id)
    .limit(sa.bindparam("most"))
    .subquery()
)
_PLACE: Final = (
    sa.update(events)
    .where(events.c.id == _WAITING.c.id)
    .values(leaf=_WAITING.c.place)
    .returning(events.c.leaf, events.c.event_id, events.c.commitment)
)
"""Numbers the waiting events in the order of their recording."""


def sequence_all(store: Store, log: Log, *, now: int) -> Head | None:
    """Give all waiting events their places, group after group. Raises as `sequence`."""
    while True:
        head = sequence(store, log, now=now)
        with store.reading() as connection:
            waiting = connection.execute(select(events.c.id).where(events.c.leaf.is_(None)).limit(1)).first()
        if waiting is None:
            return head


def _extend(
    connection: Connection, log: Log, before: Checkpoint, head: Head | None, growth: Growth, now: int
) -> Head:
    keep = _KEEP_TILE[connection.dialect.name]
    rows = [
        values_of(ledger_tiles, {"level": one.level, "place": one.index, "hashes": data})
        for one, data in growth.tiles.items()
    ]
    beside = [Write(keep, one) for one in rows] if len(rows) == 1 and head is not None else []
    if not beside:
        connection.execute(keep, rows)
    checkpoint = Checkpoint(log.origin, growth.size, growth.root)
    note = sign_checkpoint(checkpoint, log.signer)
    values = {"size": growth.size, "note": note.encode(), "signed_at": now}
    if head is None:
        connection.execute(ledger_heads.insert().values(number=1, origin=log.origin, cosigned=None, **values))
    elif together(connection, Write(_MOVE_HEAD, {**values, "before": before.size}), *beside).rowcount != 1:
        # The lock alone should do; this makes sure that no tree is ever extended twice from one place.
        raise LedgerForked(f"The log was extended from entry {before.size} by another process meanwhile.")
    if log.known is not None:
        afterwards(connection, partial(log.known.note, note))
    return Head(checkpoint, note, None if head is None else head.cosigned, now)


_KEEP_TILE: Final = {
    name: one.on_conflict_do_update(index_elements=["level", "place"], set_={"hashes": one.excluded.hashes})
    for name, one in (
        ("sqlite", sqlite.insert(ledger_tiles).values(named(ledger_tiles))),
        ("postgresql", postgresql.insert(ledger_tiles).values(named(ledger_tiles))),
    )
}
_MOVE_HEAD: Final = (
    ledger_heads.update()
    .where(ledger_heads.c.size == sa.bindparam("before"))
    .values({name: sa.bindparam(name) for name in ("size", "note", "signed_at")})
)


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


def entered(store: Store, log: Log, waiting: LedgerReceipt, *, now: int) -> LedgerReceipt:
    """The receipt of an event, with its proof; if it waits, it gets its place now. Raises as `proven`."""
    while True:
        placed = _place(store, log, waiting.identifier, now)
        done = waiting if placed is None else placed.complete(waiting)
        if done.proof is None:
            done = replace(waiting, proof=prove(store, waiting.identifier))
        if done.proof is not None:
            return done


def _place(store: Store, log: Log, event_id: bytes, now: int) -> Placed | None:
    with store.begin() as connection:
        store.lock(connection, LOCK)
        # Else another has done it while this waited for the lock.
        return _sequence(connection, log, now, SEQUENCE_GROUP) if _waits(connection, event_id) else None


def _waits(connection: Connection, event_id: bytes) -> bool:
    return connection.execute(_IT_WAITS, {"of": event_id}).first() is not None


_IT_WAITS: Final = select(events.c.id).where(events.c.event_id == sa.bindparam("of"), events.c.leaf.is_(None))


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
