"""Checking a whole log, offline: every entry, every tile, the root, the signature, the bodies that are shown.

What was altered is named: the entry where one entry can be told, else the tile and the entries under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moiety.errors import LedgerForked, LedgerRefused, LedgerTampered
from moiety.ledger.checkpoint import Checkpoint, open_checkpoint
from moiety.ledger.event import require_body
from moiety.ledger.folder import LogSource
from moiety.ledger.merkle import (
    Node,
    consistency_proof,
    fold,
    inclusion_proof,
    leaf_hash,
    require_consistent,
    root_follows,
    tree_root,
)
from moiety.ledger.note import Note, NoteKey
from moiety.ledger.parameters import TILE_HEIGHT, TILE_WIDTH
from moiety.ledger.tiles import Tile, TileTree, bundles_of, decode_bundle, hashes_in, tiles_of


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked: the checkpoint, and how many bodies were shown and held."""

    checkpoint: Checkpoint
    note: Note
    bodies: int

    @property
    def without_body(self) -> int:
        """Entries whose body is not here: erased, or not shown."""
        return self.checkpoint.size - self.bodies


def audit(source: LogSource, keys: Sequence[NoteKey], *, since: bytes | None = None) -> Audit:
    """Check a whole log against its signed checkpoint, and against one that was kept from before.

    Raises:
        LedgerTampered: naming the entry, tile or signature that does not hold.
        LedgerForked: the log does not continue the checkpoint `since`.
        LedgerMalformed: something is missing, or does not decode.
    """
    checkpoint, note = open_checkpoint(source.checkpoint(), keys)
    levels = _checked_levels(source, checkpoint)
    if _root(levels, checkpoint.size) != checkpoint.root:
        raise LedgerTampered(
            f"The entries 0 to {checkpoint.size - 1} and their tiles do not give the root that was signed."
        )
    if since is not None:
        _require_continues(levels, checkpoint, open_checkpoint(since, keys)[0])
    return Audit(checkpoint, note, _checked_bodies(source, checkpoint.size))


def _checked_levels(source: LogSource, checkpoint: Checkpoint) -> list[list[bytes]]:
    """The hashes of every tile level, computed from the entries and compared with the tiles."""
    row: list[bytes] = []
    for bundle in bundles_of(checkpoint.size):
        row += map(leaf_hash, decode_bundle(source.read(bundle), bundle))
    levels: list[list[bytes]] = []
    while row:
        levels.append(row)
        whole = len(row) - len(row) % TILE_WIDTH
        row = [fold(row[at : at + TILE_WIDTH]) for at in range(0, whole, TILE_WIDTH)]
    for tile in tiles_of(checkpoint.size):
        start = tile.index * TILE_WIDTH
        computed = levels[tile.level][start : start + tile.width]
        if hashes_in(source.read(tile), tile) != computed:
            _explain(source, checkpoint, tile, computed)
    return levels


def _explain(source: LogSource, checkpoint: Checkpoint, tile: Tile, computed: list[bytes]) -> None:
    """Say which of the two was altered, the tile or what lies under it, by asking which leads to the root."""
    held = hashes_in(source.read(tile), tile)
    at = next(at for at, pair in enumerate(zip(held, computed, strict=True)) if pair[0] != pair[1])
    span = TILE_WIDTH**tile.level
    first = (tile.index * TILE_WIDTH + at) * span
    if tile.level > 0:
        under = f"the entries {first} to {first + span - 1}"
        raise LedgerTampered(f"{tile.path} was altered: its hash over {under} does not follow.")
    tree = TileTree(checkpoint.size, source.read)
    try:
        proof = inclusion_proof(first, checkpoint.size, tree.node)
    except LedgerRefused:
        proof = ()  # a tile above is damaged too
    size, root = checkpoint.size, checkpoint.root
    if root_follows(first, size, root, held[at], proof):
        raise LedgerTampered(f"Entry {first} was altered: its hash is not the one in the tree.")
    if root_follows(first, size, root, computed[at], proof):
        raise LedgerTampered(f"{tile.path} was altered: its hash of entry {first} is another's.")
    raise LedgerTampered(
        f"Entry {first} and {tile.path} contradict each other, and neither leads to the root that was signed."
    )


def _root(levels: list[list[bytes]], size: int) -> bytes:
    return tree_root(size, _node(levels))


def _node(levels: list[list[bytes]]) -> Node:
    def node(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, TILE_HEIGHT)
        start = index << above
        return fold(levels[tile_level][start : start + (1 << above)])

    return node


def _require_continues(levels: list[list[bytes]], now: Checkpoint, before: Checkpoint) -> None:
    if before.origin != now.origin:
        raise LedgerForked(f"The checkpoint from before is of another log, {before.origin!r}.")
    if before.size > now.size:
        gone = f"the entries {now.size} to {before.size - 1}"
        raise LedgerForked(f"The log was cut: {gone} of the checkpoint from before are gone.")
    node = _node(levels)
    try:
        proof = consistency_proof(before.size, now.size, node)
        require_consistent(before.size, now.size, before.root, now.root, proof)
    except LedgerTampered as error:
        raise LedgerForked(
            f"The log was rewritten: an entry from 0 to {before.size - 1} is not what it was in the "
            "checkpoint from before."
        ) from error


def _checked_bodies(source: LogSource, size: int) -> int:
    count, bundle, entries = 0, Tile(0, -1), list[bytes]()
    for event in source.disclosed():
        if not 0 <= event.index < size:
            raise LedgerTampered(f"There is a body for entry {event.index}, which the log does not have.")
        index, at = divmod(event.index, TILE_WIDTH)
        if bundle.index != index:
            bundle = Tile(-1, index, min(TILE_WIDTH, size - index * TILE_WIDTH))
            entries = decode_bundle(source.read(bundle), bundle)
        require_body(event.index, entries[at], event.salt, event.data)
        count += 1
    return count


def first_difference(one: LogSource, other: LogSource, keys: Sequence[NoteKey]) -> int | None:
    """The first entry in which two logs differ, as far as both go; None if in none.

    Raises:
        LedgerMalformed: a bundle is missing or does not decode.
        LedgerTampered: no known key signed one of their checkpoints.
    """
    sizes = [open_checkpoint(log.checkpoint(), keys)[0].size for log in (one, other)]
    for mine, theirs in zip(bundles_of(sizes[0]), bundles_of(sizes[1]), strict=False):
        first, second = decode_bundle(one.read(mine), mine), decode_bundle(other.read(theirs), theirs)
        for at, entries in enumerate(zip(first, second, strict=False)):
            if entries[0] != entries[1]:
                return mine.index * TILE_WIDTH + at
    return None
