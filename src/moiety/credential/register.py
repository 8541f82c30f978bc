"""An issuer's register: which place in which status list belongs to which code, and its status.

One SQLite file in the home (mode 0600): places are drawn at random and never given twice, also by two
processes at once. It holds identifiers of codes (cti), no names and nothing biometric.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from moiety.credential.places import Place as Place
from moiety.credential.status import Status
from moiety.credential.trust_parameters import STATUS_ENTRIES, STATUS_FILL
from moiety.errors import HomeError, StorageError
from moiety.keys import PRIVATE_FILE_MODE, refuse_if_open_to_others

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS places (
  list INTEGER NOT NULL, place INTEGER NOT NULL, cti BLOB UNIQUE, expires INTEGER,
  status INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (list, place)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS not_valid ON places (list, place) WHERE status != 0;
"""
_MOVED: Final = "CREATE TABLE IF NOT EXISTS moved (at INTEGER NOT NULL)"
_WAIT_S: Final = 10.0


class Register:
    """The open register. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE_MODE))
            refuse_if_open_to_others(path.stat(), path, holds="the register of codes")
        except OSError as error:
            raise StorageError(f"Could not open the register: {error.strerror}.") from error
        with _translated():
            self._base = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._base.execute("PRAGMA synchronous = FULL")
            if self._base.execute("SELECT 1 FROM sqlite_master WHERE name = 'places'").fetchone() is None:
                self._base.executescript(_SCHEMA)

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the register against other processes; what is written inside is kept whole or not at all."""
        with _translated():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def reserve(self) -> Place:
        """A random free place in the list in use, kept from now on; a new list when that one is half full."""
        with self.alone():
            self._require_here()
            number, taken = self._base.execute(
                "SELECT list, count(*) FROM places GROUP BY list ORDER BY list DESC LIMIT 1"
            ).fetchone() or (1, 0)
            if taken >= STATUS_ENTRIES * STATUS_FILL:
                number += 1
            while True:
                index = secrets.randbelow(STATUS_ENTRIES)
                row = (number, index)
                if (
                    self._base.execute(
                        "INSERT OR IGNORE INTO places (list, place) VALUES (?, ?)", row
                    ).rowcount
                    == 1
                ):
                    return Place(number, index, Status.VALID)

    def assign(self, place: Place, cti: bytes, expires: int) -> None:
        """Record which code has the place."""
        with self.alone():
            self._base.execute(
                "UPDATE places SET cti = ?, expires = ? WHERE list = ? AND place = ?",
                (cti, expires, place.number, place.index),
            )

    def find(self, cti: bytes) -> Place | None:
        """The place of the code with this identifier."""
        with _translated():
            self._require_here()
            query = "SELECT list, place, status FROM places WHERE cti = ?"
            row = self._base.execute(query, (cti,)).fetchone()
        return None if row is None else Place(row[0], row[1], Status(row[2]))

    def starting(self, start: bytes) -> list[bytes]:
        """The identifiers that begin so: three at most, enough to know that one isn't the only one."""
        with _translated():
            self._require_here()
            query = "SELECT cti FROM places WHERE substr(cti, 1, ?) = ? LIMIT 3"
            return [row[0] for row in self._base.execute(query, (len(start), start)).fetchall()]

    def adopt(self, number: int, index: int, cti: bytes, expires: int) -> Place:
        """Take over a code that this home signed but does not know: its register is an older backup."""
        with self.alone():
            self._require_here()
            self._base.execute(
                "INSERT OR IGNORE INTO places (list, place, cti, expires) VALUES (?, ?, ?, ?)",
                (number, index, cti, expires),
            )
            row = self._base.execute(
                "SELECT status FROM places WHERE list = ? AND place = ?", (number, index)
            ).fetchone()
        return Place(number, index, Status(row[0]))

    def set_status(self, place: Place, status: Status) -> bool:
        """Record a status, to count once the list is signed; False for a revoked code: that is for good."""
        with self.alone():
            query = (
                "UPDATE places SET status = :status"
                " WHERE list = :list AND place = :place AND 1 IN (:status, status != 1)"
            )
            values = {"status": int(status), "list": place.number, "place": place.index}
            return self._base.execute(query, values).rowcount == 1

    def statuses(self, number: int) -> dict[int, int]:
        """All places of a list that are not valid: index to status."""
        with _translated():
            query = "SELECT place, status FROM places WHERE list = ? AND status != 0"
            return dict(self._base.execute(query, (number,)).fetchall())

    def knows(self, number: int, index: int) -> bool:
        """Whether the place was given to a code."""
        with _translated():
            query = "SELECT 1 FROM places WHERE list = ? AND place = ?"
            return self._base.execute(query, (number, index)).fetchone() is not None

    def lists(self) -> list[int]:
        """The numbers of the lists begun."""
        with _translated():
            return [row[0] for row in self._base.execute("SELECT DISTINCT list FROM places ORDER BY list")]

    def published(self, number: int, issued: int, show: Callable[[], None]) -> None:  # noqa: ARG002
        """A list was signed: nothing to keep but the list itself, in the home's trust."""
        show()

    def rows(self) -> list[tuple[int, int, bytes | None, int | None, int]]:
        """Every place: list, index, cti, expiry, status; for the service that takes the register over."""
        with _translated():
            query = "SELECT list, place, cti, expires, status FROM places ORDER BY list, place"
            return self._base.execute(query).fetchall()

    def move_out(self, now: int, *, known: int) -> None:
        """Say that a service keeps the places from now on; this file then gives none and knows none.

        Nothing happens unless the file has just the `known` places that the service took over.
        """
        with self.alone():
            if self._base.execute("SELECT count(*) FROM places").fetchone()[0] == known:
                self._base.execute(_MOVED)
                self._base.execute("INSERT INTO moved (at) VALUES (?)", (now,))
                self._base.execute("DELETE FROM places")

    @property
    def moved(self) -> bool:
        """Whether a service keeps the places."""
        with _translated():
            query = "SELECT 1 FROM sqlite_master WHERE name = 'moved'"
            return self._base.execute(query).fetchone() is not None

    def _require_here(self) -> None:
        if self.moved:
            raise HomeError(
                "This home's codes are kept by its service, in the service's database.",
                remedy="Use its page /revoke.html, or POST /v1/credentials/status.",
            )

    def dump(self) -> bytes:
        """The whole register, for a backup."""
        with _translated():
            return self._base.serialize()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """SQLite's failures as ours: a refusing disk, or a damaged register."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StorageError(f"The register could not be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise HomeError("The register is damaged.", remedy="Restore the home from its backup.") from error
