"""Passkeys and invitations: who comes in, who does not, and how a session ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.service.authenticator import VERIFIED, Authenticator
from tests.service.conftest import SITE, Service

from moiety.service import tokens
from moiety.service.auth import CSRF_HEADER
from moiety.service.first_run import first_run_code
from moiety.service.parameters import LIMIT_PASSKEY, LIMIT_SIGN_IN, SESSION_IDLE_S, SESSION_S
from moiety.service.roles import Role
from moiety.service.routes.operators import invitation
from moiety.store import operators
from moiety.store.tables.events import events

HOST = "verify.example.org"


def passkey() -> Authenticator:
    return Authenticator(SITE, HOST)


def join(client: TestClient, code: str, key: Authenticator) -> Any:
    begun = client.post("/v1/session/invitation/begin", json={"code": code})
    if begun.status_code != 200:
        return begun
    answer = key.register(begun.json()["options"])
    return client.post(
        "/v1/session/invitation/complete", json={"sign_in": begun.json()["sign_in"], "credential": answer}
    )


def come_in(client: TestClient, key: Authenticator) -> Any:
    begun = client.post("/v1/session/passkey/begin").json()
    body = {"sign_in": begun["sign_in"], "credential": key.sign_in(begun["options"])}
    return client.post("/v1/session/passkey/complete", json=body)


def test_the_first_run_makes_one_administrator(each_service: Service) -> None:
    service, key = each_service, passkey()
    code = first_run_code(service.state)
    assert code is not None
    client = service.client()
    made = join(client, code.lower(), key)
    assert made.status_code == 200, made.text
    assert set(made.json()["roles"]) == {"administrator", "enroller", "verifier"}
    cookie = made.headers["set-cookie"].lower()
    assert cookie.startswith("__host-moiety=")
    for part in ("secure", "httponly", "samesite=strict", "path=/"):
        assert part in cookie
    assert "domain" not in cookie
    assert first_run_code(service.state) is None
    assert first_run_code(service.state, again=True) is not None
    assert join(service.client(), code, passkey()).status_code == 401, "an invitation is used once"
    # And signs in again with the same passkey, elsewhere.
    other = service.client()
    assert come_in(other, key).json()["id"] == made.json()["id"]
    assert len(other.get("/v1/sessions").json()) == 2


def test_invited_operators_have_the_roles_of_their_invitation(service: Service) -> None:
    administrator = service.operator(Role.ADMINISTRATOR)
    invited = administrator.post("/v1/operators", json={"name": "Amina", "roles": ["verifier"]})
    assert invited.status_code == 201
    made = join(service.client(), invited.json()["code"], passkey())
    assert made.json()["roles"] == ["verifier"]
    assert [one["name"] for one in administrator.get("/v1/operators").json()] == ["Amina", "Somebody"]
    service.clock.ahead = 0
    late = administrator.post("/v1/operators", json={"name": "Late", "roles": ["verifier"]}).json()["code"]
    service.clock.ahead = 25 * 3600
    assert join(service.client(), late, passkey()).status_code == 401


def forged(**changes: Any) -> Authenticator:
    key = passkey()
    for name, value in changes.items():
        setattr(key, name, value)
    return key


@pytest.mark.parametrize(
    "key",
    [
        forged(origin="https://verify.example.com"),
        forged(host="example.org"),
        forged(flags=VERIFIED),
        forged(flags=0x01),
    ],
    ids=["another page", "another host", "nobody present", "nobody verified"],
)
def test_an_answer_that_does_not_hold_is_refused(service: Service, key: Authenticator) -> None:
    code = first_run_code(service.state)
    assert code is not None
    assert join(service.client(), code, key).status_code == 401
    assert service.client().get("/v1/session").status_code == 401


def test_answers_are_used_once_and_in_time(service: Service) -> None:
    key, client = passkey(), service.client()
    code = first_run_code(service.state)
    assert code is not None
    join(client, code, key)
    begun = client.post("/v1/session/passkey/begin").json()
    body = {"sign_in": begun["sign_in"], "credential": key.sign_in(begun["options"])}
    fresh = service.client()
    assert fresh.post("/v1/session/passkey/complete", json=body).status_code == 200
    assert service.client().post("/v1/session/passkey/complete", json=body).status_code == 401
    begun = client.post("/v1/session/passkey/begin").json()
    body = {"sign_in": begun["sign_in"], "credential": key.sign_in(begun["options"])}
    service.clock.ahead = 301
    assert service.client().post("/v1/session/passkey/complete", json=body).status_code == 401


def test_a_cloned_passkey_is_noticed(service: Service) -> None:
    """Its counter goes back."""
    key, client = passkey(), service.client()
    code = first_run_code(service.state)
    assert code is not None
    join(client, code, key)
    key.count = 10
    assert come_in(service.client(), key).status_code == 200
    key.count = 3
    assert come_in(service.client(), key).status_code == 401


@pytest.mark.parametrize(
    "credential", [{}, {"id": 3}, {"id": "AA"}, {"id": "AA", "response": []}, {"id": "ä"}]
)
def test_nonsense_is_refused_in_the_one_shape(service: Service, credential: dict[str, Any]) -> None:
    code = first_run_code(service.state)
    client = service.client()
    begun = client.post("/v1/session/invitation/begin", json={"code": code}).json()
    one = client.post(
        "/v1/session/invitation/complete", json={"sign_in": begun["sign_in"], "credential": credential}
    )
    begun = client.post("/v1/session/passkey/begin").json()
    other = client.post(
        "/v1/session/passkey/complete", json={"sign_in": begun["sign_in"], "credential": credential}
    )
    for answer in (one, other):
        assert answer.status_code == 401
        assert set(answer.json()["error"]) == {"code", "text", "remedy"}


def test_sessions_end(service: Service) -> None:
    key, first, second = passkey(), service.client(), service.client()
    code = first_run_code(service.state)
    assert code is not None
    csrf = join(first, code, key).json()["csrf"]
    come_in(second, key)
    mine = first.get("/v1/sessions").json()
    others = [one["id"] for one in mine if not one["this"]]
    assert len(others) == 1
    assert first.delete(f"/v1/sessions/{others[0]}").status_code == 403, "without the page's token"
    assert first.delete(f"/v1/sessions/{others[0]}", headers={CSRF_HEADER: csrf}).status_code == 204
    assert second.get("/v1/session").status_code == 401
    assert first.delete("/v1/session", headers={CSRF_HEADER: csrf}).status_code == 204
    assert first.get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    ("step", "wait"), [(SESSION_IDLE_S + 1, 1), (SESSION_IDLE_S - 60, SESSION_S // 1700)]
)
def test_a_session_runs_out(service: Service, step: int, wait: int) -> None:
    """Idle for too long; or in use all the time, after a working day."""
    client = service.operator(Role.VERIFIER)
    for _ in range(wait):
        assert client.get("/v1/session").status_code == 200
        service.clock.ahead += step
    service.clock.ahead += 60
    assert client.get("/v1/session").status_code == 401


def test_a_removed_operator_is_out_at_once(each_service: Service) -> None:
    service = each_service
    administrator, operator = service.operator(Role.ADMINISTRATOR), service.operator(Role.VERIFIER)
    identifier = operator.get("/v1/session").json()["id"]
    assert administrator.delete(f"/v1/operators/{identifier}").status_code == 204
    assert operator.get("/v1/session").status_code == 401
    assert administrator.delete(f"/v1/operators/{identifier}").status_code == 404


def test_invitations_end_with_a_removed_operator_and_say_who_gave_them(service: Service) -> None:
    administrator, other = service.operator(Role.ADMINISTRATOR), service.operator(Role.ADMINISTRATOR)
    code = other.post("/v1/operators", json={"name": "Later", "roles": ["verifier"]}).json()["code"]
    other.post("/v1/clients", json={"name": "Program", "roles": ["verifier"]})
    identifier = other.get("/v1/session").json()["id"]
    with service.state.store.reading() as connection:
        assert operators.find_invitation(connection, tokens.hashed(code), service.state.now()) is not None
        bodies = connection.execute(sa.select(events.c.kind, events.c.body)).all()
    for kind in ("operator-invited", "operator-added"):
        assert [identifier in str(bytes(one.body)) for one in bodies if one.kind == kind] == [True]
    assert administrator.delete(f"/v1/operators/{identifier}").status_code == 204
    with service.state.store.reading() as connection:
        assert operators.find_invitation(connection, tokens.hashed(code), service.state.now()) is None


def added(service: Service) -> list[dict[str, Any]]:
    """What the events tell of those who became operators, in their order."""
    query = sa.select(events.c.body).where(events.c.kind == "operator-added").order_by(events.c.id)
    with service.state.store.reading() as connection:
        return [json.loads(bytes(one)) for one in connection.execute(query).scalars()]


def test_whoever_becomes_an_operator_was_invited_by_somebody(each_service: Service) -> None:
    service = each_service
    code = first_run_code(service.state)
    assert code is not None
    administrator = service.client()
    me = join(administrator, code, passkey()).json()
    administrator.headers[CSRF_HEADER] = me["csrf"]
    invited = administrator.post("/v1/operators", json={"name": "Amina", "roles": ["verifier"]})
    second = join(service.client(), invited.json()["code"], passkey()).json()
    assert [(one["operator"], one["by"]) for one in added(service)] == [
        (me["id"], "this-machine"),
        (second["id"], me["id"]),
    ]


def test_the_last_administrator_stays_whoever_removes_whom(each_service: Service) -> None:
    """Two administrators who remove each other at once: one of them stays."""
    import threading

    service = each_service
    pair = [service.operator(Role.ADMINISTRATOR) for _ in range(2)]
    ids = [one.get("/v1/session").json()["id"] for one in pair]
    answers: list[int] = []

    def remove(mine: int, other: int) -> None:
        answers.append(pair[mine].delete(f"/v1/operators/{ids[other]}").status_code)

    threads = [threading.Thread(target=remove, args=one) for one in ((0, 1), (1, 0))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers.count(204) == 1, answers
    assert set(answers) <= {204, 401, 409}


def test_sign_ins_are_limited(service: Service) -> None:
    client = service.client()
    frozen = service.clock() // LIMIT_PASSKEY.period_s * LIMIT_PASSKEY.period_s + 1
    service.clock._now = lambda: frozen
    for _ in range(LIMIT_PASSKEY.most):
        assert client.post("/v1/session/passkey/begin").status_code == 200
    answer = client.post("/v1/session/passkey/begin")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate-limited")
    assert int(answer.headers["retry-after"]) <= LIMIT_PASSKEY.period_s
    service.clock.ahead = LIMIT_PASSKEY.period_s
    assert client.post("/v1/session/passkey/begin").status_code == 200


def test_wrong_invitations_are_limited_and_a_right_one_is_not(service: Service) -> None:
    client, wrong = service.client(), {"code": "K7QM-2XHD-9VPA-4TRW-B6NE-3YJF-8CSZ"}
    answers = [
        client.post("/v1/session/invitation/begin", json=wrong).status_code
        for _ in range(LIMIT_SIGN_IN.most + 1)
    ]
    assert answers == [401] * LIMIT_SIGN_IN.most + [429]
    code = invitation(service.state, "Somebody", frozenset({Role.VERIFIER}), 3600)[0]
    assert client.post("/v1/session/invitation/begin", json={"code": code}).status_code == 200
