"""OpenID Connect against a provider that runs inside the test: who comes in, and every way not to."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey, RSAKey
from tests.conftest import Stage
from tests.service.conftest import SITE, Clock, Service

from moiety.errors import UsageError
from moiety.service.app import create_app
from moiety.service.oidc import Provider
from moiety.service.roles import Role
from moiety.service.settings import Oidc, Settings

ISSUER = "https://login.example.org"


class FakeProvider:
    """A small OpenID provider. `claims` and `key` can be changed, to see that it is noticed."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key: Any = RSAKey.generate_key(2048, {"kid": "one"})
        self.published = KeySet([self.key])
        self.discovery: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.change: Callable[[dict[str, Any]], None] = lambda claims: None
        self.algorithm = "RS256"
        self.away = False
        self._codes: dict[str, dict[str, Any]] = {}

    def authorize(self, address: str, subject: str) -> dict[str, str]:
        """The person signs in at the provider; what the browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = {**asked, "sub": subject}
        return {"code": code, "state": asked["state"]}

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What it answers to the service (not to the browser)."""
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.discovery)
        if request.url.path == "/keys":
            return httpx.Response(200, json=self.published.as_dict(private=False))
        assert request.url.path == "/token"
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self._codes.pop(form["code"], None)
        made = (
            urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        )
        secret = request.headers["authorization"]
        if (
            asked is None
            or made != asked["code_challenge"]
            or secret != httpx.BasicAuth("moiety", "s3")._auth_header
        ):
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = int(self.clock())
        claims = {
            "iss": ISSUER, "aud": "moiety", "sub": asked["sub"], "nonce": asked["nonce"],
            "iat": now, "exp": now + 300,
        }  # fmt: skip
        self.change(claims)
        token = jwt.encode(
            {"alg": self.algorithm, "kid": "one"}, claims, self.key, algorithms=[self.algorithm]
        )
        return httpx.Response(200, json={"id_token": token, "access_token": "a", "token_type": "Bearer"})


@pytest.fixture
def provider(clock: Clock) -> FakeProvider:
    return FakeProvider(clock)


@pytest.fixture
def known(stage: Stage, clock: Clock, provider: FakeProvider) -> Iterator[Service]:
    """A service that knows the provider."""
    settings = Settings(home=stage.home, origin=SITE, oidc=Oidc(ISSUER, "moiety", "s3"))
    app = create_app(settings, clock=clock, transport=httpx.MockTransport(provider.answer))
    opened = Service(app, stage, clock)
    yield opened
    opened.state.store.close()
    opened.state.work.close()


def sign_in(service: Service, provider: FakeProvider, subject: str, invitation: str | None = None) -> Any:
    client = service.client()
    query = {} if invitation is None else {"invitation": invitation}
    begun = client.get("/v1/session/oidc", params=query, follow_redirects=False)
    if begun.status_code != 303:
        return client, begun
    back = provider.authorize(begun.headers["location"], subject)
    return client, client.get("/v1/session/oidc/callback", params=back)


def invited(service: Service) -> str:
    administrator = service.operator(Role.ADMINISTRATOR)
    made = administrator.post("/v1/operators", json={"name": "Amina", "roles": ["verifier"]})
    code: str = made.json()["code"]
    return code


def test_an_invited_person_comes_in_and_comes_again(known: Service, provider: FakeProvider) -> None:
    client, answer = sign_in(known, provider, "amina@idp", invited(known))
    assert answer.status_code == 200, answer.text
    assert client.get("/v1/session").json()["roles"] == ["verifier"]
    again, _ = sign_in(known, provider, "amina@idp")
    assert again.get("/v1/session").json()["id"] == client.get("/v1/session").json()["id"]
    assert known.client().get("/v1/sign-in").json()["oidc"] is True


def test_whom_nobody_invited_stays_out(known: Service, provider: FakeProvider) -> None:
    client, answer = sign_in(known, provider, "mallory@idp")
    assert answer.status_code == 401
    assert client.get("/v1/session").status_code == 401
    _, wrong = sign_in(known, provider, "mallory@idp", "AAAA-BBBB-CCCC")
    assert wrong.status_code == 401


def change(**claims: Any) -> Callable[[FakeProvider], None]:
    def done(provider: FakeProvider) -> None:
        provider.change = lambda said: said.update(claims)

    return done


def forget(name: str) -> Callable[[FakeProvider], None]:
    def done(provider: FakeProvider) -> None:
        provider.change = lambda said: said.pop(name)

    return done


def other_key(provider: FakeProvider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})


def other_kind_of_key(provider: FakeProvider) -> None:
    provider.key, provider.algorithm = OKPKey.generate_key("Ed25519", {"kid": "one"}), "Ed25519"


def other_discovery(provider: FakeProvider) -> None:
    provider.discovery["issuer"] = "https://evil.example"


FORGED: list[Callable[[FakeProvider], None]] = [
    change(iss="https://evil.example"),
    change(aud="another"),
    change(nonce="0" * 64),
    change(exp=1),
    change(sub=""),
    change(sub="x" * 300),
    forget("sub"),
    forget("nonce"),
    forget("exp"),
    other_key,
    other_kind_of_key,
    other_discovery,
]


@pytest.mark.parametrize("forge", FORGED)
def test_what_does_not_hold_is_refused(
    known: Service, provider: FakeProvider, forge: Callable[[FakeProvider], None]
) -> None:
    code = invited(known)
    forge(provider)
    client, answer = sign_in(known, provider, "amina@idp", code)
    assert answer.status_code == 401, answer.text
    assert client.get("/v1/session").status_code == 401


def test_a_sign_in_is_its_browsers_own_and_used_once(known: Service, provider: FakeProvider) -> None:
    victim, attacker = known.client(), known.client()
    begun = attacker.get("/v1/session/oidc", params={"invitation": invited(known)}, follow_redirects=False)
    back = provider.authorize(begun.headers["location"], "attacker@idp")
    assert victim.get("/v1/session/oidc/callback", params=back).status_code == 401, "login CSRF"
    assert attacker.get("/v1/session/oidc/callback", params=back).status_code == 200
    assert attacker.get("/v1/session/oidc/callback", params=back).status_code == 401


def test_a_provider_that_is_away_is_told(known: Service, provider: FakeProvider) -> None:
    provider.away = True
    _, answer = sign_in(known, provider, "amina@idp")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")


def test_a_provider_in_the_clear_is_refused() -> None:
    for address in ("http://login.example.org", "ftp://x", "login.example.org"):
        with pytest.raises(UsageError):
            Provider(Oidc(address, "moiety", "s3"))


def test_the_callback_page_escapes_and_forwards_nothing(known: Service) -> None:
    answer = known.client().get(
        "/v1/session/oidc/callback", params={"code": "<script>alert(1)</script>", "state": "x"}
    )
    assert answer.status_code == 401
    assert "<script" not in answer.text
