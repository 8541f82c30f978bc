"""Reading the ledger in a store: the newest checkpoint, tiles, proofs, and the whole log for checking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, literal_column, or_, select

from moiety.errors import LedgerMalformed, NotFound
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, parse_text
from moiety.ledger.folder import Disclosed
from moiety.ledger.note import Note
from moiety.ledger.parameters import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH
from moiety.ledger.proof import Proof
from moiety.ledger.receipt import LedgerReceipt
from moiety.ledger.tiles import ENTRIES, Tile, TileTree, encode_bundle, tiles_for
from moiety.store.engine import Store
from moiety.store.tables.events import events
from moiety.store.tables.ledger import ledger_heads, ledger_tiles

_REMEDY: Final = "Check the identifier: the answer of the ceremony and its receipt state it."
_PAGE: Final = 4096  # events read at once


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint, as it was stored."""

    checkpoint: Checkpoint
    note: Note
    cosigned: Note | None
    signed_at: int

    @property
    def best(self) -> Note:
        """The newest checkpoint, with the witness's cosignature where it has one already."""
        seen = self.cosigned
        return self.note if seen is None or seen.text != self.note.text else seen


def head_of(connection: Connection) -> Head | None:
    """The newest checkpoint of this store; None before the first group."""
    row = connection.execute(_HEAD).one_or_none()
    return None if row is None else _read(row)


_HEAD: Final = select(ledger_heads)


def _read(row: Row[Any]) -> Head:
    note = notes.parse(row.note)
    cosigned = None if row.cosigned is None else notes.parse(row.cosigned)
    return Head(parse_text(note.text), note, cosigned, row.signed_at)


def waiting(connection: Connection) -> int:
    """How many events no checkpoint covers yet."""
    query = select(func.count()).select_from(events).where(events.c.leaf.is_(None))
    return int(connection.execute(query).scalar_one())


def head_and_edge(connection: Connection) -> tuple[Head | None, dict[Tile, bytes]]:
    """The newest checkpoint and the partial tiles of its tree, in one look.

    Raises:
        LedgerMalformed: a tile is missing.
    """
    rows = connection.execute(_EDGE).all()
    if not rows:
        return None, {}
    head = _read(rows[0])
    held = {(row.level, row.place): bytes(row.hashes) for row in rows if row.level is not None}
    wanted = []
    for level in range(_LEVELS):
        index, width = divmod(head.checkpoint.size >> (TILE_HEIGHT * level), TILE_WIDTH)
        if width:
            wanted.append(Tile(level, index, width))
    return head, _cut(held, wanted)


_LEVELS: Final = 8  # 256**8 entries: more than MAX_SIZE
_EDGE: Final = select(ledger_heads, ledger_tiles).join_from(
    ledger_heads,
    ledger_tiles,
    or_(
        *(
            and_(
                ledger_tiles.c.level == level,
                ledger_tiles.c.place
                == ledger_heads.c.size.op(">>")(literal_column(f"{TILE_HEIGHT * (level + 1)}")),
            )
            for level in range(_LEVELS)
        )
    ),
    isouter=True,
)


def tiles_in(connection: Connection, tiles: Sequence[Tile]) -> dict[Tile, bytes]:
    """The bytes of some tiles, each cut to its width.

    Raises:
        LedgerMalformed: one is missing.
    """
    if not tiles:
        return {}
    places = or_(
        *(and_(ledger_tiles.c.level == one.level, ledger_tiles.c.place == one.index) for one in tiles)
    )
    rows = connection.execute(select(ledger_tiles).where(places))
    held = {(row.level, row.place): bytes(row.hashes) for row in rows}
    return _cut(held, tiles)


def _cut(held: Mapping[tuple[int, int], bytes], tiles: Sequence[Tile]) -> dict[Tile, bytes]:
    missing = next((one for one in tiles if (one.level, one.index) not in held), None)
    if missing is not None:
        raise LedgerMalformed(f"{missing.path} is missing from the store.")
    return {one: held[one.level, one.index][: one.width * HASH_BYTES] for one in tiles}


def prove(store: Store, event_id: bytes) -> Proof | None:
    """The proof that an event is in the log, under the newest checkpoint; None while it waits.

    Raises:
        NotFound: there is no such event.
    """
    with store.reading() as connection:
        return proof_in(connection, event_id)


def proof_in(connection: Connection, event_id: bytes) -> Proof | None:
    """As `prove`, inside a transaction."""
    row = connection.execute(select(events.c.leaf).where(events.c.event_id == event_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such event.", remedy=_REMEDY)
    head = None if row.leaf is None else head_of(connection)
    if head is None:
        return None
    size = head.checkpoint.size
    held = tiles_in(connection, tiles_for(row.leaf, size))
    return Proof(row.leaf, TileTree(size, held.__getitem__).inclusion(row.leaf), head.best)


def receipt(store: Store, event_id: bytes) -> LedgerReceipt:
    """What an event says, its salt, and its proof under the newest checkpoint; no proof while it waits.

    Raises:
        NotFound: there is no such event, or its body was erased.
    """
    with store.reading() as connection:
        mine = select(events.c.salt, events.c.body).where(events.c.event_id == event_id)
        row = connection.execute(mine).one_or_none()
        if row is None or row.salt is None or row.body is None:
            raise NotFound("There is no such event, or its body was erased.", remedy=_REMEDY)
        proof = proof_in(connection, event_id)
    return LedgerReceipt(event_id, bytes(row.body), bytes(row.salt), proof)


def commitment_of(connection: Connection, event_id: bytes) -> bytes:
    """The leaf entry of an event.

    Raises:
        NotFound: there is no such event.
    """
    found = connection.execute(select(events.c.commitment).where(events.c.event_id == event_id)).scalar()
    if found is None:
        raise NotFound("There is no such event.", remedy=_REMEDY)
    return bytes(found)


@dataclass(frozen=True, slots=True)
class StoreLog:
    """The log in a store, as it is read for checking and publishing, in one transaction.

    Where that transaction sees what others commit meanwhile, tiles have grown and are cut to what is asked.
    """

    connection: Connection = field(repr=False)

    def checkpoint(self) -> bytes:
        """The newest checkpoint, cosigned where it was.

        Raises:
            NotFound: there has never been an event.
        """
        return self.head().best.encode()

    def head(self) -> Head:
        """The newest checkpoint and what is known of it.

        Raises:
            NotFound: there has never been an event.
        """
        head = head_of(self.connection)
        if head is None:
            raise NotFound("The log is empty: there is no checkpoint yet.")
        return head

    def tree(self) -> TileTree:
        """The tree under the newest checkpoint."""
        return TileTree(self.head().checkpoint.size, self.read)

    def read(self, tile: Tile) -> bytes:
        """The bytes of a tile or of an entry bundle.

        Raises:
            LedgerMalformed: it is missing.
        """
        if tile.level != ENTRIES:
            return tiles_in(self.connection, [tile])[tile]
        first = tile.index * TILE_WIDTH
        span = events.c.leaf.between(first, first + tile.width - 1)
        rows = self.connection.execute(
            select(events.c.leaf, events.c.commitment).where(span).order_by(events.c.leaf)
        ).all()
        for expected, row in enumerate(rows, first):
            if row.leaf != expected:
                raise LedgerMalformed(f"Entry {expected} is missing from the store.")
        if len(rows) < tile.width:
            raise LedgerMalformed(f"Entry {first + len(rows)} is missing from the store.")
        return encode_bundle([bytes(row.commitment) for row in rows])

    def disclosed(self) -> Iterator[Disclosed]:
        """The events whose bodies were not erased, in the order of their places."""
        size = self.head().checkpoint.size
        there = and_(events.c.leaf < size, events.c.body.is_not(None), events.c.salt.is_not(None))
        wanted = select(events.c.leaf, events.c.salt, events.c.body).where(there).order_by(events.c.leaf)
        for start in range(0, size, _PAGE):
            page = wanted.where(events.c.leaf.between(start, start + _PAGE - 1))
            for row in self.connection.execute(page).all():
                yield Disclosed(row.leaf, bytes(row.salt), bytes(row.body))
