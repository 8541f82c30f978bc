"""The first entry in which two trees differ is found and proven, wherever it lies."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.errors import LedgerMalformed, LedgerTampered
from moiety.ledger.checkpoint import Checkpoint
from moiety.ledger.difference import first_difference, forked_at
from moiety.ledger.growth import grow
from moiety.ledger.merkle import leaf_hash
from moiety.ledger.tiles import Tile, TileTree

MOST: Final = 700
LEAVES: Final = [leaf_hash(str(one).encode()) for one in range(MOST)]
OTHER: Final = leaf_hash(b"another")


class Tiles:
    """The tiles of a tree in memory, which can be altered, and which count how many are read."""

    def __init__(self, leaves: list[bytes]) -> None:
        growth = grow(0, leaves, dict[Tile, bytes]().__getitem__)
        self.held = {(tile.level, tile.index): data for tile, data in growth.tiles.items()}
        self.checkpoint = Checkpoint("log.example/1", growth.size, growth.root)
        self.read: list[Tile] = []

    def tree(self) -> TileTree:
        def read(tile: Tile) -> bytes:
            self.read.append(tile)
            return self.held[tile.level, tile.index][: 32 * tile.width]

        return TileTree(self.checkpoint.size, read)


def changed(leaves: list[bytes], at: int) -> list[bytes]:
    return [*leaves[:at], OTHER, *leaves[at + 1 :]]


@given(st.integers(1, MOST), st.integers(1, MOST), st.data())
@settings(max_examples=60, deadline=None)
def test_the_first_changed_entry_is_named(before: int, now: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, before - 1))
    later = data.draw(st.integers(at, now - 1)) if at < now else 0
    held = Tiles(LEAVES[:before])
    assert forked_at(held.tree(), held.checkpoint, Tiles(LEAVES[:now]).tree(), held.checkpoint) is None
    if at >= now:
        return
    shown = Tiles(changed(changed(LEAVES[:now], later), at))
    assert forked_at(held.tree(), held.checkpoint, shown.tree(), shown.checkpoint) == at
    assert forked_at(shown.tree(), shown.checkpoint, held.tree(), held.checkpoint) == at


def test_it_takes_few_tiles() -> None:
    many = [leaf_hash(one.to_bytes(4, "big")) for one in range(70_000)]
    held, shown = Tiles(many), Tiles(changed(many, 66_000))
    assert first_difference(held.tree(), shown.tree()) == 66_000
    assert len(shown.read) <= 4, "of 276 tiles"


def test_tiles_that_do_not_lead_to_the_signed_root_name_nobody() -> None:
    held, shown = Tiles(LEAVES[:300]), Tiles(changed(LEAVES[:400], 7))
    with pytest.raises(LedgerTampered, match="log of 400 entries do not lead to the root"):
        other = replace(shown.checkpoint, root=bytes(32))
        forked_at(held.tree(), held.checkpoint, shown.tree(), other)
    # Whoever forked entry 7 shows true upper tiles, and a leaf tile that blames another entry.
    blamed = Tiles(changed(LEAVES[:400], 9))
    shown.held[0, 0] = blamed.held[0, 0]
    with pytest.raises(LedgerTampered):
        forked_at(held.tree(), held.checkpoint, shown.tree(), shown.checkpoint)
    shown.held[0, 0] = held.held[0, 0]
    with pytest.raises(LedgerTampered):
        forked_at(held.tree(), held.checkpoint, shown.tree(), shown.checkpoint)
    shown.held[0, 0] = b"short"
    with pytest.raises(LedgerMalformed):
        forked_at(held.tree(), held.checkpoint, shown.tree(), shown.checkpoint)
