"""Operators, their passkeys and OIDC subjects, invitations and API clients, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from moiety.errors import Conflict, NotFound
from moiety.store.engine import Store
from moiety.store.parameters import IDENTIFIER_BYTES
from moiety.store.tables.operators import api_clients, invitations, operator_sessions, operators, passkeys

LOCK: Final = "moiety/operators"
ADMINISTRATOR: Final = "administrator"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator; `roles` are names with spaces between. Times in UTC seconds."""

    id: str
    name: str
    roles: str
    oidc_issuer: str | None
    oidc_subject: str | None
    added_at: int
    removed_at: int | None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key by which an operator signs in."""

    credential_id: bytes
    operator: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may become an operator, once; `by` is who invited them, None for this machine's own terminal."""

    name: str
    roles: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that can still be used; `id` is no part of its code. Times in UTC seconds."""

    id: str
    name: str
    roles: str
    expires: int
    by: str | None


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A passkey as its owner sees it. Times in UTC seconds."""

    credential_id: bytes
    added_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Client:
    """An API client; its token is kept as a hash alone.

    `captures` is whether it may send what it captured itself: an administrator says so, for each client.
    `owner` is the administrator who added it; None for one from a version that didn't note it.
    """

    id: str
    name: str
    roles: str
    added_at: int
    expires: int
    used_at: int | None
    captures: bool = False
    owner: str | None = None


def any_administrator(connection: Connection) -> bool:
    """Whether somebody can sign in who may invite others."""
    return bool(_administrators(connection))


def add(connection: Connection, operator: Operator) -> None:
    """Add an operator."""
    values = {name: getattr(operator, name) for name in Operator.__slots__}
    connection.execute(operators.insert().values(values))


def all_present(connection: Connection) -> Sequence[Operator]:
    """The operators who have not been removed, by name."""
    query = sa.select(operators).where(operators.c.removed_at.is_(None)).order_by(operators.c.name)
    return [_operator(row) for row in connection.execute(query)]


def find(connection: Connection, identifier: str) -> Operator | None:
    """The operator with this identifier, if present."""
    query = sa.select(operators).where(operators.c.id == identifier, operators.c.removed_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _operator(row)


def find_subject(connection: Connection, issuer: str, subject: str) -> Operator | None:
    """The operator whom an OpenID provider knows under this subject, if present."""
    query = sa.select(operators).where(
        operators.c.oidc_issuer == issuer,
        operators.c.oidc_subject == subject,
        operators.c.removed_at.is_(None),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _operator(row)


def remove(store: Store, connection: Connection, identifier: str, now: int) -> None:
    """Remove an operator with all that they could come in by; their sessions end in this transaction.

    All invitations that were not used end too, and the API clients that they added: they have seen the
    tokens. So do clients of which nobody knows who added them.

    Raises:
        NotFound: no such operator.
        Conflict: they are the last administrator.
    """
    store.lock(connection, LOCK)  # two administrators who remove each other: one of them stays
    if find(connection, identifier) is None:
        raise NotFound("There is no such operator.")
    if _administrators(connection) == {identifier}:
        raise Conflict(
            "This is the last administrator.", remedy="Invite another one first, and wait until they came."
        )
    connection.execute(passkeys.delete().where(passkeys.c.operator == identifier))
    connection.execute(
        operators.update()
        .where(operators.c.id == identifier)
        .values(removed_at=now, oidc_issuer=None, oidc_subject=None)
    )
    end_sessions(connection, identifier, now)
    connection.execute(
        api_clients.update()
        .where(
            api_clients.c.removed_at.is_(None),
            sa.or_(api_clients.c.owner == identifier, api_clients.c.owner.is_(None)),
        )
        .values(removed_at=now)
    )
    # Nobody knows which codes the one who leaves has seen or given to themselves: all are given anew.
    connection.execute(invitations.delete().where(invitations.c.used_at.is_(None)))


def end_sessions(connection: Connection, operator: str, now: int) -> int:
    """End all sessions of an operator; returns how many there were."""
    return connection.execute(
        operator_sessions.update()
        .where(operator_sessions.c.operator == operator, operator_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    ).rowcount


def add_passkey(connection: Connection, passkey: Passkey, *, backed_up: bool, now: int) -> None:
    """Let an operator sign in with a passkey.

    Raises:
        Conflict: it is somebody's already.
    """
    if find_passkey(connection, passkey.credential_id) is not None:
        raise Conflict("This passkey is in use already.")
    values = {name: getattr(passkey, name) for name in Passkey.__slots__}
    connection.execute(passkeys.insert().values(**values, backed_up=backed_up, added_at=now, used_at=None))


def find_passkey(connection: Connection, credential_id: bytes) -> Passkey | None:
    """The passkey with this identifier."""
    row = connection.execute(
        sa.select(passkeys).where(passkeys.c.credential_id == credential_id)
    ).one_or_none()
    if row is None:
        return None
    return Passkey(bytes(row.credential_id), row.operator, bytes(row.public_key), row.sign_count)


def used_passkey(connection: Connection, credential_id: bytes, sign_count: int, now: int) -> None:
    """Note that a passkey was used, with its new counter."""
    connection.execute(
        passkeys.update()
        .where(passkeys.c.credential_id == credential_id)
        .values(sign_count=sign_count, used_at=now)
    )


def invite(connection: Connection, code_hash: bytes, invitation: Invitation, expires: int) -> None:
    """Keep an invitation under the hash of its code."""
    connection.execute(
        invitations.insert().values(
            code_hash=code_hash,
            name=invitation.name,
            roles=invitation.roles,
            invited_by=invitation.by,
            expires=expires,
            used_at=None,
        )
    )


def end_first_run(connection: Connection) -> None:
    """End what was printed on a terminal for a first administrator, and was not used."""
    query = sa.select(invitations.c.code_hash, invitations.c.roles).where(
        invitations.c.invited_by.is_(None), invitations.c.used_at.is_(None)
    )
    for row in connection.execute(query).all():
        if ADMINISTRATOR in row.roles.split():
            connection.execute(invitations.delete().where(invitations.c.code_hash == row.code_hash))


def pending_invitations(connection: Connection, now: int) -> Sequence[Pending]:
    """The invitations that can still be used, the one that runs out first at the head."""
    query = (
        sa.select(invitations)
        .where(invitations.c.used_at.is_(None), invitations.c.expires > now)
        .order_by(invitations.c.expires, invitations.c.name)
    )
    return [
        Pending(
            bytes(row.code_hash)[:IDENTIFIER_BYTES].hex(), row.name, row.roles, row.expires, row.invited_by
        )
        for row in connection.execute(query)
    ]


def cancel_invitation(connection: Connection, identifier: str, now: int) -> None:
    """End an invitation that was not used.

    Raises:
        NotFound: no such invitation, or used, or run out.
    """
    query = sa.select(invitations.c.code_hash).where(
        invitations.c.used_at.is_(None), invitations.c.expires > now
    )
    for (code_hash,) in connection.execute(query).all():
        if bytes(code_hash)[:IDENTIFIER_BYTES].hex() == identifier:
            connection.execute(invitations.delete().where(invitations.c.code_hash == code_hash))
            return
    raise NotFound("There is no such invitation, or it was used or has run out.")


def rename(connection: Connection, identifier: str, name: str) -> None:
    """Give an operator another name.

    Raises:
        NotFound: no such operator.
    """
    done = connection.execute(
        operators.update()
        .where(operators.c.id == identifier, operators.c.removed_at.is_(None))
        .values(name=name)
    )
    if done.rowcount != 1:
        raise NotFound("There is no such operator.")


def own_passkeys(connection: Connection, operator: str) -> Sequence[OwnPasskey]:
    """The passkeys of an operator, the oldest first."""
    query = sa.select(passkeys).where(passkeys.c.operator == operator).order_by(passkeys.c.added_at)
    return [
        OwnPasskey(bytes(row.credential_id), row.added_at, row.used_at) for row in connection.execute(query)
    ]


def remove_passkey(connection: Connection, operator: str, credential_id: bytes) -> None:
    """Let an operator no longer sign in with this passkey.

    Raises:
        NotFound: they have no such passkey.
        Conflict: it is their last one.
    """
    own = own_passkeys(connection, operator)
    if credential_id not in {one.credential_id for one in own}:
        raise NotFound("There is no such passkey.")
    if len(own) == 1:
        raise Conflict("This is your only passkey.", remedy="Add another one first.")
    connection.execute(passkeys.delete().where(passkeys.c.credential_id == credential_id))


def find_invitation(connection: Connection, code_hash: bytes, now: int) -> Invitation | None:
    """An invitation that has neither been used nor run out."""
    query = sa.select(invitations).where(
        invitations.c.code_hash == code_hash,
        invitations.c.used_at.is_(None),
        invitations.c.expires > now,
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Invitation(row.name, row.roles, row.invited_by)


def use_invitation(connection: Connection, code_hash: bytes, now: int) -> Invitation | None:
    """Take an invitation, once: None for whoever comes second."""
    found = find_invitation(connection, code_hash, now)
    done = connection.execute(
        invitations.update()
        .where(
            invitations.c.code_hash == code_hash,
            invitations.c.used_at.is_(None),
            invitations.c.expires > now,
        )
        .values(used_at=now)
    )
    return found if done.rowcount == 1 else None


def add_client(connection: Connection, client: Client, token_hash: bytes) -> None:
    """Add an API client."""
    values = {name: getattr(client, name) for name in Client.__slots__}
    connection.execute(api_clients.insert().values(**values, token_hash=token_hash, removed_at=None))


def clients(connection: Connection) -> Sequence[Client]:
    """The API clients that have not been removed, by name."""
    query = sa.select(api_clients).where(api_clients.c.removed_at.is_(None)).order_by(api_clients.c.name)
    return [_client(row) for row in connection.execute(query)]


def find_client(connection: Connection, token_hash: bytes, now: int) -> Client | None:
    """The client whose token has this hash, unless it was removed or has run out."""
    row = connection.execute(_CLIENT, {"token_hash": token_hash, "now": now}).one_or_none()
    return None if row is None else _client(row)


_CLIENT: Final = sa.select(api_clients).where(
    api_clients.c.token_hash == sa.bindparam("token_hash"),
    api_clients.c.removed_at.is_(None),
    api_clients.c.expires > sa.bindparam("now"),
)


def remove_client(connection: Connection, identifier: str, now: int) -> None:
    """Remove an API client: its token ends at once.

    Raises:
        NotFound: no such client.
    """
    done = connection.execute(
        api_clients.update()
        .where(api_clients.c.id == identifier, api_clients.c.removed_at.is_(None))
        .values(removed_at=now)
    )
    if done.rowcount != 1:
        raise NotFound("There is no such client.")


def _administrators(connection: Connection) -> set[str]:
    query = sa.select(operators.c.id, operators.c.roles).where(operators.c.removed_at.is_(None))
    return {row.id for row in connection.execute(query) if ADMINISTRATOR in row.roles.split()}


def _operator(row: Row[Any]) -> Operator:
    return Operator(
        row.id, row.name, row.roles, row.oidc_issuer, row.oidc_subject, row.added_at, row.removed_at
    )


def _client(row: Row[Any]) -> Client:
    return Client(
        row.id,
        row.name,
        row.roles,
        row.added_at,
        row.expires,
        row.used_at,
        captures=bool(row.captures),
        owner=row.owner,
    )
