"""Status lists of document issuers in a home, and the addresses of lists that documents here have named.

Lists are kept as they came, each under the anchor that it belongs to; `document.status_lists` reads them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moiety.credential.anchors import DocumentAnchor
from moiety.credential.trust_parameters import MAX_LIST_TOKEN_BYTES, MAX_SEEN_LISTS
from moiety.errors import DocumentUnreadable, StorageError
from moiety.files import read_bounded, write_atomically

FOLDER: Final = "document-lists"
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list that a document named: its address, and the anchor under which the document was signed."""

    anchor: str
    uri: str


class DocumentLists:
    """The lists that lie in a home; a list is read when a document names it."""

    __slots__ = ("_directory",)

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory

    def read(self, anchor: DocumentAnchor, uri: str) -> bytes | None:
        """The list of this address that is held under this anchor, not yet verified; None without one."""
        file = self._file(SeenList(identifier(anchor), uri), "list")
        if file is None or not file.is_file():
            return None
        return read_bounded(file, MAX_LIST_TOKEN_BYTES, what="status list")

    def hold(self, anchor: DocumentAnchor, uri: str, data: bytes) -> None:
        """Keep a list that was verified, in the place of an older one.

        Raises:
            StorageError: the disk refused.
        """
        if self._directory is None:
            raise StorageError("This trust belongs to no home, so it keeps no list.")
        one = SeenList(identifier(anchor), uri)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        target = self._file(one, "list")
        if target is not None:
            write_atomically(target, data, mode=_MODE)
        self.see(anchor, uri)

    def see(self, anchor: DocumentAnchor, uri: str) -> None:
        """Note that a document named this list, so that it can be fetched later. Nothing else is noted.

        A verification goes on where the note can't be written, or where there are too many.
        """
        one = SeenList(identifier(anchor), uri)
        file = self._file(one, "seen")
        if self._directory is None or file is None or file.exists():
            return
        with contextlib.suppress(StorageError, OSError):
            self._directory.mkdir(mode=0o700, exist_ok=True)
            if sum(1 for _ in self._directory.glob("*.seen")) < MAX_SEEN_LISTS:
                write_atomically(file, json.dumps({"anchor": one.anchor, "uri": uri}).encode(), mode=_MODE)

    def seen(self) -> Iterator[SeenList]:
        """All lists that documents here have named, and those that were taken in."""
        if self._directory is None or not self._directory.is_dir():
            return
        for file in sorted(self._directory.glob("*.seen")):
            with contextlib.suppress(ValueError, KeyError, TypeError, DocumentUnreadable):
                said = json.loads(read_bounded(file, 8192, what="note of a status list"))
                yield SeenList(str(said["anchor"]), str(said["uri"]))

    def _file(self, one: SeenList, suffix: str) -> Path | None:
        if self._directory is None:
            return None
        name = hashlib.sha256(f"{one.anchor}\n{one.uri}".encode()).hexdigest()[:40]
        return self._directory / f"{name}.{suffix}"

    def __repr__(self) -> str:
        return "DocumentLists()"


def identifier(anchor: DocumentAnchor) -> str:
    """What a list belongs to: the root that its documents are under, or the issuer of a key."""
    if anchor.root:
        return "root:" + hashlib.sha256(anchor.root).hexdigest()
    return f"issuer:{anchor.issuer}"
