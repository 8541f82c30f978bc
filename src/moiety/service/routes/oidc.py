"""The two steps of a sign-in with an OpenID provider, as a browser goes through them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse

from moiety import catalogue
from moiety.errors import MoietyError, NotFound, NotSignedIn
from moiety.service import failures
from moiety.service.auth import anyone
from moiety.service.failures import responses
from moiety.service.oidc import CALLBACK, Provider
from moiety.service.parameters import LIMIT_PASSKEY, SIGN_IN_S
from moiety.service.routes.session import limit_address, set_cookie
from moiety.service.settings import named
from moiety.service.state import Shared, State
from moiety.service.written import read_language, write_link, write_page
from moiety.store.operators import any_administrator

router = APIRouter(tags=["signing in"], dependencies=[Depends(anyone)])


class Ways(BaseModel):
    """The ways in that this service has."""

    passkey: Annotated[bool, Field(description="Whether this address can have passkeys: numbers can't.")]
    oidc: bool
    set_up: Annotated[bool, Field(description="Whether there is an administrator.")]


@router.get("/v1/sign-in", summary="The ways to sign in")
def ways(state: Shared) -> Ways:
    """Passkeys where the address has a name; an OpenID provider where one was set."""
    with state.store.reading() as connection:
        known = any_administrator(connection)
    return Ways(passkey=named(state.settings.host), oidc=state.provider is not None, set_up=known)


@router.get(
    "/v1/session/oidc",
    summary="Sign in with the OpenID provider",
    status_code=303,
    response_class=RedirectResponse,
    responses=responses(401, 404, 429),
)
def begin(
    request: Request,
    state: Shared,
    invitation: Annotated[
        str | None, Query(min_length=8, max_length=64, description="For whoever is not an operator yet.")
    ] = None,
) -> Response:
    """Sends the browser to the provider."""
    limit_address(state, request, LIMIT_PASSKEY)
    address, token = _provider(state).begin(state, invitation)
    response = RedirectResponse(address, status_code=303)
    # Lax, not strict: the provider sends the browser back, and this cookie shows that it is the same one.
    response.set_cookie(
        _cookie(state),
        token,
        max_age=SIGN_IN_S,
        path="/",
        secure=state.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(
    CALLBACK,
    summary="Where the OpenID provider sends the browser back",
    response_class=HTMLResponse,
    responses=responses(401, 404, 422),
)
def callback(
    request: Request,
    state: Shared,
    code: Annotated[str, Query(max_length=2048)] = "",
    came: Annotated[str, Query(alias="state", max_length=128)] = "",
) -> Response:
    """Signs in, and goes on to the start page: a navigation of this site's own, which carries the cookie."""
    provider = _provider(state)
    try:
        if not code or request.cookies.get(_cookie(state)) != came:
            raise NotSignedIn("This sign-in was not begun in this browser.")
        opened = provider.complete(state, came, code)
    except MoietyError as error:
        return failures.answer(error, request)
    language = read_language(request)
    way = write_link("/", "pages.continue", language)
    response = write_page(
        request,
        catalogue.text("pages.signed-in", language),
        f"<div class='actions'>{way}</div>",
        headers={"Refresh": "0; url=/"},
        once=True,
    )
    set_cookie(state, response, opened)
    response.delete_cookie(_cookie(state), path="/", secure=state.settings.secure, httponly=True)
    return response


def _provider(state: State) -> Provider:
    if state.provider is None:
        raise NotFound("This service has no OpenID provider.", remedy="Sign in with a passkey.")
    return state.provider


def _cookie(state: State) -> str:
    return "__Host-moiety-oidc" if state.settings.secure else "moiety-oidc"
