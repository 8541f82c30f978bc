"""Signing in: passkeys (WebAuthn Level 3), invitations that make an operator, sessions that follow."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from moiety.errors import NotSignedIn, RequestMalformed
from moiety.service import tokens
from moiety.service.parameters import SESSION_S, SIGN_IN_S
from moiety.service.state import State
from moiety.service.tokens import Token
from moiety.store import events, operators, sessions
from moiety.store.operators import Operator, Passkey
from moiety.store.parameters import PASSKEY_ID_BYTES, PASSKEY_KEY_BYTES, TOKEN_BYTES
from moiety.store.sessions import SignIn

REGISTER: Final = "register"
LOGIN: Final = "login"
ANOTHER: Final = "another"
HERE: Final = "this-machine"
"""Who invited, where the code came from this machine's own terminal: whoever may start the service."""

_REFUSED: Final = "The sign-in was not accepted."


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """A sign-in that a browser goes on with: its token, and the options for `navigator.credentials`."""

    token: str = field(repr=False)
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has begun; `cookie` goes into the cookie and nowhere else."""

    cookie: str = field(repr=False)
    operator: Operator
    expires: int


def begin_registration(state: State, code: str) -> BegunSignIn:
    """Begin to make an operator of whoever holds this invitation.

    Raises:
        NotSignedIn: no such invitation, or used, or run out.
    """
    now = state.now()
    code_hash = tokens.hashed(tokens.tidy_code(code))
    challenge = secrets.token_bytes(TOKEN_BYTES)
    token = Token.new()
    with state.store.begin() as connection:
        invitation = operators.find_invitation(connection, code_hash, now)
        if invitation is None:
            raise NotSignedIn(
                "There is no such invitation, or it was used or has run out.",
                remedy="Ask an administrator for a new one.",
            )
        sign_in = SignIn(REGISTER, challenge, None, code_hash)
        sessions.begin_sign_in(connection, token.hash, sign_in, now + SIGN_IN_S, now)
    return BegunSignIn(token.text, _options(state, invitation.name, challenge))


def complete_registration(
    state: State, token: str, credential: dict[str, Any], *, called: str | None = None
) -> Opened:
    """Make the operator, with the passkey that was made, and sign them in.

    `called` is the name that they give themselves; by default the invitation's.

    Raises:
        NotSignedIn: late, used, or an answer that does not hold.
    """
    now = state.now()
    sign_in = take(state, token, REGISTER, now)
    made = _made(state, sign_in, credential)
    with state.store.begin() as connection:
        operator = from_invitation(state, connection, sign_in, None, now, called=called)
        passkey = Passkey(made.credential_id, operator.id, made.credential_public_key, made.sign_count)
        operators.add_passkey(connection, passkey, backed_up=made.credential_backed_up, now=now)
        return open_session(connection, operator, now)


def begin_another(state: State, operator: str, name: str) -> BegunSignIn:
    """Begin to add another passkey to an operator who is signed in."""
    now, challenge, token = state.now(), secrets.token_bytes(TOKEN_BYTES), Token.new()
    with state.store.begin() as connection:
        # Bound to this operator: whoever else answers it has another name in front of the challenge.
        sign_in = SignIn(ANOTHER, challenge, None, tokens.hashed(operator))
        sessions.begin_sign_in(connection, token.hash, sign_in, now + SIGN_IN_S, now)
    return BegunSignIn(token.text, _options(state, name, challenge))


def complete_another(state: State, operator: str, token: str, credential: dict[str, Any]) -> None:
    """Add the passkey that was made.

    Raises:
        NotSignedIn: late, used, another operator's, or an answer that does not hold.
        Conflict: the passkey is in use already.
    """
    now = state.now()
    sign_in = take(state, token, ANOTHER, now)
    if sign_in.invitation != tokens.hashed(operator):
        raise NotSignedIn(_REFUSED)
    made = _made(state, sign_in, credential)
    with state.store.begin() as connection:
        passkey = Passkey(made.credential_id, operator, made.credential_public_key, made.sign_count)
        operators.add_passkey(connection, passkey, backed_up=made.credential_backed_up, now=now)


def _made(state: State, sign_in: SignIn, credential: dict[str, Any]) -> VerifiedRegistration:
    """The passkey in a browser's answer.

    Raises:
        NotSignedIn: it does not hold, or is of a kind that is not taken.
    """
    try:
        parse_registration_credential_json(credential)
        made = verify_registration_response(
            credential=credential,
            expected_challenge=sign_in.challenge,
            expected_rp_id=state.settings.host,
            expected_origin=state.settings.site,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn(_REFUSED) from error
    if (
        len(made.credential_id) > PASSKEY_ID_BYTES
        or not 32 <= len(made.credential_public_key) <= PASSKEY_KEY_BYTES
    ):
        raise NotSignedIn(
            "This kind of passkey is not taken.", remedy="Use one of a phone or of this machine."
        )
    return made


def _options(state: State, name: str, challenge: bytes) -> dict[str, Any]:
    """The options for `navigator.credentials.create`."""
    options = generate_registration_options(
        rp_id=state.settings.host,
        rp_name="Moiety",
        user_name=name,
        user_id=secrets.token_bytes(16),
        challenge=challenge,
        timeout=SIGN_IN_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


def begin_login(state: State) -> BegunSignIn:
    """Begin to sign in with a passkey; the browser offers those that it has for this host."""
    now = state.now()
    challenge = secrets.token_bytes(TOKEN_BYTES)
    token = Token.new()
    with state.store.begin() as connection:
        sign_in = SignIn(LOGIN, challenge, None, None)
        sessions.begin_sign_in(connection, token.hash, sign_in, now + SIGN_IN_S, now)
    options = generate_authentication_options(
        rp_id=state.settings.host,
        challenge=challenge,
        timeout=SIGN_IN_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return BegunSignIn(token.text, json.loads(options_to_json(options)))


def complete_login(state: State, token: str, credential: dict[str, Any]) -> Opened:
    """Sign in the operator whose passkey signed the challenge.

    Raises:
        NotSignedIn: late, used, unknown, removed, or an answer that does not hold.
    """
    now = state.now()
    sign_in = take(state, token, LOGIN, now)
    try:
        identifier = base64url_to_bytes(credential["id"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSignedIn(_REFUSED) from error
    with state.store.begin() as connection:
        passkey = operators.find_passkey(connection, identifier)
        operator = None if passkey is None else operators.find(connection, passkey.operator)
        if passkey is None or operator is None:
            raise NotSignedIn(_REFUSED)
        try:
            shown = verify_authentication_response(
                credential=credential,
                expected_challenge=sign_in.challenge,
                expected_rp_id=state.settings.host,
                expected_origin=state.settings.site,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn(_REFUSED) from error
        operators.used_passkey(connection, identifier, shown.new_sign_count, now)
        return open_session(connection, operator, now)


def from_invitation(
    state: State,
    connection: Connection,
    sign_in: SignIn,
    subject: tuple[str, str] | None,
    now: int,
    *,
    called: str | None = None,
) -> Operator:
    """The operator whom an invitation makes, once; `subject` is how an OpenID provider knows them.

    Where it makes an administrator, every code that was printed for a first one ends. `called` is the name
    that they give themselves; by default the invitation's.

    Raises:
        NotSignedIn: somebody else used it meanwhile.
    """
    state.store.lock(connection, operators.LOCK)
    used = (
        None if sign_in.invitation is None else operators.use_invitation(connection, sign_in.invitation, now)
    )
    if used is None:
        raise NotSignedIn("The invitation was used or has run out.")
    issuer, name = (None, None) if subject is None else subject
    operator = Operator(tokens.new_id(), called or used.name, used.roles, issuer, name, now, None)
    operators.add(connection, operator)
    if operators.ADMINISTRATOR in operator.roles.split():
        operators.end_first_run(connection)
    by = HERE if used.by is None else used.by
    told = {"operator": operator.id, "roles": operator.roles, "by": by}
    events.record(connection, "operator-added", told, now)
    return operator


def open_session(
    connection: Connection, operator: Operator, now: int, *, device: bytes | None = None
) -> Opened:
    """Begin a session of an operator; `device` is the key of the one that it is bound to."""
    token = Token.new()
    sessions.begin(
        connection,
        token.hash,
        tokens.hashed(tokens.csrf_of(token.text)),
        tokens.new_id(),
        operator.id,
        now,
        now + SESSION_S,
        device,
    )
    return Opened(token.text, operator, now + SESSION_S)


def take(state: State, token: str, kind: str, now: int) -> SignIn:
    """Take a sign-in that has begun, once.

    Raises:
        RequestMalformed, NotSignedIn: it is none, or was used, or took too long.
    """
    if not tokens.plausible(token):
        raise RequestMalformed("That is no sign-in of this service.")
    with state.store.begin() as connection:
        sign_in = sessions.take_sign_in(connection, tokens.hashed(token), kind, now)
    if sign_in is None:
        raise NotSignedIn("This sign-in was used already, or took too long.", remedy="Begin again.")
    return sign_in
