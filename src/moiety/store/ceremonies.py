"""Ceremonies in the store: any process can complete what another began, and only one process ever does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from moiety.errors import CeremonyRefused
from moiety.session.ceremony import Ceremony, Kind, State, unknown
from moiety.store.tables.ceremonies import ceremonies


def add(connection: Connection, ceremony: Ceremony) -> None:
    """Keep a ceremony that has begun."""
    values = {
        "id": ceremony.id,
        "kind": ceremony.kind.value,
        "state": ceremony.state.value,
        "nonce_hash": ceremony.nonce_hash,
        "actor": ceremony.actor,
        "bound": ceremony.bound,
        "options": json.dumps(dict(ceremony.options), sort_keys=True, separators=(",", ":")),
        "begun_at": ceremony.begun_at,
        "expires": ceremony.expires,
        "ended_at": ceremony.ended_at,
        "attempts": 0,
    }
    connection.execute(_ADD, values)


def find(connection: Connection, identifier: bytes) -> Ceremony:
    """The ceremony with this identifier.

    Raises:
        CeremonyRefused: there is none.
    """
    row = connection.execute(_FIND, {"of": identifier}).one_or_none()
    if row is None:
        raise unknown()
    return _read(row)


def take(connection: Connection, identifier: bytes) -> Ceremony:
    """Mark a ceremony that has begun as being worked on, held to the end of the transaction; as it was then.

    One that is in another state is not marked.

    Raises:
        CeremonyRefused: there is none.
    """
    values = {"of": identifier, "before": State.BEGUN.value, "after": State.CAPTURING.value}
    row = connection.execute(_TAKE, values).one_or_none()
    return find(connection, identifier) if row is None else replace(_read(row), state=State.BEGUN)


def take_bound(
    connection: Connection,
    identifier: bytes,
    kind: Kind,
    actor: str,
    nonce_hash: bytes,
    bound: bytes,
    now: int,
) -> Ceremony | None:
    """As `take`, in one statement, of a ceremony that is all of this and not over; None where none is."""
    values = {
        "of": identifier,
        "before": State.BEGUN.value,
        "after": State.CAPTURING.value,
        "as_kind": kind.value,
        "by": actor,
        "nonce": nonce_hash,
        "for": bound,
        "now": now,
    }
    row = connection.execute(_TAKE_BOUND, values).one_or_none()
    return None if row is None else replace(_read(row), state=State.BEGUN)


def move(connection: Connection, before: Ceremony, after: Ceremony) -> None:
    """Keep the next state of a ceremony, if nobody else has moved it meanwhile.

    Raises:
        CeremonyRefused: somebody has.
    """
    values = {"of": before.id, "before": before.state.value, "after": after.state.value, "at": after.ended_at}
    if connection.execute(_MOVE, values).rowcount != 1:
        raise CeremonyRefused("This ceremony is being worked on already: each is used once.")


# Built once: building a statement takes longer than running it.
_ADD: Final = ceremonies.insert()
_MINE: Final = ceremonies.c.id == sa.bindparam("of")
_FIND: Final = sa.select(ceremonies).where(_MINE)
_NEXT: Final = (
    ceremonies.update()
    .where(_MINE, ceremonies.c.state == sa.bindparam("before"))
    .values(state=sa.bindparam("after"))
)
_TAKE: Final = _NEXT.returning(ceremonies)
_TAKE_BOUND: Final = _TAKE.where(
    ceremonies.c.kind == sa.bindparam("as_kind"),
    ceremonies.c.actor == sa.bindparam("by"),
    ceremonies.c.nonce_hash == sa.bindparam("nonce"),
    ceremonies.c.bound == sa.bindparam("for"),
    ceremonies.c.begun_at <= sa.bindparam("now"),
    ceremonies.c.expires > sa.bindparam("now"),
)
_MOVE: Final = _NEXT.values(ended_at=sa.bindparam("at", type_=sa.BigInteger))


def _read(row: Row[Any]) -> Ceremony:
    return Ceremony(
        id=bytes(row.id),
        kind=Kind(row.kind),
        state=State(row.state),
        nonce_hash=bytes(row.nonce_hash),
        actor=row.actor,
        bound=None if row.bound is None else bytes(row.bound),
        options=json.loads(row.options),
        begun_at=row.begun_at,
        expires=row.expires,
        ended_at=row.ended_at,
    )
