"""The first entry in which two trees differ, found from their tiles, and proven under both roots.

From the top down, into the half that differs: of a million entries it takes some ten tiles. A tile that does
not belong to its tree's root could name a wrong entry; so what was found has to lead to both roots.
"""

from __future__ import annotations

from moiety.errors import LedgerRefused, LedgerTampered
from moiety.ledger.checkpoint import Checkpoint
from moiety.ledger.merkle import root_follows
from moiety.ledger.tiles import TileTree


def first_difference(held: TileTree, shown: TileTree) -> int | None:
    """The index of the first leaf in which two trees differ, as far as both go; None if in none.

    Raises:
        LedgerMalformed: a tile is missing, or has another length than its tree demands.
        LedgerTampered: the tiles of one of them contradict each other.
    """
    start, end = 0, min(held.size, shown.size)
    while start < end:
        level = (end - start).bit_length() - 1
        # `start` is always a multiple of this: trees split at powers of two, the largest first.
        if held.node(level, start >> level) != shown.node(level, start >> level):
            return _within(held, shown, level, start >> level)
        start += 1 << level
    return None


def _within(held: TileTree, shown: TileTree, level: int, index: int) -> int:
    while level:
        level, index = level - 1, 2 * index
        if held.node(level, index) == shown.node(level, index):
            index += 1
            if held.node(level, index) == shown.node(level, index):
                raise LedgerTampered(f"The tiles over entry {index << level} contradict each other.")
    return index


def forked_at(held: TileTree, before: Checkpoint, shown: TileTree, now: Checkpoint) -> int | None:
    """The first entry that is another one under `now` than it was under `before`; None where none is.

    What is named is proven: both its hashes lead to the two roots.

    Raises:
        LedgerRefused: the tiles of one of them are missing, or do not lead to its root.
    """
    index = first_difference(held, shown)
    if index is None:
        return None
    for tree, checkpoint in ((held, before), (shown, now)):
        if not _leads(tree, checkpoint, index):
            raise LedgerTampered(
                f"The tiles of the log of {checkpoint.size} entries do not lead to the root that was signed."
            )
    return index


def _leads(tree: TileTree, checkpoint: Checkpoint, index: int) -> bool:
    try:
        proof = tree.inclusion(index)
    except LedgerRefused:
        return False
    return root_follows(index, checkpoint.size, checkpoint.root, tree.node(0, index), proof)
