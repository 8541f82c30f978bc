"""Ceremonies in any order, by any caller, with anything in them: one use, one code, one caller, no 5xx."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.conftest import Picture
from tests.service.conftest import Service

from moiety.service.roles import Role


class Ceremonies(RuleBasedStateMachine):
    """Ceremonies begun, completed, replayed, mixed and aged, in any order, by three callers."""

    service: Service
    face: bytes
    codes: list[str]

    @initialize()
    def come(self) -> None:
        self.people = [self.service.operator(Role.VERIFIER, Role.ENROLLER) for _ in range(2)]
        self.begun: list[tuple[int, int, dict[str, Any]]] = []
        self.accepted: set[str] = set()
        self.service.clock.ahead = 0

    @rule(
        who=st.integers(0, 1),
        code=st.integers(0, 1),
        kind=st.sampled_from(["verifications", "withdrawals/begin"]),
    )
    def begin(self, who: int, code: int, kind: str) -> None:
        answer = self.people[who].post(f"/v1/{kind}", json={"code": self.codes[code]})
        assert answer.status_code in (201, 422, 429), answer.text
        if answer.status_code == 201 and kind == "verifications":
            assert answer.json()["ceremony"] not in [one["ceremony"] for _, _, one in self.begun]
            self.begun.append((who, code, answer.json()))

    @rule(
        data=st.data(),
        who=st.integers(0, 1),
        code=st.integers(0, 1),
        nonce=st.sampled_from(["own", "other", "zeros", "short", "text"]),
        kind=st.sampled_from(["verifications", "renewals", "withdrawals", "enrolments"]),
        picture=st.sampled_from(["face", "none", "noise"]),
    )
    def complete(self, data: Any, who: int, code: int, nonce: str, kind: str, picture: str) -> None:
        if not self.begun:
            return
        owner, bound, begun = data.draw(st.sampled_from(self.begun))
        secret = {
            "own": begun["nonce"],
            "other": data.draw(st.sampled_from(self.begun))[2]["nonce"],
            "zeros": "0" * 64,
            "short": "ab",
            "text": "ü" * 64,
        }[nonce]
        shown = {"face": self.face, "none": b"", "noise": secrets.token_bytes(200)}[picture]
        fields = {"nonce": secret, "code": self.codes[code], "consent": "0" * 32}
        answer = self.people[who].post(
            f"/v1/{kind}/{begun['ceremony']}/complete",
            data=fields,
            files={"face": ("f.jpg", shown, "image/jpeg")},
        )
        assert answer.status_code in (200, 403, 409, 422), answer.text
        right = (owner, bound, begun["nonce"], "verifications") == (who, code, secret, kind)
        if answer.status_code == 200:
            assert right, "somebody else's, another code, another nonce or another kind was taken"
            assert begun["ceremony"] not in self.accepted, "used twice"
            assert self.service.clock.ahead < 300, "used too late"
            self.accepted.add(begun["ceremony"])

    @rule(seconds=st.sampled_from([0, 10, 299, 301]))
    def wait(self, seconds: int) -> None:
        self.service.clock.ahead = seconds


def test_ceremonies_in_any_order(service: Service, picture: Picture) -> None:
    from moiety.credential.check import check, open_contents
    from moiety.credential.issuer import Issuer
    from moiety.store.places import StoredPlaces

    with service.state.store.begin() as connection:
        issuer = Issuer.open(
            service.stage.home, places=StoredPlaces(connection, now=service.state.now()).kept
        )
        trust = service.stage.trust
        inside = open_contents(check(service.stage.credential, trust), trust, None)
        second = issuer.issue(inside).text
    machine: Any = type("Fuzzed", (Ceremonies,), {})
    machine.service, machine.face, machine.codes = service, picture("lisa/3"), [service.code, second]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4, stateful_step_count=25, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


INJECTIONS = ["' OR 1=1 --", 'x\n{"event":"forged"}', "%0d%0aSet-Cookie: a=b", "\u202e", "A" * 3000]


@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_are_only_text(service: Service, text: str, caplog: pytest.LogCaptureFixture) -> None:
    administrator = service.operator(Role.ADMINISTRATOR)
    invited = administrator.post("/v1/operators", json={"name": text, "roles": ["verifier"]})
    assert invited.status_code in (201, 422)
    paths = (("GET", "/v1/operators/"), ("DELETE", "/v1/operators/"), ("GET", "/s/"))
    for method, path in ((method, path + quote(text)) for method, path in paths):
        answer = administrator.request(method, path)
        assert answer.status_code in (404, 405, 422), (method, path, answer.status_code)
        assert "set-cookie" not in answer.headers
    for record in caplog.records:
        assert "\n" not in record.getMessage()
        assert text not in record.getMessage()
