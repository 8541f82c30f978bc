"""Joining over the local network: an invitation signs in, where an address can have no passkey."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from moiety.errors import NotFound, NotSignedIn
from moiety.service import sign_in, tokens
from moiety.service.auth import anyone, require_own_page
from moiety.service.failures import responses
from moiety.service.routes.session import Code, Me, limit_address, signed_in
from moiety.service.routing import GuardedRoute
from moiety.service.sign_in import Opened
from moiety.service.state import Shared, State
from moiety.store.sessions import SignIn

router = APIRouter(prefix="/v1", tags=["signing in"], route_class=GuardedRoute)
KIND = "join"


@router.post(
    "/session/join",
    summary="Join from the local network",
    dependencies=[Depends(anyone)],
    responses=responses(401, 403, 404, 422, 429),
)
def join(body: Code, request: Request, response: Response, state: Shared) -> Me:
    """With an invitation alone, once, and only where the service was started with `--lan`."""
    require_own_page(request)
    if not state.settings.lan:
        raise NotFound("This service is not open to its local network.")
    limit_address(state, request)
    return signed_in(state, response, joined(state, body.code))


def joined(state: State, code: str) -> Opened:
    """A session of a new operator, whom this invitation makes.

    Raises:
        NotSignedIn: no such invitation, or used, or run out.
    """
    now = state.now()
    invitation = tokens.hashed(tokens.tidy_code(code))
    with state.store.begin() as connection:
        try:
            operator = sign_in.from_invitation(
                state, connection, SignIn(KIND, b"", None, invitation), None, now
            )
        except NotSignedIn as error:
            remedy = "Ask for a new one: an administrator makes it under Account."
            raise NotSignedIn(str(error), remedy=remedy) from error
        return sign_in.open_session(connection, operator, now)
