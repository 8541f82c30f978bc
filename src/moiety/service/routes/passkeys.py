"""One's own passkeys: listed, another one added, one taken away; the last one stays."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from moiety.errors import NotAllowed, NotFound
from moiety.service import sign_in
from moiety.service.auth import SIGNED_IN, Actor
from moiety.service.failures import responses
from moiety.service.routes.session import Answered, Begun
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store import operators

router = APIRouter(prefix="/v1", tags=["signing in"], route_class=GuardedRoute)


class OnePasskey(BaseModel):
    """A passkey of one's own. Times in UTC seconds."""

    id: str
    added_at: int
    used_at: int | None


async def _person(actor: Annotated[Actor, Depends(SIGNED_IN)]) -> Actor:
    """An operator in a session; a program has no passkeys.

    Raises:
        NotAllowed: a program.
    """
    if actor.session is None:
        raise NotAllowed("A program has no passkeys.", remedy="Sign in as an operator.")
    return actor


Person = Annotated[Actor, Depends(_person)]


@router.get("/passkeys", summary="One's own passkeys", responses=responses(401, 403))
def own(state: Shared, actor: Person) -> list[OnePasskey]:
    """The oldest first."""
    with state.store.reading() as connection:
        found = operators.own_passkeys(connection, actor.id)
    return [
        OnePasskey(id=one.credential_id.hex(), added_at=one.added_at, used_at=one.used_at) for one in found
    ]


@router.post("/passkeys/begin", summary="Begin to add a passkey", responses=responses(401, 403))
def begin(state: Shared, actor: Person) -> Begun:
    """For another device, or in place of one that will be given back."""
    begun = sign_in.begin_another(state, actor.id, actor.name)
    return Begun(sign_in=begun.token, options=begun.options)


@router.post(
    "/passkeys/complete",
    summary="Add a passkey",
    status_code=204,
    responses=responses(401, 403, 409, 422),
)
def complete(body: Answered, state: Shared, actor: Person) -> None:
    """With the passkey that the browser made."""
    sign_in.complete_another(state, actor.id, body.sign_in, body.credential)


@router.delete(
    "/passkeys/{passkey}",
    summary="Take a passkey away",
    status_code=204,
    responses=responses(401, 403, 404, 409),
)
def remove(passkey: str, state: Shared, actor: Person) -> None:
    """Nobody signs in with it any more; sessions go on. The last one stays."""
    try:
        identifier = bytes.fromhex(passkey)
    except ValueError as error:
        raise NotFound("There is no such passkey.") from error
    with state.store.begin() as connection:
        state.store.lock(connection, operators.LOCK)
        operators.remove_passkey(connection, actor.id, identifier)
