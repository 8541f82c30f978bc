"""Who is calling, and whether they may: `require(roles)` on every route, or `anyone` said out loud.

A person comes with a session cookie, and for whatever changes something with the page's token as well (CSRF);
a program comes with a bearer token. Both are looked up in the store at every request, so that whoever was
removed is out at once, in every process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.concurrency import run_in_threadpool

from moiety.errors import NotAllowed, NotSignedIn, OtherPage
from moiety.keys import same
from moiety.service import roles, tokens
from moiety.service.parameters import SESSION_IDLE_S, SESSION_SEEN_S
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.service.state import State, state_of
from moiety.store import operators, sessions

CSRF_HEADER: Final = "X-CSRF-Token"
_HELD: Final = "moiety.actor"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_SCHEME: Final = APIKeyCookie(
    name="__Host-moiety", auto_error=False, description="An operator's session."
)
BEARER_SCHEME: Final = HTTPBearer(auto_error=False, description="An API client's token.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is calling: an operator in a session, or an API client.

    `id` has 32 hexadecimal digits; `session` is the session's identifier, None for a client. `captures` is
    whether they may send what they captured: operators may, a client where an administrator said so.
    """

    id: str
    name: str
    roles: frozenset[Role]
    session: str | None
    captures: bool = True


class Require:
    """The dependency of a route: one of these roles. Its `roles` are what the authorisation table shows."""

    def __init__(self, *allowed: Role, people_only: bool = False) -> None:
        self.roles: Final = frozenset(allowed)
        self.people_only: Final = people_only

    async def __call__(self, request: Request) -> Actor:
        """The caller. Looked up in another thread, once a request; then held.

        Raises:
            NotSignedIn: nobody, or no longer.
            NotAllowed: another role, a program where only people may, or a request from another page.
        """
        held: Actor | None = request.scope.get(_HELD)
        actor = await run_in_threadpool(identify_caller, request) if held is None else held
        request.scope[_HELD] = actor
        if not self.roles & actor.roles:
            raise NotAllowed(f"This needs the role {' or '.join(sorted(self.roles))}.")
        if self.people_only and actor.session is None:
            raise NotAllowed("This is for a person who is signed in, not for a program.")
        return actor


class RequireInSocket:
    """The dependency of a WebSocket: one of these roles, asked for once the socket is open.

    The answer is told there, in the one error shape: a browser hides from its page why a handshake failed.
    """

    def __init__(self, *allowed: Role) -> None:
        self.roles: Final = frozenset(allowed)

    def __call__(self) -> RequireInSocket:
        """Itself, for the route to hold its caller against."""
        return self

    def admit(
        self, state: State, origin: str | None, cookie: str | None, authorization: str | None = None
    ) -> Actor:
        """The caller, by what the handshake carried: the page's origin and the session's cookie, or a token.

        A browser cannot send a token here, so that its page cannot speak for a program.

        Raises:
            NotSignedIn: nobody, or no longer.
            NotAllowed: another role, or another page.
        """
        if origin is None and cookie is None and authorization is not None:
            actor = _client(state, authorization)
            require_captures(actor)
        else:
            if origin != state.settings.site:
                raise OtherPage("The request came from another page.", remedy=f"Open {state.settings.site}.")
            if cookie is None:
                raise NotSignedIn("Nobody is signed in.")
            actor = of_session(state, cookie)
        if not self.roles & actor.roles:
            raise NotAllowed(f"This needs the role {' or '.join(sorted(self.roles))}.")
        return actor


def require_captures(actor: Actor) -> None:
    """Refuse captures of an API client that no administrator named for it.

    Raises:
        NotAllowed: it is one.
    """
    if not actor.captures:
        raise NotAllowed(
            "This API client may not send captures.",
            remedy="An administrator adds a client that may: captures is true in POST /v1/clients.",
        )


def require(*allowed: Role) -> Require:
    """A dependency: the caller must have one of these roles."""
    return Require(*allowed)


async def anyone() -> None:
    """The dependency of a route that is open to everybody, and says so."""


SIGNED_IN: Final = Require(*Role)
"""Whoever is signed in, in any role."""
PERSON: Final = Require(*Role, people_only=True)
"""A person who is signed in, in any role; no program."""


def identify_caller(request: Request) -> Actor:
    """Who is calling, from the cookie or the bearer token; both at once are refused."""
    state = state_of(request)
    cookie = request.cookies.get(cookie_name(state.settings))
    header = request.headers.get("authorization")
    if header is not None and cookie is not None:
        raise NotSignedIn("A request comes with a session or with a token, not with both.")
    if header is not None:
        return _client(state, header)
    if cookie is None:
        raise NotSignedIn("Nobody is signed in.")
    actor = of_session(state, cookie)
    if request.method not in _SAFE:
        require_own_page(request)
        sent = request.headers.get(CSRF_HEADER, "")
        if not same(sent.encode(), tokens.csrf_of(cookie).encode()):
            raise NotAllowed(
                "The request does not carry the page's token.",
                remedy=f"Send the token that GET /v1/session gives, in the header {CSRF_HEADER}.",
            )
    return actor


def of_session(state: State, cookie: str) -> Actor:
    """The operator of a session; also for a WebSocket, whose handshake carries the cookie.

    Raises:
        NotSignedIn: it ended.
    """
    ended = NotSignedIn("The session has ended.", remedy="Sign in again.")
    if not tokens.plausible(cookie):
        raise ended
    now = state.now()
    with state.store.reading() as connection:
        session = sessions.find(connection, tokens.hashed(cookie), now, SESSION_IDLE_S)
    if session is None:
        raise ended
    if now - session.seen_at >= SESSION_SEEN_S:
        with state.store.begin() as connection:
            sessions.seen(connection, session.id, now)
    return Actor(session.operator, session.name, roles.decode(session.roles), session.id)


def require_own_page(request: Request) -> None:
    """Refuse what a browser says came from another site.

    A browser that keeps its referrer to itself sends a form with `Origin: null`; `Sec-Fetch-Site`, which no
    page can set, then says where the form was.

    Raises:
        OtherPage: it did.
    """
    site = state_of(request).settings.site
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    hidden = origin == "null" and fetched == "same-origin"
    if fetched not in (None, "same-origin", "none") or not (hidden or origin in (None, site)):
        raise OtherPage("The request came from another page.", remedy=f"Open {site}.")


def cookie_name(settings: Settings) -> str:
    """The session cookie's name: `__Host-` binds it to this host and to https (RFC 6265bis, 4.1.3.2)."""
    return "__Host-moiety" if settings.secure else "moiety"


def _client(state: State, header: str) -> Actor:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    client = None
    if scheme.lower() == "bearer" and tokens.plausible(token):
        with state.store.reading() as connection:
            client = operators.find_client(connection, tokens.hashed(token), state.now())
    if client is None:
        raise NotSignedIn("The token is unknown, has run out, or was removed.")
    return Actor(client.id, client.name, roles.of_client(client.roles), None, client.captures)
