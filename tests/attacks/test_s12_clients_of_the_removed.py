"""S12: an administrator who was removed comes back through an API client that they made before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.service.conftest import Service, clock, each_service  # noqa: F401

from moiety.service.roles import Role
from moiety.store.tables.operators import api_clients


def client_of(service: Service, maker: TestClient, *roles: str) -> tuple[TestClient, Any]:
    made = maker.post("/v1/clients", json={"name": "Nightly", "roles": list(roles), "days": 366})
    program = service.client()
    program.headers["Authorization"] = f"Bearer {made.json().get('token', 'none')}"
    return program, made


def test_a_removed_administrators_clients_end_and_invite_nobody(each_service: Service) -> None:  # noqa: F811
    service = each_service
    staying = service.operator(Role.ADMINISTRATOR, name="Amina")
    leaving = service.operator(Role.ADMINISTRATOR, name="Boris")
    program, made = client_of(service, leaving, "administrator", "verifier")
    again = {"name": "Boris again", "roles": ["administrator"]}
    assert program.post("/v1/operators", json=again).status_code in (401, 403)
    assert made.status_code == 403, "no client is an administrator"
    desk, made = client_of(service, leaving, "verifier")
    others, _ = client_of(service, staying, "verifier")
    listed = {one["name"]: one for one in staying.get("/v1/clients").json()}
    assert listed["Nightly"]["owner_name"] in ("Amina", "Boris")
    assert {one["owner_name"] for one in staying.get("/v1/clients").json()} == {"Amina", "Boris"}
    code = leaving.post("/v1/operators", json=again).json()["code"]
    assert staying.delete(f"/v1/operators/{leaving.headers['X-Test-Operator']}").status_code == 204
    assert desk.get("/v1/practice/scenarios").status_code == 401, "the client of the one who was removed"
    assert others.get("/v1/practice/scenarios").status_code != 401, "somebody else's goes on"
    begun = service.client().post("/v1/session/invitation/begin", json={"code": code})
    assert begun.status_code != 200
    assert len(staying.get("/v1/clients").json()) == 1


def test_clients_of_an_earlier_version_are_no_administrators_and_end_too(each_service: Service) -> None:  # noqa: F811
    service = each_service
    staying, leaving = service.operator(Role.ADMINISTRATOR), service.operator(Role.ADMINISTRATOR)
    old, _ = client_of(service, staying, "verifier")
    with service.state.store.begin() as connection:
        connection.execute(sa.update(api_clients).values(roles="administrator verifier", owner=None))
    assert old.get("/v1/operators").status_code == 403
    assert old.get("/v1/practice/scenarios").status_code != 401
    staying.delete(f"/v1/operators/{leaving.headers['X-Test-Operator']}")
    assert old.get("/v1/practice/scenarios").status_code == 401
