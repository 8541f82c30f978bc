"""The hashes of what a witness cosigned: with them it can say which entry a forked log has changed.

A checkpoint alone says only that something differs. So a witness that knows a log's address fetches the leaf
hashes (32 bytes an entry, no bodies), proves them by the root that it is about to cosign, and keeps them as
C2SP tiles. They are written before the checkpoint that they belong to, and a full tile never changes: what a
crash leaves behind, are the tiles of the checkpoint that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moiety.errors import LedgerMalformed, LedgerRefused, LedgerTampered
from moiety.ledger.checkpoint import Checkpoint
from moiety.ledger.difference import forked_at
from moiety.ledger.folder import FolderLog
from moiety.ledger.growth import grow
from moiety.ledger.parameters import TILE_WIDTH
from moiety.ledger.tiles import Tile, TileTree, hashes_in
from moiety.witness.source import ReadTile


@dataclass(frozen=True, slots=True)
class Holding:
    """The tiles that a witness keeps of one log, in a folder of their own."""

    place: Path

    def tree(self, checkpoint: Checkpoint) -> TileTree:
        """The tree of a checkpoint that was cosigned."""
        return TileTree(checkpoint.size, FolderLog(self.place).read)

    def holds(self, checkpoint: Checkpoint) -> bool:
        """Whether the tiles of this checkpoint are kept: its right edge leads to its root."""
        try:
            return self.tree(checkpoint).root() == checkpoint.root
        except LedgerRefused:
            return False

    def extend(self, seen: Checkpoint | None, stated: Checkpoint, read: ReadTile) -> None:
        """Fetch and keep the tiles of a checkpoint that continues the one that was seen last.

        Raises:
            StoreUnavailable: the log does not show them.
            LedgerTampered: what it shows does not give the root that it signed; nothing is kept.
            StorageError: the disk refused.
        """
        if self.holds(stated):
            return
        start = seen.size if seen is not None and self.holds(seen) else 0
        leaves: list[bytes] = []
        for index in range(start // TILE_WIDTH, -(-stated.size // TILE_WIDTH)):
            tile = Tile(0, index, min(TILE_WIDTH, stated.size - index * TILE_WIDTH))
            leaves += hashes_in(read(tile), tile)[max(0, start - index * TILE_WIDTH) :]
        folder = FolderLog(self.place)
        growth = grow(start, leaves, folder.read)
        if growth.root != stated.root:
            raise LedgerTampered(
                f"The tiles that the log shows do not give its root of {stated.size} entries."
            )
        for tile, data in growth.tiles.items():
            folder.write(tile, data)

    def forked_at(self, seen: Checkpoint, stated: Checkpoint, read: ReadTile) -> int | None:
        """The first entry that is not the one that was cosigned; None where the shown tree continues it.

        Raises:
            StoreUnavailable: the log does not show the tiles of its new checkpoint.
            LedgerRefused: they do not lead to its root, or those that were kept are gone.
        """
        if not self.holds(seen):
            raise LedgerMalformed(f"The hashes of the {seen.size} entries that were cosigned are not here.")
        return forked_at(self.tree(seen), seen, TileTree(stated.size, read), stated)
