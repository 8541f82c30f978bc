"""Ceremonies in the store: any process can complete what another began, and only one process ever does."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from moiety.errors import CeremonyRefused
from moiety.session.ceremony import Ceremony, Kind, State, unknown
from moiety.store.tables.ceremonies import ceremonies


def add(connection: Connection, ceremony: Ceremony) -> None:
    """Keep a ceremony that has begun."""
    connection.execute(
        ceremonies.insert().values(
            id=ceremony.id,
            kind=ceremony.kind.value,
            state=ceremony.state.value,
            nonce_hash=ceremony.nonce_hash,
            actor=ceremony.actor,
            bound=ceremony.bound,
            options=json.dumps(dict(ceremony.options), sort_keys=True, separators=(",", ":")),
            begun_at=ceremony.begun_at,
            expires=ceremony.expires,
            ended_at=ceremony.ended_at,
            attempts=0,
        )
    )


def find(connection: Connection, identifier: bytes, *, for_update: bool = False) -> Ceremony:
    """The ceremony with this identifier; `for_update` holds it to the end of the transaction.

    Raises:
        CeremonyRefused: there is none.
    """
    query = sa.select(ceremonies).where(ceremonies.c.id == identifier)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise unknown()
    return _read(row)


def move(connection: Connection, before: Ceremony, after: Ceremony) -> None:
    """Keep the next state of a ceremony, if nobody else has moved it meanwhile.

    Raises:
        CeremonyRefused: somebody has.
    """
    done = connection.execute(
        ceremonies.update()
        .where(ceremonies.c.id == before.id, ceremonies.c.state == before.state.value)
        .values(state=after.state.value, ended_at=after.ended_at)
    )
    if done.rowcount != 1:
        raise CeremonyRefused("This ceremony is being worked on already: each is used once.")


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
