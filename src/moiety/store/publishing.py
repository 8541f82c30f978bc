"""Publishing the log of a store as files that anyone can fetch, cache and check."""

from __future__ import annotations

from pathlib import Path

from moiety.errors import DocumentUnreadable, LedgerForked
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, parse_text
from moiety.ledger.difference import forked_at
from moiety.ledger.folder import FolderLog
from moiety.ledger.tiles import TileTree, bundles_of, tiles_of
from moiety.store.engine import Store
from moiety.store.ledger_reading import StoreLog


def publish(store: Store, place: Path, *, bodies: bool = False) -> Checkpoint:
    """Bring a folder to the newest checkpoint; what is there is not written again.

    With `bodies`, the events that were not erased go along, for an auditor who may see them.

    Raises:
        NotFound: there has never been an event.
        LedgerForked: the folder holds another log, or a longer one; the entry that differs is named.
        StorageError: the disk refused; the checkpoint in the folder is still one whose tiles are all there.
    """
    folder = FolderLog(place)
    with store.reading() as connection:
        log = StoreLog(connection)
        head = log.head()
        since = _published(folder)
        if since is not None and (
            since.origin != head.checkpoint.origin or since.size > head.checkpoint.size
        ):
            raise LedgerForked(
                f"The folder holds {since.size} entries of {since.origin!r}; the store holds "
                f"{head.checkpoint.size} of {head.checkpoint.origin!r}."
            )
        if since is not None:
            _require_continued(folder, since, log.tree(), head.checkpoint)
        have = 0 if since is None else since.size
        for tile in (
            *tiles_of(head.checkpoint.size, since=have),
            *bundles_of(head.checkpoint.size, since=have),
        ):
            folder.write(tile, log.read(tile))
        if bodies:
            folder.write_disclosed(log.disclosed())
        folder.write_checkpoint(head.best.encode())
    return head.checkpoint


def _require_continued(folder: FolderLog, since: Checkpoint, tree: TileTree, now: Checkpoint) -> None:
    """The store's log begins with what was published, or nothing of it is written over that."""
    if tree.root(since.size) == since.root:
        return
    index = forked_at(TileTree(since.size, folder.read), since, tree, now)
    raise LedgerForked(f"The folder holds another log: entry {index} of the store is not the one published.")


def _published(folder: FolderLog) -> Checkpoint | None:
    try:
        return parse_text(notes.parse(folder.checkpoint()).text)
    except DocumentUnreadable:
        return None
