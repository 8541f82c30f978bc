"""Sessions of operators, and sign-ins under way, in the store; every process sees when one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from moiety.errors import NotFound
from moiety.store.tables.operators import operator_sessions as sessions
from moiety.store.tables.operators import operators, sign_ins


@dataclass(frozen=True, slots=True)
class Session:
    """A session with its operator's name and roles as they are now. Times in UTC seconds."""

    id: str
    operator: str
    name: str
    roles: str
    begun_at: int
    seen_at: int
    expires: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that has begun: what the answer must contain (32 bytes), and what it is for."""

    kind: str
    challenge: bytes
    verifier: str | None
    invitation: bytes | None


def begin_sign_in(connection: Connection, id_hash: bytes, sign_in: SignIn, expires: int, now: int) -> None:
    """Keep a sign-in until it is answered; those that nobody answered are forgotten."""
    connection.execute(sign_ins.delete().where(sign_ins.c.expires <= now))
    values = {name: getattr(sign_in, name) for name in SignIn.__slots__}
    connection.execute(sign_ins.insert().values(**values, id_hash=id_hash, expires=expires))


def take_sign_in(connection: Connection, id_hash: bytes, kind: str, now: int) -> SignIn | None:
    """Take a sign-in of this kind, once: None for an unknown, used or late one."""
    query = sa.select(sign_ins).where(
        sign_ins.c.id_hash == id_hash, sign_ins.c.kind == kind, sign_ins.c.expires > now
    )
    row = connection.execute(query).one_or_none()
    done = connection.execute(sign_ins.delete().where(sign_ins.c.id_hash == id_hash))
    if row is None or done.rowcount != 1:
        return None
    invitation = None if row.invitation is None else bytes(row.invitation)
    return SignIn(row.kind, bytes(row.challenge), row.verifier, invitation)


def begin(
    connection: Connection,
    token_hash: bytes,
    csrf_hash: bytes,
    identifier: str,
    operator: str,
    now: int,
    expires: int,
    device: bytes | None = None,
) -> None:
    """Begin a session of an operator; `device` is the public key (65 bytes) that wakes it after a rest."""
    connection.execute(
        sessions.insert().values(
            token_hash=token_hash,
            csrf_hash=csrf_hash,
            id=identifier,
            operator=operator,
            begun_at=now,
            seen_at=now,
            expires=expires,
            ended_at=None,
            device=device,
        )
    )


def find(connection: Connection, token_hash: bytes, now: int, idle_s: int) -> Session | None:
    """The session of a token: None where it ended, ran out, or its operator was removed."""
    query = _present(now, idle_s).where(sessions.c.token_hash == token_hash)
    row = connection.execute(query).one_or_none()
    return None if row is None else _session(row)


def resting(connection: Connection, token_hash: bytes, now: int) -> tuple[Session, bytes] | None:
    """The session of a token with the key of the device that it is bound to, however long it has rested.

    None where it is bound to none, ended, ran out, or its operator was removed.
    """
    query = _present(now, None).add_columns(sessions.c.device).where(sessions.c.token_hash == token_hash)
    row = connection.execute(query).one_or_none()
    return None if row is None or row.device is None else (_session(row), bytes(row.device))


def seen(connection: Connection, identifier: str, now: int) -> None:
    """Note that a session is in use."""
    connection.execute(sessions.update().where(sessions.c.id == identifier).values(seen_at=now))


def of_operator(connection: Connection, operator: str, now: int, idle_s: int) -> Sequence[Session]:
    """The sessions of an operator that go on, newest first."""
    query = _present(now, idle_s).where(sessions.c.operator == operator).order_by(sessions.c.begun_at.desc())
    return [_session(row) for row in connection.execute(query)]


def end(connection: Connection, identifier: str, operator: str, now: int) -> None:
    """End one session of an operator.

    Raises:
        NotFound: they have no such session.
    """
    done = connection.execute(
        sessions.update()
        .where(sessions.c.id == identifier, sessions.c.operator == operator, sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    if done.rowcount != 1:
        raise NotFound("There is no such session.")


def _present(now: int, idle_s: int | None) -> sa.Select[Any]:
    columns = (
        sessions.c.id,
        sessions.c.operator,
        operators.c.name,
        operators.c.roles,
        sessions.c.begun_at,
        sessions.c.seen_at,
        sessions.c.expires,
    )
    return (
        sa.select(*columns)
        .join(operators, operators.c.id == sessions.c.operator)
        .where(
            sessions.c.ended_at.is_(None),
            sessions.c.expires > now,
            sa.true() if idle_s is None else sessions.c.seen_at > now - idle_s,
            operators.c.removed_at.is_(None),
        )
    )


def _session(row: Row[Any]) -> Session:
    return Session(row.id, row.operator, row.name, row.roles, row.begun_at, row.seen_at, row.expires)
