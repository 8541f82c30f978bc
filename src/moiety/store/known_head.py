"""The newest checkpoint that this home signed, kept in the home and apart from the database.

A database that was restored from an older backup has forgotten entries whose checkpoint may be out in the
world. To extend it would sign a second tree of the same size with the same key: a fork, with this home's
signature as the proof. So the log is extended only where the database still holds what was signed before.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moiety.errors import HomeError, LedgerForked, LedgerMalformed
from moiety.files import read_bounded
from moiety.keys import PRIVATE_FILE_MODE
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, parse_text
from moiety.ledger.note import Note
from moiety.ledger.parameters import MAX_NOTE_BYTES

FILE_NAME: Final = "ledger.head"
LOGGER: Final = logging.getLogger("moiety.service")
_REMEDY: Final = (
    "Restore the newest state of the database, if there is one. Otherwise begin a new log: see "
    "docs/how-to/back-up-and-restore-the-service.md."
)


@dataclass(frozen=True, slots=True)
class KnownHead:
    """The file with that checkpoint."""

    file: Path

    def read(self, origin: str) -> Checkpoint | None:
        """The newest checkpoint of this log that was signed here; None of another log, or where none was.

        Raises:
            HomeError: it is damaged: a log that forgot what it signed must not sign.
        """
        if not self.file.exists():
            return None
        try:
            known = parse_text(notes.parse(read_bounded(self.file, MAX_NOTE_BYTES, what="checkpoint")).text)
        except LedgerMalformed as error:
            raise HomeError(f"{FILE_NAME} in the home is damaged.", remedy=_REMEDY) from error
        return known if known.origin == origin else None

    def require(self, before: Checkpoint, root_at: Callable[[int], bytes]) -> None:
        """Refuse to extend a tree that doesn't hold what was signed before.

        `root_at` gives the root of the tree's first entries, so many.

        Raises:
            LedgerForked: the database has fewer entries, or others.
        """
        known = self.read(before.origin)
        if known is None or known.size == 0:
            return
        if known.size > before.size:
            why = f"The database holds {before.size} entries of the log, but this home signed {known.size}."
        elif (before.root if known.size == before.size else root_at(known.size)) != known.root:
            why = f"The database holds other entries than the {known.size} that this home signed."
        else:
            return
        LOGGER.error("the log is not extended: %s", why)
        raise LedgerForked(f"{why} It was restored from an older backup.", remedy=_REMEDY)

    def note(self, signed: Note) -> None:
        """Keep a checkpoint whose transaction has ended well, unless a newer one is kept.

        The file is put in place at once, and not flushed: after a crash of the machine it may be older.
        """
        stated = parse_text(signed.text)
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            known = self.read(stated.origin)
            if known is None or known.size < stated.size:
                self._write(signed.encode())
        finally:
            os.close(folder)

    def _write(self, data: bytes) -> None:
        aside = self.file.with_name(f".{self.file.name}.{secrets.token_hex(8)}.tmp")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        aside.replace(self.file)
