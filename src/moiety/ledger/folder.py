"""A log as files: C2SP's layout in a folder that any web server can serve, and events for an auditor.

log/
  checkpoint            the signed note
  tile/...              hashes and entries, as C2SP lays them out
  events.jsonl          only where asked for: the bodies and salts of events that were not erased
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from moiety.errors import DocumentUnreadable, LedgerMalformed
from moiety.files import make_folder, read_bounded, write_atomically
from moiety.ledger.note import parse
from moiety.ledger.parameters import MAX_BODY_BYTES, MAX_NOTE_BYTES, SALT_BYTES, TILE_WIDTH
from moiety.ledger.tiles import Tile

MAX_BUNDLE_BYTES: Final = TILE_WIDTH * (2 + 0xFFFF)
_MAX_LINE: Final = 2 * (MAX_BODY_BYTES + SALT_BYTES) + 256


class LogSource(Protocol):
    """Wherever a log is read from: a folder, a database."""

    def checkpoint(self) -> bytes:
        """The newest checkpoint."""
        ...

    def read(self, tile: Tile) -> bytes:
        """The bytes of a tile or of an entry bundle. Raises LedgerMalformed where it is missing."""
        ...

    def disclosed(self) -> Iterator[Disclosed]:
        """The events whose bodies are there, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An event's body and salt, shown to whoever audits: `data` is its canonical form."""

    index: int
    salt: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class FolderLog:
    """A log in a folder."""

    place: Path

    def checkpoint(self) -> bytes:
        """The newest checkpoint.

        Raises:
            DocumentUnreadable: there is none.
        """
        file = self.place / "checkpoint"
        if not file.exists():
            reason = (
                "holds no log" if self.place.is_dir() else "isn't a folder" if self.place.exists() else ""
            )
            raise DocumentUnreadable(
                f"{self.place.name!r} {reason or 'does not exist'}.",
                remedy="Give the folder that moiety ledger publish wrote: it has a file called checkpoint.",
            )
        return read_bounded(file, MAX_NOTE_BYTES, what="checkpoint")

    def read(self, tile: Tile) -> bytes:
        """The bytes of a tile, or of the full one that has replaced it.

        Raises:
            LedgerMalformed: it is missing.
        """
        for path in (tile.path, Tile(tile.level, tile.index).path):
            file = self.place / path
            if file.is_file():
                data = read_bounded(file, MAX_BUNDLE_BYTES, what="tile")
                return data if path == tile.path else _head(data, tile)
        raise LedgerMalformed(f"{tile.path} is missing.")

    def disclosed(self) -> Iterator[Disclosed]:
        """The events whose bodies lie here.

        Raises:
            LedgerMalformed: a line is no event.
        """
        file = self.place / "events.jsonl"
        if not file.is_file():
            return
        with file.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(_MAX_LINE + 1), b""), 1):
                yield _disclosed(line, number)

    def write(self, tile: Tile, data: bytes) -> None:
        """Write a tile; a full one takes the partial ones of its place away.

        Raises:
            StorageError: the disk refused.
        """
        file = self.place / tile.path
        make_folder(file.parent)
        write_atomically(file, data)
        if tile.width == TILE_WIDTH:
            partial = file.with_name(file.name + ".p")
            if partial.is_dir():
                for one in partial.iterdir():
                    one.unlink()
                partial.rmdir()

    def write_checkpoint(self, note: bytes) -> None:
        """Write the checkpoint, after the tiles that it needs.

        Raises:
            StorageError: the disk refused.
        """
        write_atomically(self.place / "checkpoint", note)

    def write_disclosed(self, events: Iterable[Disclosed]) -> int:
        """Write the bodies for an auditor; how many. They are readable by their owner alone.

        Raises:
            StorageError: the disk refused.
        """
        lines = [
            json.dumps({"event": one.data.decode(), "index": one.index, "salt": one.salt.hex()})
            for one in events
        ]
        write_atomically(
            self.place / "events.jsonl", "".join(f"{one}\n" for one in lines).encode(), mode=0o600
        )
        return len(lines)


def _head(data: bytes, tile: Tile) -> bytes:
    """The first entries or hashes of a full tile."""
    if tile.level >= 0:
        return data[: tile.width * 32]
    at = 0
    for _ in range(tile.width):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return data[:at]


def _disclosed(line: bytes, number: int) -> Disclosed:
    try:
        row: Any = json.loads(line) if len(line) <= _MAX_LINE else None
        if (
            not isinstance(row, dict)
            or set(row) != {"event", "index", "salt"}
            or type(row["index"]) is not int
        ):
            raise ValueError
        return Disclosed(row["index"], bytes.fromhex(row["salt"]), row["event"].encode())
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LedgerMalformed(f"Line {number} of events.jsonl is no event.") from error


def read_checkpoint(path: Path) -> bytes:
    """A checkpoint file that was kept from before.

    Raises:
        DocumentUnreadable: missing, too large, or another kind of file: that accuses nobody.
    """
    if path.is_dir():
        return FolderLog(path).checkpoint()
    data = read_bounded(path, MAX_NOTE_BYTES, what="checkpoint", error=DocumentUnreadable)
    try:
        parse(data)
    except LedgerMalformed as error:
        raise DocumentUnreadable(
            f"{path.name!r} isn't a checkpoint.", remedy="Give a checkpoint that you kept from before."
        ) from error
    return data
