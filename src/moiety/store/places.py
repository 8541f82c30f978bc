"""An issuer's places in the store, inside one transaction: several processes issue and revoke at once.

No signed list is kept: from the places, and the moment of its last signing, every process signs the very same
bytes (Ed25519 is deterministic), so that caches of all of them agree.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from moiety.credential.places import Place
from moiety.credential.register import Register
from moiety.credential.status import Status
from moiety.credential.trust_parameters import STATUS_ENTRIES, STATUS_FILL
from moiety.errors import HomeError
from moiety.store import shares
from moiety.store.engine import Store, afterwards, lock
from moiety.store.parameters import IDENTIFIER_BYTES
from moiety.store.tables.status import places, status_lists

LOCK: Final = "moiety/places"
Row = tuple[int, int, bytes | None, int | None, int]
"""List, index, cti, expiry, status."""


class StoredPlaces:
    """The register of a service, as `Places`: held by one transaction from its opening to its end.

    `now` (UTC seconds) dates what a change brings with it; `holding=False` only reads.
    """

    def __init__(self, connection: Connection, *, now: int, holding: bool = True) -> None:
        self._connection = connection
        self._now = now
        self._insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        self.assigned: tuple[Place, bytes, int] | None = None
        if holding:
            lock(connection, LOCK)

    @contextlib.contextmanager
    def kept(self) -> Iterator[StoredPlaces]:
        """This register, as an issuer opens it; the transaction around it ends elsewhere."""
        yield self

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing more to do: the transaction holds the register already."""
        yield

    def reserve(self) -> Place:
        """A random free place in the list in use; a new list when that one is half full."""
        newest = sa.select(sa.func.coalesce(sa.func.max(places.c.list), 1)).scalar_subquery()
        query = sa.select(newest, sa.func.count()).select_from(places).where(places.c.list == newest)
        number, taken = self._connection.execute(query).one()
        if taken >= STATUS_ENTRIES * STATUS_FILL:
            number += 1
        while True:
            index = secrets.randbelow(STATUS_ENTRIES)
            row = {"list": number, "place": index, "status": 0}
            if self._add(row):
                return Place(number, index, Status.VALID)

    def assign(self, place: Place, cti: bytes, expires: int) -> None:
        """Record which code has the place."""
        self._connection.execute(
            places.update()
            .where(places.c.list == place.number, places.c.place == place.index)
            .values(cti=cti, expires=expires)
        )
        self.assigned = (place, cti, expires)

    def find(self, cti: bytes) -> Place | None:
        """The place of the code with this identifier."""
        query = sa.select(places.c.list, places.c.place, places.c.status).where(places.c.cti == cti)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Place(row.list, row.place, Status(row.status))

    def starting(self, start: bytes) -> list[bytes]:
        """The identifiers that begin so: three at most, enough to know that one isn't the only one."""
        last = start + b"\xff" * (IDENTIFIER_BYTES - len(start))
        query = sa.select(places.c.cti).where(places.c.cti >= start, places.c.cti <= last)
        return [bytes(cti) for cti in self._connection.execute(query.limit(3)).scalars()]

    def expiry(self, cti: bytes) -> int | None:
        """When the code with this identifier expires (UTC seconds)."""
        query = sa.select(places.c.expires).where(places.c.cti == cti)
        found: int | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def adopt(self, number: int, index: int, cti: bytes, expires: int) -> Place:
        """Take over a code that this issuer signed but the store does not know."""
        self._add({"list": number, "place": index, "cti": cti, "expires": expires, "status": 0})
        query = sa.select(places.c.status).where(places.c.list == number, places.c.place == index)
        return Place(number, index, Status(self._connection.execute(query).scalar_one()))

    def set_status(self, place: Place, status: Status) -> bool:
        """Record a status; False for a revoked code: that is for good."""
        may = sa.or_(sa.literal(status is Status.REVOKED), places.c.status != int(Status.REVOKED))
        done = self._connection.execute(
            places.update()
            .where(places.c.list == place.number, places.c.place == place.index, may)
            .values(status=int(status))
        )
        if status is Status.REVOKED:
            self._erase_share(place)
        return done.rowcount == 1

    def _erase_share(self, place: Place) -> None:
        """A code that is revoked for good is never opened again: the service's half of its key goes."""
        query = sa.select(places.c.cti).where(places.c.list == place.number, places.c.place == place.index)
        cti = self._connection.execute(query).scalar_one_or_none()
        if cti is not None:
            shares.delete(self._connection, bytes(cti), self._now, why="revoked")

    def statuses(self, number: int) -> dict[int, int]:
        """All places of a list that are not valid: index to status."""
        query = sa.select(places.c.place, places.c.status)
        rows = self._connection.execute(query.where(places.c.list == number, places.c.status != 0))
        return {row.place: row.status for row in rows}

    def knows(self, number: int, index: int) -> bool:
        """Whether the place was given to a code."""
        query = sa.select(sa.literal(1)).where(places.c.list == number, places.c.place == index)
        return self._connection.execute(query).one_or_none() is not None

    def lists(self) -> list[int]:
        """The numbers of the lists begun."""
        query = sa.select(places.c.list).distinct().order_by(places.c.list)
        return list(self._connection.execute(query).scalars())

    def published(self, number: int, issued: int, show: Callable[[], None] | None = None) -> None:
        """A list was signed as of `issued` (UTC seconds).

        The file of the home follows at the transaction's end: before it, the file could say what is never
        kept, and of which no event tells.
        """
        fresh = self._insert(status_lists).values(list=number, signed_at=issued, version=1)
        again = {"signed_at": issued, "version": status_lists.c.version + 1}
        kept = fresh.on_conflict_do_update(index_elements=["list"], set_=again)
        version = self._connection.execute(kept.returning(status_lists.c.version)).scalar_one()
        if show is not None:
            afterwards(self._connection, _Showing(self._connection.engine, number, version, show))

    def take(self, rows: Iterable[Row]) -> None:
        """Take places over that a home's own register kept; those that are here already stay as they are.

        Raises:
            HomeError: two homes gave one place to two codes.
        """
        for number, index, cti, expires, status in rows:
            row = {"list": number, "place": index, "cti": cti, "expires": expires, "status": status}
            if not self._add(row):
                query = sa.select(places.c.cti).where(places.c.list == number, places.c.place == index)
                if self._connection.execute(query).scalar_one_or_none() != cti:
                    raise HomeError("This home's register and the service's database disagree.")

    def _add(self, row: Mapping[str, bytes | int | None]) -> bool:
        statement = self._insert(places).values(dict(row)).on_conflict_do_nothing()
        done = self._connection.execute(statement.returning(places.c.place))
        return done.one_or_none() is not None


@dataclass(frozen=True, slots=True)
class _Showing:
    """Shows a version of a list once it is kept, one process at a time; a newer one is never written over."""

    engine: Engine
    number: int
    version: int
    show: Callable[[], None]

    def __call__(self) -> None:
        with Store(self.engine).begin() as connection:
            lock(connection, LOCK)
            if signed_lists(connection)[self.number][1] == self.version:
                self.show()


def revoke(connection: Connection, cti: bytes, now: int) -> bool:
    """Withdraw a code for good, in a transaction that does more; every process publishes it from its end on.

    Returns False where this store knows no such code, or it was revoked before.
    """
    register = StoredPlaces(connection, now=now)
    place = register.find(cti)
    if place is None or place.status is Status.REVOKED:
        return False
    register.set_status(place, Status.REVOKED)
    signed = signed_lists(connection).get(place.number, (0, 0))[0]
    register.published(place.number, max(now, signed))
    return True


def signed_lists(connection: Connection) -> dict[int, tuple[int, int]]:
    """Of each list the moment of its last signing (UTC seconds) and its version."""
    rows = connection.execute(_SIGNED)
    return {row.list: (row.signed_at, row.version) for row in rows}


_SIGNED: Final = sa.select(status_lists)


def take_over(store: Store, file: Path, now: int) -> None:
    """Have the store keep the places of a home's register from now on, whatever interrupts this.

    Raises:
        HomeError: two homes gave one place to two codes, or the register is damaged.
        StorageError: a disk refused.
    """
    with Register(file) as register:
        while not register.moved:
            rows = register.rows()
            with store.begin() as connection:
                StoredPlaces(connection, now=now).take(rows)
            register.move_out(now, known=len(rows))  # not if the command line issued another meanwhile
