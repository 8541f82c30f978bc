"""Signing in with a passkey, becoming an operator by invitation, and the sessions that can be ended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from moiety.errors import NotSignedIn
from moiety.service import sign_in, tokens
from moiety.service.auth import SIGNED_IN, Actor, anyone, cookie_name, require_own_page
from moiety.service.failures import responses
from moiety.service.listening.addresses import address_of
from moiety.service.parameters import LIMIT_PASSKEY, LIMIT_SIGN_IN, SESSION_IDLE_S, SESSION_S
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.sign_in import Opened
from moiety.service.state import Shared, State
from moiety.store import limits, sessions
from moiety.store.limits import DAY_S, Limit
from moiety.store.parameters import NAME_LENGTH

router = APIRouter(prefix="/v1", tags=["signing in"], route_class=GuardedRoute)


OperatorName = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Code(BaseModel):
    """An invitation's code, as it was printed or handed over."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str, Field(min_length=8, max_length=64, examples=["K7QM-2XHD-9VPA-4TRW-B6NE-3YJF-8CSZ"])]


class Begun(BaseModel):
    """A sign-in that the browser goes on with."""

    sign_in: Annotated[str, Field(description="Send it back with the browser's answer.")]
    options: Annotated[dict[str, Any], Field(description="For navigator.credentials.create or .get.")]


class Answered(BaseModel):
    """The browser's answer."""

    model_config = ConfigDict(extra="forbid")
    sign_in: Annotated[str, Field(min_length=16, max_length=128)]
    credential: Annotated[
        dict[str, Any], Field(description="The PublicKeyCredential, as its toJSON() gives it.")
    ]
    name: Annotated[
        OperatorName | None,
        Field(description="What a new operator calls themselves; by default the invitation's name."),
    ] = None


class Me(BaseModel):
    """Who is signed in, and the token that a page sends with whatever changes something."""

    id: str
    name: str
    roles: list[Role]
    csrf: Annotated[str | None, Field(description="For the header X-CSRF-Token; null for an API client.")]


class OneSession(BaseModel):
    """A session that goes on. Times in UTC seconds."""

    id: str
    begun_at: int
    seen_at: int
    expires: int
    this: bool


@router.post(
    "/session/invitation/begin",
    summary="Begin to become an operator",
    dependencies=[Depends(anyone)],
    responses=responses(401, 422, 429),
)
def invitation_begin(body: Code, request: Request, state: Shared) -> Begun:
    """With an invitation's code; the first one is printed by `moiety serve` on its terminal."""
    require_own_page(request)
    try:
        begun = sign_in.begin_registration(state, body.code)
    except NotSignedIn:  # a right code never counts, and is never refused for what others tried
        limit_address(state, request, LIMIT_SIGN_IN)
        raise
    return Begun(sign_in=begun.token, options=begun.options)


@router.post(
    "/session/invitation/complete",
    summary="Become an operator",
    dependencies=[Depends(anyone)],
    responses=responses(401, 409, 422),
)
def invitation_complete(body: Answered, request: Request, response: Response, state: Shared) -> Me:
    """With the passkey that the browser made; signs in at once. An invitation is used once."""
    require_own_page(request)
    opened = sign_in.complete_registration(state, body.sign_in, body.credential, called=body.name)
    return signed_in(state, response, opened)


@router.post(
    "/session/passkey/begin",
    summary="Begin to sign in with a passkey",
    dependencies=[Depends(anyone)],
    responses=responses(429),
)
def passkey_begin(request: Request, state: Shared) -> Begun:
    """The browser offers the passkeys that it has for this service."""
    require_own_page(request)
    limit_address(state, request, LIMIT_PASSKEY)
    begun = sign_in.begin_login(state)
    return Begun(sign_in=begun.token, options=begun.options)


@router.post(
    "/session/passkey/complete",
    summary="Sign in with a passkey",
    dependencies=[Depends(anyone)],
    responses=responses(401, 422),
)
def passkey_complete(body: Answered, request: Request, response: Response, state: Shared) -> Me:
    """Sets the session's cookie."""
    require_own_page(request)
    return signed_in(state, response, sign_in.complete_login(state, body.sign_in, body.credential))


@router.get("/session", summary="Who is signed in", responses=responses(401))
def who(request: Request, state: Shared, actor: Annotated[Actor, Depends(SIGNED_IN)]) -> Me:
    """Also gives the page its token."""
    cookie = request.cookies.get(cookie_name(state.settings))
    csrf = None if actor.session is None or cookie is None else tokens.csrf_of(cookie)
    return Me(id=actor.id, name=actor.name, roles=sorted(actor.roles), csrf=csrf)


@router.delete("/session", summary="Sign out", status_code=204, responses=responses(401, 403))
def sign_out(response: Response, state: Shared, actor: Annotated[Actor, Depends(SIGNED_IN)]) -> None:
    """Ends this session, in every process."""
    if actor.session is not None:
        with state.store.begin() as connection:
            sessions.end(connection, actor.session, actor.id, state.now())
    response.delete_cookie(cookie_name(state.settings), path="/", secure=state.settings.secure, httponly=True)


@router.get("/sessions", summary="One's own sessions", responses=responses(401))
def own(state: Shared, actor: Annotated[Actor, Depends(SIGNED_IN)]) -> list[OneSession]:
    """Those that go on, newest first."""
    with state.store.reading() as connection:
        found = sessions.of_operator(connection, actor.id, state.now(), SESSION_IDLE_S)
    return [
        OneSession(
            id=one.id,
            begun_at=one.begun_at,
            seen_at=one.seen_at,
            expires=one.expires,
            this=one.id == actor.session,
        )
        for one in found
    ]


@router.delete(
    "/sessions/{session}",
    summary="End one of one's own sessions",
    status_code=204,
    responses=responses(401, 403, 404),
)
def end(session: str, state: Shared, actor: Annotated[Actor, Depends(SIGNED_IN)]) -> None:
    """At another machine that was left open, for example."""
    with state.store.begin() as connection:
        sessions.end(connection, session, actor.id, state.now())


def signed_in(state: State, response: Response, opened: Opened) -> Me:
    """Put the session into its cookie, and say who is signed in."""
    set_cookie(state, response, opened)
    operator = opened.operator
    return Me(
        id=operator.id,
        name=operator.name,
        roles=[Role(one) for one in operator.roles.split()],
        csrf=tokens.csrf_of(opened.cookie),
    )


def set_cookie(state: State, response: Response, opened: Opened) -> None:
    """The session's cookie: for this host alone, out of reach of scripts, never sent from another site."""
    response.set_cookie(
        cookie_name(state.settings),
        opened.cookie,
        max_age=SESSION_S,
        path="/",
        secure=state.settings.secure,
        httponly=True,
        samesite="strict",
    )


def limit_address(state: State, request: Request, limit: Limit) -> None:
    """Count an attempt of this address, under the day's key."""
    now = state.now()
    address = address_of(request)
    with state.store.begin() as connection:
        limits.count(connection, limit, limits.pseudonym(connection, address.encode(), now // DAY_S), now)
