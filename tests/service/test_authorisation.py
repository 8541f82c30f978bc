"""The authorisation table, route by role: generated from the code, and tested cell by cell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from tests.conftest import ROOT
from tests.service.conftest import SITE, Service

from moiety.service import tokens
from moiety.service.auth import CSRF_HEADER, cookie_name
from moiety.service.roles import Role
from moiety.service.table import SOCKET, authorisation

NOTHING = "00" * 16
CALLERS: tuple[Role | None, ...] = (None, *Role)


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", lambda found: "1" if found[0] == "{number}" else NOTHING, path)


def test_every_cell(service: Service) -> None:
    """Who may not is refused before anything is looked at; who may gets any other answer."""
    people = {role: service.operator(role) for role in Role}
    nobody = service.client()
    cells = 0
    for (method, path), allowed in sorted(authorisation(service.app).items()):
        if method == SOCKET:
            continue
        for caller in CALLERS:
            client = nobody if caller is None else people[caller]
            if method == "DELETE" and path == "/v1/session" and caller is not None:
                client = service.operator(caller)  # signing out ends it
            answer = client.request(method, address(path), follow_redirects=False)
            told = f"{method} {path} as {caller}: {answer.status_code} {answer.text[:200]}"
            if allowed is None:
                assert answer.status_code not in (401, 403) or "oidc" in path or "session/" in path, told
            elif caller is None:
                assert answer.status_code == 401, told
            elif caller in allowed:
                assert answer.status_code not in (401, 403), told
            else:
                assert answer.status_code == 403, told
            assert answer.status_code < 500, told
            cells += 1
    assert cells > 100


def test_every_cell_of_the_sockets(service: Service) -> None:
    """A socket opens for anybody, and says at once to whoever may not that they may not."""
    people: dict[Role | None, TestClient] = {role: service.operator(role) for role in Role}
    people[None] = service.client()
    sockets = {path: who for (method, path), who in authorisation(service.app).items() if method == SOCKET}
    assert set(sockets) == {"/v1/capture/code", "/v1/capture/{ceremony}"}
    for path, allowed in sockets.items():
        assert allowed
        for caller, client in people.items():
            refused = told_on(client, path)
            wanted = "not-signed-in" if caller is None else "not-allowed"
            if caller in allowed:
                assert refused not in ("not-signed-in", "not-allowed"), f"{path} as {caller}: {refused}"
            else:
                assert refused == wanted, f"{path} as {caller}: {refused}"


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", SITE + ".evil.example"])
def test_another_page_cannot_use_the_session_on_a_socket(service: Service, origin: str | None) -> None:
    assert told_on(service.operator(*Role), "/v1/capture/code", origin=origin) == "other-page"
    assert told_on(service.operator(*Role), "/v1/capture/code") != "other-page"


def told_on(client: TestClient, path: str, *, origin: str | None = SITE) -> str:
    """The code of the error with which a handshake is refused, or that an open socket tells of nonsense."""
    headers = {} if origin is None else {"origin": origin}
    try:
        with client.websocket_connect(address(path), headers=headers) as socket:
            socket.send_text('{"do": "nothing"}')
            told = socket.receive_json()
    except WebSocketDenialResponse as refused:
        assert refused.status_code == 403
        return str(refused.json()["error"]["code"])
    assert told["say"] == "failed"
    return str(told["error"]["code"])


def said(allowed: frozenset[Role] | None) -> str:
    """A cell of the page."""
    if allowed is None:
        return "anyone"
    return "whoever is signed in" if allowed == set(Role) else ", ".join(sorted(allowed))


def test_the_page_shows_the_same_table(service: Service) -> None:
    page = (ROOT / "docs" / "reference" / "service.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z]+) (/[^`]*)` \| ([^|]*) \|", page, re.MULTILINE)
    told = {(method, path): who.strip() for method, path, who in rows}
    made = {}
    for key, allowed in authorisation(service.app).items():
        made[key] = said(allowed)
    assert told == made


def test_no_route_is_for_many_or_for_templates(service: Service) -> None:
    """The line, as far as addresses and shapes can show it."""
    document = service.app.openapi()
    for path in document["paths"]:
        assert not re.search("batch|search|identif|match|template|gallery|people|persons|candidates", path), (
            path
        )
    shapes: dict[str, Any] = document["components"]["schemas"]
    for name, shape in shapes.items():
        for one in shape.get("properties", {}):
            assert not re.search("template|vector|embedding|score|fmr_|cosine|minutiae", one), f"{name}.{one}"
    code = shapes["PresentedCode"]["properties"]["code"]
    assert code["type"] == "string", "one code, never several"


@pytest.mark.parametrize(
    "headers",
    [
        {CSRF_HEADER: ""},
        {CSRF_HEADER: "0" * 64},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_page_cannot_use_the_session(service: Service, headers: dict[str, str]) -> None:
    client = service.operator(Role.ADMINISTRATOR)
    answer = client.post(
        "/v1/operators", json={"name": "Mallory", "roles": ["administrator"]}, headers=headers
    )
    wanted = "not-allowed" if CSRF_HEADER in headers else "other-page"
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, wanted)
    fine = client.post(
        "/v1/operators",
        json={"name": "Amina", "roles": ["verifier"]},
        headers={"Origin": SITE, "Sec-Fetch-Site": "same-origin"},
    )
    assert fine.status_code == 201


def test_signing_in_cannot_be_begun_by_another_page(service: Service) -> None:
    client = service.client()
    answer = client.post("/v1/session/passkey/begin", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def token(service: Service, *roles: str) -> tuple[TestClient, dict[str, Any]]:
    made = service.operator(Role.ADMINISTRATOR).post(
        "/v1/clients", json={"name": "Desk", "roles": list(roles), "days": 1}
    )
    assert made.status_code == 201, made.text
    client = service.client()
    client.headers["Authorization"] = f"Bearer {made.json()['token']}"
    return client, made.json()


def test_api_clients_have_scopes_and_end(each_service: Service) -> None:
    service = each_service
    client, about = token(service, "verifier")
    assert client.get("/v1/session").json() == {
        "id": about["id"], "name": "Desk", "roles": ["verifier"], "csrf": None,
    }  # fmt: skip
    assert client.post("/v1/verifications", json={"code": service.code}).status_code == 201
    assert client.post("/v1/enrolments", json={"consent": NOTHING}).status_code == 403
    service.clock.ahead = 86_401
    assert client.get("/v1/session").status_code == 401
    service.clock.ahead = 0
    administrator = service.operator(Role.ADMINISTRATOR)
    assert about["id"] in [one["id"] for one in administrator.get("/v1/clients").json()]
    assert administrator.delete(f"/v1/clients/{about['id']}").status_code == 204
    assert client.get("/v1/session").status_code == 401


def test_tokens_are_kept_as_hashes_alone(service: Service) -> None:
    client, about = token(service, "verifier")
    operator = service.operator(Role.VERIFIER)
    cookie = operator.cookies[cookie_name(service.state.settings)]
    client.get("/v1/session")
    everything = b"".join(one.read_bytes() for one in Path(service.stage.home).glob("service.sqlite3*"))
    for secret in (about["token"], cookie, tokens.csrf_of(cookie)):
        assert secret.encode() not in everything
        assert bytes.fromhex(secret) not in everything if re.fullmatch("[0-9a-f]+", secret) else True


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer x", "Basic QTpC", "Bearer ' OR 1=1 --", "Bearer " + "A" * 5000, "Bearer \x00\x01"],
)
def test_no_token_no_entry(service: Service, value: str) -> None:
    answer = service.client().get("/v1/session", headers={"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401


def test_a_session_and_a_token_together_are_refused(service: Service) -> None:
    operator = service.operator(Role.ADMINISTRATOR)
    client, _ = token(service, "verifier")
    operator.headers["Authorization"] = client.headers["Authorization"]
    assert operator.get("/v1/session").status_code == 401
