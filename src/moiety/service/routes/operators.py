"""Operators and API clients: invited and removed by administrators; auditors may look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from moiety.errors import NotAllowed, NotFound
from moiety.service import roles, tokens
from moiety.service.auth import Actor, require
from moiety.service.failures import responses
from moiety.service.parameters import CLIENT_MOST_DAYS, INVITATION_S
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared, State
from moiety.service.tokens import Token
from moiety.store import events, operators
from moiety.store.limits import DAY_S
from moiety.store.operators import Client, Invitation, Operator
from moiety.store.parameters import NAME_LENGTH

router = APIRouter(prefix="/v1", tags=["operators"], route_class=GuardedRoute)
Administrator = Annotated[Actor, Depends(require(Role.ADMINISTRATOR))]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$")]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class Invited(BaseModel):
    """Who is to become an operator, and what they may do."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[Name, Field(examples=["Amina, front desk"])]
    roles: Annotated[Roles, Field(examples=[["enroller", "verifier"]])]


class InvitationCode(BaseModel):
    """The code to hand over; it is shown this once. Times in UTC seconds."""

    code: str
    expires: int


class OneOperator(BaseModel):
    """An operator. Times in UTC seconds."""

    id: str
    name: str
    roles: list[Role]
    added_at: int


CAPTURES_TEXT: Final = (
    "Whether it may send what it captures itself. Whoever has its token can then render frames in place of a "
    "camera: for machines that you control."
)


class NewClient(BaseModel):
    """A program that may call the service."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[Name, Field(examples=["Registration desk software"])]
    roles: Annotated[Roles, Field(examples=[["verifier"]])]
    days: Annotated[int, Field(ge=1, le=CLIENT_MOST_DAYS, description="How long its token is valid.")] = 90
    captures: Annotated[bool, Field(description=CAPTURES_TEXT)] = False


class OneClient(BaseModel):
    """An API client. Times in UTC seconds."""

    id: str
    name: str
    roles: list[Role]
    added_at: int
    expires: int
    captures: Annotated[bool, Field(description=CAPTURES_TEXT)]
    owner: Annotated[str | None, Field(description="The administrator who added it, by identifier.")]
    owner_name: Annotated[str | None, Field(description="Their name; null where nobody noted it.")]


class ClientToken(OneClient):
    """A new client with its token, which is shown this once."""

    token: str


@router.get("/operators", summary="Who may sign in", responses=responses(401, 403))
def listed(
    state: Shared, _: Annotated[Actor, Depends(require(Role.ADMINISTRATOR, Role.AUDITOR))]
) -> list[OneOperator]:
    """Those present, by name."""
    with state.store.reading() as connection:
        return [_operator(one) for one in operators.all_present(connection)]


class NewName(BaseModel):
    """What an operator is called from now on."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[Name, Field(examples=["Amina, front desk"])]


class OneInvitation(BaseModel):
    """An invitation that was not used yet; its code cannot be shown again. Times in UTC seconds."""

    id: str
    name: str
    roles: list[Role]
    expires: int


@router.patch("/operators/{operator}", summary="Rename an operator", responses=responses(401, 403, 404, 422))
def rename(operator: str, body: NewName, state: Shared, _: Administrator) -> OneOperator:
    """Their passkeys, roles and sessions stay."""
    with state.store.begin() as connection:
        operators.rename(connection, operator, body.name)
        found = operators.find(connection, operator)
    if found is None:
        raise NotFound("There is no such operator.")
    return _operator(found)


@router.get("/invitations", summary="Invitations that were not used yet", responses=responses(401, 403))
def pending(
    state: Shared, _: Annotated[Actor, Depends(require(Role.ADMINISTRATOR, Role.AUDITOR))]
) -> list[OneInvitation]:
    """The one that runs out first at the head; those that ran out are not among them."""
    with state.store.reading() as connection:
        found = operators.pending_invitations(connection, state.now())
    return [
        OneInvitation(id=one.id, name=one.name, roles=sorted(roles.decode(one.roles)), expires=one.expires)
        for one in found
    ]


@router.delete(
    "/invitations/{invitation}",
    summary="Cancel an invitation",
    status_code=204,
    responses=responses(401, 403, 404),
)
def cancel(invitation: str, state: Shared, _: Administrator) -> None:
    """Its code ends at once, in every process."""
    with state.store.begin() as connection:
        operators.cancel_invitation(connection, invitation, state.now())


@router.post("/operators", summary="Invite an operator", status_code=201, responses=responses(401, 403, 422))
def invite(body: Invited, state: Shared, actor: Administrator) -> InvitationCode:
    """Gives a code for them to come with, once, within a day."""
    code, expires = invitation(state, body.name, roles.require_some(body.roles), INVITATION_S, by=actor.id)
    return InvitationCode(code=code, expires=expires)


@router.delete(
    "/operators/{operator}",
    summary="Remove an operator",
    status_code=204,
    responses=responses(401, 403, 404, 409),
)
def remove(operator: str, state: Shared, actor: Administrator) -> None:
    """Their passkeys, their sessions and the API clients that they added end at once, in every process.

    The last administrator stays.
    """
    now = state.now()
    with state.store.begin() as connection:
        operators.remove(state.store, connection, operator, now)
        events.record(connection, "operator-removed", {"operator": operator, "by": actor.id}, now)


@router.delete(
    "/operators/{operator}/sessions",
    summary="End all sessions of an operator",
    status_code=204,
    responses=responses(401, 403, 404),
)
def end_sessions(operator: str, state: Shared, _: Administrator) -> None:
    """They can sign in again."""
    with state.store.begin() as connection:
        if operators.find(connection, operator) is None:
            raise NotFound("There is no such operator.")
        operators.end_sessions(connection, operator, state.now())


@router.get("/clients", summary="API clients", responses=responses(401, 403))
def clients(
    state: Shared, _: Annotated[Actor, Depends(require(Role.ADMINISTRATOR, Role.AUDITOR))]
) -> list[OneClient]:
    """Each with who added it. Their tokens are kept as hashes alone and cannot be shown."""
    with state.store.reading() as connection:
        names = {one.id: one.name for one in operators.all_present(connection)}
        return [_client(one, names) for one in operators.clients(connection)]


@router.post("/clients", summary="Add an API client", status_code=201, responses=responses(401, 403, 422))
def add_client(body: NewClient, state: Shared, actor: Administrator) -> ClientToken:
    """Its token is in this answer and nowhere else. Send it as `Authorization: Bearer TOKEN`.

    It ends when whoever adds it is removed. No client is an administrator: a program that can invite would
    bring back whoever was removed.
    """
    if Role.ADMINISTRATOR in body.roles:
        raise NotAllowed(
            "An API client can't be an administrator.",
            remedy="Give it other roles; administrators sign in themselves.",
        )
    now, token = state.now(), Token.new()
    client = Client(
        tokens.new_id(),
        body.name,
        roles.encode(roles.require_some(body.roles)),
        now,
        now + body.days * DAY_S,
        None,
        captures=body.captures,
        owner=actor.id,
    )
    with state.store.begin() as connection:
        operators.add_client(connection, client, token.hash)
        what: dict[str, str | int | bool | None] = {"client": client.id, "roles": client.roles}
        told = {**what, "captures": client.captures, "by": actor.id}
        events.record(connection, "operator-added", told, now)
    return ClientToken(**_client(client, {actor.id: actor.name}).model_dump(), token=token.text)


@router.delete(
    "/clients/{client}", summary="Remove an API client", status_code=204, responses=responses(401, 403, 404)
)
def remove_client(client: str, state: Shared, actor: Administrator) -> None:
    """Its token ends at once, in every process."""
    now = state.now()
    with state.store.begin() as connection:
        operators.remove_client(connection, client, now)
        events.record(connection, "operator-removed", {"client": client, "by": actor.id}, now)


def invitation(
    state: State, name: str, given: frozenset[Role], lifetime_s: int, *, by: str | None = None
) -> tuple[str, int]:
    """Keep an invitation; returns its code and when it runs out (UTC seconds).

    `by` is the administrator who invites; None at this machine itself, which keeps no event of it.
    """
    code, expires = tokens.new_code(), state.now() + lifetime_s
    with state.store.begin() as connection:
        operators.invite(connection, tokens.hashed(code), Invitation(name, roles.encode(given), by), expires)
        if by is not None:
            told = {"roles": roles.encode(given), "by": by}
            events.record(connection, "operator-invited", told, state.now())
    return code, expires


def _operator(one: Operator) -> OneOperator:
    return OneOperator(id=one.id, name=one.name, roles=sorted(roles.decode(one.roles)), added_at=one.added_at)


def _client(one: Client, names: Mapping[str, str]) -> OneClient:
    return OneClient(
        id=one.id,
        name=one.name,
        roles=sorted(roles.of_client(one.roles)),
        added_at=one.added_at,
        expires=one.expires,
        captures=one.captures,
        owner=one.owner,
        owner_name=None if one.owner is None else names.get(one.owner),
    )
