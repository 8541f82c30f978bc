"""How much a witness cosigned of each log, kept apart from its folder: a restored folder is then noticed.

A witness whose folder came back from an older copy has forgotten, and nothing in the folder can tell. So the
operator may name a file on another disk, or on a share, that no restore of the folder brings back.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moiety.errors import HomeError
from moiety.files import read_bounded, write_atomically
from moiety.keys import PRIVATE_FILE_MODE
from moiety.ledger.checkpoint import Checkpoint

FORMAT: Final = 1
_MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The file: for each log (by the hash of its origin) the size and the root that were cosigned last."""

    file: Path
    remedy: str

    def require(self, digest: str, latest: Checkpoint | None) -> None:
        """Refuse where the folder knows less of a log than was cosigned, or something else.

        Raises:
            HomeError: it does, or the file is damaged.
        """
        kept = self._read().get(digest)
        if kept is None:
            return
        size, root = kept
        here = 0 if latest is None else latest.size
        if latest is None or here < size or (here == size and latest.root.hex() != root):
            raise HomeError(
                f"This witness cosigned {size} entries of a log of which its folder knows {here}: the folder "
                "was restored from an older copy, or is another one.",
                remedy=self.remedy,
            )

    def note(self, digest: str, cosigned: Checkpoint) -> None:
        """Keep what was cosigned. It is on the disk when this returns.

        Raises:
            StorageError: the disk refused; the cosignature must not be sent.
        """
        with alone(self.file):
            kept = {**self._read(), digest: (cosigned.size, cosigned.root.hex())}
            logs = {one: {"root": root, "size": size} for one, (size, root) in sorted(kept.items())}
            text = json.dumps({"format": FORMAT, "logs": logs}, indent=2) + "\n"
            write_atomically(self.file, text.encode(), mode=PRIVATE_FILE_MODE)

    def _read(self) -> dict[str, tuple[int, str]]:
        if not self.file.exists():
            return {}
        try:
            body = json.loads(read_bounded(self.file, _MAX_BYTES, what="mark"))
            if body["format"] != FORMAT:
                raise ValueError
            return {name: (int(one["size"]), str(one["root"])) for name, one in body["logs"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise HomeError(f"The witness's mark {self.file.name} is damaged.", remedy=self.remedy) from error


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """One change of this file at a time, over all processes and threads of this witness."""
    descriptor = os.open(file.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, PRIVATE_FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
