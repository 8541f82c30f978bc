"""OpenID Connect as another way in: authorization code flow with PKCE; whom it lets in was invited before.

The provider says who somebody is; what they may do is decided here, by an invitation. OpenID Connect Core
1.0, section 3.1; RFC 7636. Authlib forms the requests and validates the claims.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from moiety.errors import NotSignedIn, Overloaded, UsageError
from moiety.service import tokens
from moiety.service.parameters import SIGN_IN_S
from moiety.service.settings import Oidc
from moiety.service.sign_in import Opened, from_invitation, open_session, take
from moiety.service.state import State
from moiety.service.tokens import Token
from moiety.store import operators, sessions
from moiety.store.parameters import TOKEN_BYTES
from moiety.store.sessions import SignIn
from moiety.store.tables.operators import SUBJECT_LENGTH

KIND: Final = "oidc"
CALLBACK: Final = "/v1/session/oidc/callback"
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
_KEEP_S: Final = 3600
_TIMEOUT_S: Final = 10
_MAX_BYTES: Final = 256 * 1024
_LEEWAY_S: Final = 120
"""The provider's clock and this one may differ by two minutes."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """What its discovery document says, and its keys."""

    authorization: str
    token: str
    keys: KeySet
    read_at: float


class Provider:
    """An OpenID provider, as far as this process has heard of it. `transport` is for tests."""

    def __init__(self, settings: Oidc, transport: httpx.BaseTransport | None = None) -> None:
        require_secure(settings.issuer)
        self.settings: Final = settings
        self._transport: Final = transport
        self._known: _Provider | None = None

    def begin(self, state: State, code: str | None) -> tuple[str, str]:
        """Where to send the browser, and the token for its cookie; `code` is an invitation's.

        Raises:
            NotSignedIn: no such invitation.
            Overloaded: the provider does not answer.
        """
        now, token, challenge = state.now(), Token.new(), secrets.token_bytes(TOKEN_BYTES)
        verifier = secrets.token_urlsafe(48)
        invitation = None if code is None else tokens.hashed(tokens.tidy_code(code))
        known = self._provider()
        with state.store.begin() as connection:
            if invitation is not None and operators.find_invitation(connection, invitation, now) is None:
                raise NotSignedIn("There is no such invitation, or it was used or has run out.")
            sign_in = SignIn(KIND, challenge, verifier, invitation)
            sessions.begin_sign_in(connection, token.hash, sign_in, now + SIGN_IN_S, now)
        address: str = prepare_grant_uri(
            known.authorization,
            self.settings.client_id,
            "code",
            redirect_uri=state.settings.site + CALLBACK,
            scope="openid",
            state=token.text,
            nonce=challenge.hex(),
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return address, token.text

    def complete(self, state: State, token: str, code: str) -> Opened:
        """Sign in whom the provider names: an operator, or the one who was invited.

        Raises:
            NotSignedIn: late, used, not as it should be, or somebody who was not invited.
            Overloaded: the provider does not answer.
        """
        now = state.now()
        sign_in = take(state, token, KIND, now)
        subject = self._subject(sign_in, self._exchange(state, sign_in, code), now)
        with state.store.begin() as connection:
            operator = operators.find_subject(connection, self.settings.issuer, subject)
            if operator is None and sign_in.invitation is not None:
                known_as = (self.settings.issuer, subject)
                operator = from_invitation(state, connection, sign_in, known_as, now)
            if operator is None:
                raise NotSignedIn(
                    "The provider knows you, and this service does not.",
                    remedy="Ask an administrator for an invitation, and enter its code before you go there.",
                )
            return open_session(connection, operator, now)

    def _exchange(self, state: State, sign_in: SignIn, code: str) -> str:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": state.settings.site + CALLBACK,
            "code_verifier": sign_in.verifier or "",
        }
        answer = self._ask("POST", self._provider().token, data=body)
        found = answer.get("id_token")
        if not isinstance(found, str):
            raise NotSignedIn("The provider did not say who you are.")
        return found

    def _subject(self, sign_in: SignIn, id_token: str, now: int) -> str:
        try:
            read = jwt.decode(id_token, self._provider().keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                    "nonce": {"essential": True, "value": sign_in.challenge.hex()},
                },
                params={"client_id": self.settings.client_id, "nonce": sign_in.challenge.hex()},
            )
            claims.validate(now=now, leeway=_LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn("What the provider says does not hold.") from error
        subject = read.claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH:
            raise NotSignedIn("The provider's name for you is not as it should be.")
        return subject

    def _provider(self) -> _Provider:
        known = self._known
        if known is not None and time.monotonic() - known.read_at < _KEEP_S:
            return known
        said = self._ask("GET", get_well_known_url(self.settings.issuer, external=True))
        if said.get("issuer") != self.settings.issuer:
            raise NotSignedIn("The provider's discovery document is another's.")
        ends = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(isinstance(one, str) for one in ends):
            raise NotSignedIn("The provider's discovery document is not as it should be.")
        authorization, token, keys = (str(one) for one in ends)
        for one in (authorization, token, keys):
            require_secure(one)
        try:
            found = KeySet.import_key_set(self._ask("GET", keys))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn("The provider's keys are not as they should be.") from error
        self._known = _Provider(authorization, token, found, time.monotonic())
        return self._known

    def _ask(self, method: str, address: str, data: Mapping[str, str] | None = None) -> dict[str, Any]:
        credentials = None if data is None else (self.settings.client_id, self.settings.client_secret)
        try:
            with httpx.Client(timeout=_TIMEOUT_S, transport=self._transport, trust_env=False) as client:
                answer = client.request(method, address, data=data, auth=credentials)
            if answer.status_code != 200 or len(answer.content) > _MAX_BYTES:
                raise NotSignedIn("The provider refused.")
            found = answer.json()
        except httpx.HTTPError as error:
            raise Overloaded("The OpenID provider does not answer.") from error
        except ValueError as error:
            raise NotSignedIn("The provider's answer cannot be read.") from error
        if not isinstance(found, dict):
            raise NotSignedIn("The provider's answer cannot be read.")
        return found


MakeProvider = Callable[[Oidc], Provider]


def require_secure(address: str) -> None:
    """Refuse a provider that isn't reached by https, but for one on this machine.

    Raises:
        UsageError: such an address.
    """
    parts = urlsplit(address)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and local)):
        raise UsageError("An OpenID provider is reached by https.")
