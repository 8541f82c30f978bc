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
from moiety.store.together import Write, named, together, together_locking, values_of


def adding(ceremony: Ceremony) -> Write:
    """What keeps a ceremony that has begun."""
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
    return Write(_ADD, values_of(ceremonies, values))


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


def challenged(connection: Connection, identifier: bytes) -> bool:
    """Note that a ceremony's challenge begins; whether it is the first time, in any process.

    Who has seen a challenge could answer it from memory, or with what was made for it meanwhile.
    """
    return connection.execute(_CHALLENGE, {"of": identifier}).rowcount == 1


def move(connection: Connection, before: Ceremony, after: Ceremony, *besides: Write) -> None:
    """Keep the next state of a ceremony, if nobody else has moved it meanwhile, with other writes besides.

    Raises:
        CeremonyRefused: somebody has; the transaction, with the other writes, has to be undone.
    """
    _refuse_unmoved(together(connection, _moving(before, after), *besides).rowcount)


def move_locking(
    connection: Connection, before: Ceremony, after: Ceremony, *besides: Write, lock: str
) -> bool:
    """As `move`, and try to hold a lock in the same statement; whether it is held. Raises as `move`."""
    moved, held = together_locking(connection, _moving(before, after), *besides, lock=lock)
    _refuse_unmoved(moved)
    return held


def _moving(before: Ceremony, after: Ceremony) -> Write:
    states = {"before": before.state.value, "after": after.state.value}
    return Write(_MOVE, {"of": before.id, **states, "ended": after.ended_at})


def _refuse_unmoved(moved: int) -> None:
    if moved != 1:
        raise CeremonyRefused("This ceremony is being worked on already: each is used once.")


# Built once: building a statement takes longer than running it.
_ADD: Final = ceremonies.insert().inline().values(named(ceremonies))
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
_CHALLENGE: Final = ceremonies.update().where(_MINE, ceremonies.c.attempts == 0).values(attempts=1)
_MOVE: Final = _NEXT.values(ended_at=sa.bindparam("ended", type_=sa.BigInteger))


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
