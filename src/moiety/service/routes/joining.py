"""Joining over the local network: an invitation signs in, where an address can have no passkey."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode
from typing import Annotated, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from moiety.errors import NotFound, NotSignedIn, RequestMalformed
from moiety.service import sign_in, tokens
from moiety.service.auth import anyone, cookie_name, require_own_page
from moiety.service.failures import responses
from moiety.service.parameters import LIMIT_PASSKEY, LIMIT_SIGN_IN, SIGN_IN_S
from moiety.service.roles import Role
from moiety.service.routes.session import Code, Me, limit_address, signed_in
from moiety.service.routing import GuardedRoute
from moiety.service.sign_in import Opened
from moiety.service.state import Shared, State
from moiety.service.tokens import Token
from moiety.store import sessions
from moiety.store.parameters import TOKEN_BYTES
from moiety.store.sessions import Session, SignIn

router = APIRouter(prefix="/v1", tags=["signing in"], route_class=GuardedRoute)
KIND: Final = "join"
WAKE: Final = "wake"
PURPOSE: Final = b"moiety/wake/1"


class Joins(Code):
    """An invitation's code, and the key of the device that joins with it."""

    device: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z0-9_-]{87}$",
            description="A P-256 public key, uncompressed, base64url; the private half stays there.",
        ),
    ] = None


class Challenge(BaseModel):
    """What the device signs: ECDSA over P-256 and SHA-256, of `moiety/wake/1`, a zero byte, the site, a zero
    byte, and these 32 bytes."""

    sign_in: str
    challenge: Annotated[str, Field(description="32 bytes in hexadecimal digits.")]


class Signed(BaseModel):
    """The device's answer."""

    model_config = ConfigDict(extra="forbid")
    sign_in: Annotated[str, Field(min_length=16, max_length=128)]
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$", description="r and s, 32 bytes each.")]


@router.post(
    "/session/join",
    summary="Join from the local network",
    dependencies=[Depends(anyone)],
    responses=responses(401, 403, 404, 422, 429),
)
def join(body: Joins, request: Request, response: Response, state: Shared) -> Me:
    """With an invitation alone, once, and only where the service was started with `--lan`.

    With the device's key the session lasts a shift: after half an hour of rest the device wakes it, by a
    signature. Without one it ends then.
    """
    require_own_page(request)
    if not state.settings.lan:
        raise NotFound("This service is not open to its local network.")
    try:
        opened = joined(state, body.code, _key(body.device))
    except NotSignedIn:  # a right code never counts
        limit_address(state, request, LIMIT_SIGN_IN)
        raise
    return signed_in(state, response, opened)


def joined(state: State, code: str, device: bytes | None = None) -> Opened:
    """A session of a new operator, whom this invitation makes; `device` is the key that it is bound to.

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
        return sign_in.open_session(connection, operator, now, device=device)


@router.post(
    "/session/wake/begin",
    summary="Begin to wake a session that rested",
    dependencies=[Depends(anyone)],
    responses=responses(401, 403, 429),
)
def wake_begin(request: Request, state: Shared) -> Challenge:
    """With the session's cookie, at the device that joined."""
    require_own_page(request)
    limit_address(state, request, LIMIT_PASSKEY)
    now, challenge, token = state.now(), secrets.token_bytes(TOKEN_BYTES), Token.new()
    cookie, _, _ = _resting(request, state)
    with state.store.begin() as connection:
        begun = SignIn(WAKE, challenge, None, tokens.hashed(cookie))
        sessions.begin_sign_in(connection, token.hash, begun, now + SIGN_IN_S, now)
    return Challenge(sign_in=token.text, challenge=challenge.hex())


@router.post(
    "/session/wake/complete",
    summary="Wake a session that rested",
    dependencies=[Depends(anyone)],
    responses=responses(401, 403, 422),
)
def wake_complete(body: Signed, request: Request, state: Shared) -> Me:
    """With the signature of the device's key: a copied cookie alone does not go on."""
    require_own_page(request)
    cookie, session, device = _resting(request, state)
    begun = sign_in.take(state, body.sign_in, WAKE, state.now())
    if begun.invitation != tokens.hashed(cookie) or not _signed(
        state, device, begun.challenge, body.signature
    ):
        raise NotSignedIn("This isn't the device that joined.", remedy="Join again with a new code.")
    with state.store.begin() as connection:
        sessions.seen(connection, session.id, state.now())
    return Me(
        id=session.operator,
        name=session.name,
        roles=[Role(one) for one in session.roles.split()],
        csrf=tokens.csrf_of(cookie),
    )


def _resting(request: Request, state: State) -> tuple[str, Session, bytes]:
    """The request's cookie, its session, and the key of the device that the session is bound to.

    Raises:
        NotSignedIn: there is no such session.
    """
    cookie = request.cookies.get(cookie_name(state.settings), "")
    found = None
    if tokens.plausible(cookie):
        with state.store.reading() as connection:
            found = sessions.resting(connection, tokens.hashed(cookie), state.now())
    if found is None:
        raise NotSignedIn("The session has ended.", remedy="Join again with a new code.")
    return cookie, *found


def _key(text: str | None) -> bytes | None:
    """The bytes of a device's public key.

    Raises:
        RequestMalformed: no point of the curve.
    """
    if text is None:
        return None
    key = urlsafe_b64decode(text + "=")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError as error:
        raise RequestMalformed("That isn't a P-256 public key.") from error
    return key


def _signed(state: State, device: bytes, challenge: bytes, signature: str) -> bool:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device)
    r, s = int(signature[:64], 16), int(signature[64:], 16)
    message = b"\x00".join((PURPOSE, state.settings.site.encode(), challenge))
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
