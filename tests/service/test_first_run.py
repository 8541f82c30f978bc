"""The first run: one code at a time, none once there is an administrator; what administrators then manage."""

from __future__ import annotations

import pytest
from tests.service.conftest import Clock, Service, open_service
from tests.service.test_sign_in import come_in, join, passkey

from moiety.service.first_run import first_run_code
from moiety.service.roles import Role


def begins(service: Service, code: str) -> int:
    return int(service.client().post("/v1/session/invitation/begin", json={"code": code}).status_code)


def test_a_new_code_ends_the_one_before_also_of_another_process(each_service: Service, clock: Clock) -> None:
    service = each_service
    url = service.state.settings.database_url
    other = open_service(service.stage, clock, unsafe_no_liveness=True, database=url)
    first = first_run_code(service.state)
    second = first_run_code(other.state)
    assert first is not None
    assert second is not None
    assert (begins(service, first), begins(service, second)) == (401, 200)
    other.state.work.close()
    other.state.store.close()


def test_no_code_is_left_once_there_is_an_administrator(service: Service) -> None:
    administrator = service.operator(Role.ADMINISTRATOR)
    code = first_run_code(service.state, again=True)
    assert code is not None
    assert [one["name"] for one in administrator.get("/v1/invitations").json()] == ["Administrator"]
    assert begins(service, code) == 200
    assert first_run_code(service.state) is None  # a start without the option ends what was left
    assert begins(service, code) == 401
    assert administrator.get("/v1/invitations").json() == []


def test_pending_invitations_are_listed_with_their_end_and_cancelled(service: Service) -> None:
    administrator = service.operator(Role.ADMINISTRATOR)
    made = administrator.post("/v1/operators", json={"name": "Bo", "roles": ["verifier"]}).json()
    (listed,) = administrator.get("/v1/invitations").json()
    assert (listed["name"], listed["roles"], listed["expires"]) == ("Bo", ["verifier"], made["expires"])
    assert made["code"] not in str(listed)
    assert service.operator(Role.VERIFIER).get("/v1/invitations").status_code == 403
    assert administrator.delete(f"/v1/invitations/{listed['id']}").status_code == 204
    assert begins(service, made["code"]) == 401
    assert administrator.delete(f"/v1/invitations/{listed['id']}").status_code == 404
    assert administrator.get("/v1/invitations").json() == []


def test_an_operator_is_renamed(service: Service) -> None:
    administrator = service.operator(Role.ADMINISTRATOR, name="Administrator")
    own = administrator.headers["X-Test-Operator"]
    renamed = administrator.patch(f"/v1/operators/{own}", json={"name": "Amina"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Amina")
    assert administrator.get("/v1/session").json()["name"] == "Amina"
    for wrong in ("", "x" * 200, "line\nbreak"):
        assert administrator.patch(f"/v1/operators/{own}", json={"name": wrong}).status_code == 422
    assert administrator.patch(f"/v1/operators/{'0' * 32}", json={"name": "x"}).status_code == 404


def test_the_page_learns_whether_anybody_is_there_and_whether_passkeys_can_be(service: Service) -> None:
    assert service.client().get("/v1/sign-in").json() == {"passkey": True, "oidc": False, "set_up": False}
    service.operator(Role.ADMINISTRATOR)
    assert service.client().get("/v1/sign-in").json()["set_up"] is True


@pytest.mark.parametrize(
    ("host", "can"), [("localhost", True), ("192.168.1.7", False), ("fd00::1", False), ("a.example", True)]
)
def test_an_address_of_numbers_has_no_passkeys(host: str, can: bool) -> None:
    from moiety.service.settings import named

    assert named(host) is can


def test_whoever_becomes_an_administrator_ends_the_codes_of_the_terminal(each_service: Service) -> None:
    """Seen before: a second code that an earlier start had left made a second administrator."""
    service = each_service
    administrator = service.operator(Role.ADMINISTRATOR)
    left = first_run_code(service.state, again=True)
    made = administrator.post("/v1/operators", json={"name": "Cy", "roles": ["administrator"]}).json()
    assert left is not None
    assert join(service.client(), made["code"], passkey()).status_code == 200
    assert join(service.client(), left, passkey()).status_code == 401


def test_the_first_administrator_gives_themselves_a_name(service: Service) -> None:
    code, key = first_run_code(service.state), passkey()
    client = service.client()
    begun = client.post("/v1/session/invitation/begin", json={"code": code}).json()
    answer = {"sign_in": begun["sign_in"], "credential": key.register(begun["options"]), "name": "Amina"}
    assert client.post("/v1/session/invitation/complete", json=answer).json()["name"] == "Amina"


def test_another_passkey_of_ones_own_signs_in_and_the_last_one_stays(each_service: Service) -> None:
    service, first, second = each_service, passkey(), passkey()
    client = service.client()
    code = first_run_code(service.state)
    assert code is not None
    client.headers["X-CSRF-Token"] = join(client, code, first).json()["csrf"]
    begun = client.post("/v1/passkeys/begin").json()
    answer = {"sign_in": begun["sign_in"], "credential": second.register(begun["options"])}
    stranger = service.operator(Role.ADMINISTRATOR)
    assert stranger.post("/v1/passkeys/complete", json=answer).status_code == 401  # and it is used up
    begun = client.post("/v1/passkeys/begin").json()
    answer = {"sign_in": begun["sign_in"], "credential": second.register(begun["options"])}
    assert client.post("/v1/passkeys/complete", json=answer).status_code == 204
    own = client.get("/v1/passkeys").json()
    assert len(own) == 2
    assert come_in(service.client(), second).status_code == 200
    assert stranger.delete(f"/v1/passkeys/{own[0]['id']}").status_code == 404
    assert client.delete(f"/v1/passkeys/{own[0]['id']}").status_code == 204
    assert come_in(service.client(), first).status_code == 401
    assert client.delete(f"/v1/passkeys/{own[1]['id']}").status_code == 409
    assert client.delete("/v1/passkeys/nonsense").status_code == 404
