"""Appending: leaf hashes in, the changed tiles and the new root out; reads the right edge only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from moiety.ledger.merkle import fold, tree_root
from moiety.ledger.parameters import TILE_HEIGHT, TILE_WIDTH
from moiety.ledger.tiles import Tile, TileTree


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree that grew: its new size and root, and the bytes of each tile that is new or longer."""

    size: int
    root: bytes
    tiles: Mapping[Tile, bytes]


def grow(size: int, leaves: Sequence[bytes], read: Callable[[Tile], bytes]) -> Growth:
    """Append leaf hashes to a tree of `size` leaves whose tiles `read` gives.

    Raises:
        LedgerMalformed: a tile on the right edge has another length than the size demands.
    """
    before = TileTree(size, read)
    new_size = size + len(leaves)
    changed: dict[Tile, bytes] = {}
    fresh: dict[tuple[int, int], list[bytes]] = {}
    added, level = list(leaves), 0
    while added:
        have = size >> (TILE_HEIGHT * level)
        index, filled = divmod(have, TILE_WIDTH)
        row = [*(before.tile(level, index) if filled else ()), *added]
        added = []
        for at in range(0, len(row), TILE_WIDTH):
            hashes = row[at : at + TILE_WIDTH]
            place = index + at // TILE_WIDTH
            fresh[level, place] = hashes
            changed[Tile(level, place, len(hashes))] = b"".join(hashes)
            if len(hashes) == TILE_WIDTH:
                added.append(fold(hashes))
        level += 1

    def node(node_level: int, node_index: int) -> bytes:
        tile_level, above = divmod(node_level, TILE_HEIGHT)
        start = node_index << above
        hashes = fresh.get((tile_level, start // TILE_WIDTH))
        if hashes is None:
            return before.node(node_level, node_index)
        first = start % TILE_WIDTH
        return fold(hashes[first : first + (1 << above)])

    return Growth(new_size, tree_root(new_size, node), changed)
