"""S13: eight liveness attempts with one code in a quarter of an hour, where the docs and all rates say 3."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.conftest import Stage
from tests.service.conftest import Clock, Service, open_service

from moiety.credential.code import Credential
from moiety.document.own import OwnCode
from moiety.errors import CeremonyRefused, RateLimited
from moiety.liveness.parameters import MOST_ATTEMPTS
from moiety.service.auth import Actor
from moiety.service.ceremonies import live
from moiety.service.ceremonies.captured import Captured
from moiety.service.ceremonies.turn import started
from moiety.service.roles import Role
from moiety.session import Kind
from moiety.store import ceremonies


def tried(client: TestClient, code: str, path: str = "verifications") -> str:
    """Begin, ask for a challenge, and leave: "started", or the code of what was refused."""
    body = {"code": code}
    begun = client.post(f"/v1/{path}", json=body)
    if begun.status_code != 201:
        error: dict[str, Any] = begun.json()["error"]
        assert error["remedy"], "the person learns what to do"
        return str(error["code"])
    told = begun.json()
    with client.websocket_connect(
        f"/v1/capture/{told['ceremony']}", headers={"origin": "https://verify.example.org"}
    ) as socket:
        socket.send_text(json.dumps({"do": "open", "nonce": told["nonce"], **body}))
        assert json.loads(socket.receive_text())["say"] == "ready"
        socket.send_text(json.dumps({"do": "challenge", "motion": "turn"}))
        heard = json.loads(socket.receive_text())
    return str(heard["error"]["code"] if heard["say"] == "failed" else heard["say"])


@pytest.fixture
def pair(stage: Stage, database_url: str) -> Any:
    """Two processes' worth of one service, as shipped, over one database."""
    clock = Clock()
    clock.ahead = 1.5 * 86_400 - time.time() % 86_400  # noon: what counts by the day is not cut by midnight
    opened = [open_service(stage, clock, database=database_url) for _ in range(2)]
    yield opened
    for one in opened:
        one.state.store.close()
        one.state.work.close()


def test_three_challenges_end_it_in_every_process_and_by_every_route(
    pair: list[Service], stage: Stage
) -> None:
    """A challenge counts when it begins: whoever leaves one that goes badly has used it."""
    one = pair[0]
    assert MOST_ATTEMPTS == 3

    def attempts(count: int, path: str = "verifications") -> list[str]:
        roles = (Role.VERIFIER, Role.ENROLLER)
        return [tried(pair[step % 2].operator(*roles), one.code, path) for step in range(count)]

    assert attempts(5) == ["started"] * 3 + ["rate-limited"] * 2
    again = open_service(stage, one.clock, database=one.state.settings.database)
    try:
        assert tried(again.operator(Role.VERIFIER), one.code) == "rate-limited", "after a restart too"
    finally:
        again.state.store.close()
        again.state.work.close()
    for _ in range(2):
        one.clock.ahead += 900
        assert attempts(4) == ["started"] * 3 + ["rate-limited"], "a quarter of an hour later three more"
    one.clock.ahead += 900
    assert attempts(1) == ["rate-limited"], "and no more than nine a day"


def test_a_challenge_counts_for_the_code_whatever_it_was_begun_for(pair: list[Service]) -> None:
    """Verification, renewal and withdrawal share the three."""
    one = pair[0]
    handle = OwnCode(Credential.from_text(one.code)).handle
    begun = [
        started(one.state, actor_of(one), kind, handle, {}, credential=True)
        for kind in (Kind.VERIFY, Kind.RENEW, Kind.WITHDRAW, Kind.VERIFY)
    ]
    for each in begun[:3]:
        live.attempt(one.state, each.ceremony)
    with pytest.raises(RateLimited, match="3 in 15 minutes"):
        live.attempt(one.state, begun[3].ceremony)
    for kind in (Kind.VERIFY, Kind.RENEW, Kind.WITHDRAW):
        with pytest.raises(RateLimited):
            started(pair[1].state, actor_of(one), kind, handle, {}, credential=True)
    started(one.state, actor_of(one), Kind.VERIFY, b"another code" * 2, {}, credential=True)


def actor_of(service: Service) -> Actor:
    """Somebody at a desk of this service."""
    assert service.app is not None
    return Actor("0" * 32, "Somebody", frozenset(Role), "a session")


def test_an_attempt_that_shows_a_live_person_is_given_back(pair: list[Service]) -> None:
    one, _ = pair
    client, code = one.operator(Role.VERIFIER), OwnCode(Credential.from_text(one.code))
    for _ in range(5):
        told = client.post("/v1/verifications", json={"code": one.code}).json()
        with one.state.store.reading() as connection:
            begun = ceremonies.find(connection, bytes.fromhex(told["ceremony"]))
        assert begun.bound is not None and code.handle not in begun.bound
        live.give_back(one.state, begun, Captured(attempted_at=live.attempt(one.state, begun)))
        with pytest.raises(CeremonyRefused, match="shown once"):  # who leaves a challenge has seen it
            live.attempt(one.state, begun)
    assert [tried(client, one.code) for _ in range(4)] == ["started"] * 3 + ["rate-limited"]
