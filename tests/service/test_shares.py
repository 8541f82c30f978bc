"""The key-share service over HTTP: a verifier elsewhere opens a blind code, and is refused with reasons."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from tests.service.conftest import SITE, Service
from tests.store.test_shares import CONTENTS, Desk

from moiety.credential.blind import BlindCode
from moiety.credential.check import check, open_contents
from moiety.errors import NotAllowed, NotSignedIn, PinWrong, ShareUnavailable, StoreUnavailable
from moiety.service.roles import Role
from moiety.service.share_client import HttpShares

NOBODYS = BlindCode("https://a.example/", bytes(16), bytes(32))


def through(service: Service, role: Role | None) -> httpx.BaseTransport:
    client = service.client() if role is None else service.operator(role)

    def handle(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        answer = client.post(request.url.path, content=request.content, headers=headers)
        return httpx.Response(answer.status_code, content=answer.content)

    return httpx.MockTransport(handle)


def test_a_verifier_elsewhere_opens_a_blind_code(service: Service) -> None:
    desk = Desk(service.state.store, service.stage)
    code = desk.issue(pin="2468")
    purpose = desk.record.consent.purpose
    remote = HttpShares(SITE, "token", purpose, through(service, Role.VERIFIER))
    trust = service.stage.trust.with_shares(remote)
    assert open_contents(check(code, trust), trust, "2468") == CONTENTS
    with pytest.raises(PinWrong):
        remote(code.blind_code, "1357")
    with pytest.raises(ShareUnavailable):
        remote(replace(code.blind_code, cti=bytes(16)), None)
    for other in (
        replace(code.blind_code, issuer="https://b.example/"),
        replace(code.blind_code, commitment=bytes(32)),
    ):
        with pytest.raises(ShareUnavailable):
            remote(other, "2468")
    with pytest.raises(NotAllowed):
        HttpShares(SITE, "token", "another purpose", through(service, Role.VERIFIER))(code.blind_code, "2468")
    with pytest.raises(NotAllowed):
        HttpShares(SITE, "token", purpose, through(service, Role.AUDITOR))(code.blind_code, "2468")
    with pytest.raises(NotSignedIn):
        HttpShares(SITE, "token", purpose, through(service, None))(code.blind_code, "2468")
    assert "2468" not in repr(remote)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"share": "00"}', b'{"share": 5}'])
def test_an_answer_that_is_no_share_is_refused(content: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    with pytest.raises((ShareUnavailable, StoreUnavailable)):
        HttpShares(SITE, "token", "purpose", transport)(NOBODYS, None)


def test_a_service_that_is_away_is_told() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(StoreUnavailable):
        HttpShares(SITE, "token", "purpose", httpx.MockTransport(away))(NOBODYS, None)
