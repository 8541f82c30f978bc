"""What every response has in common: headers, the one error shape, no cache, no word too many."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from moiety.errors import HomeError, MoietyError, UsageError
from moiety.service import failures
from moiety.service.app import create_app
from moiety.service.headers import HEADERS
from moiety.service.settings import Settings


@pytest.mark.parametrize("path", ["/healthz", "/", "/nothing", "/openapi.json"])
def test_every_response_carries_the_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "server" not in answer.headers


def test_the_policy_for_pages_allows_nothing_inline_or_from_elsewhere() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(
        " ".join(policy.values()).split()
    )


def test_errors_have_one_shape(client: TestClient) -> None:
    for path, method, status in (("/v1/nothing", "GET", 404), ("/healthz", "POST", 405)):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"error"}
        assert set(answer.json()["error"]) == {"code", "text", "remedy"}
        assert answer.headers["cache-control"] == "no-store"


def test_every_error_of_ours_has_a_status() -> None:
    def below(kind: type[MoietyError]) -> set[type[MoietyError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    for kind in below(MoietyError):
        assert 400 <= failures.status_of(kind("x")) <= 599


def test_what_nobody_expected_says_nothing_of_itself(
    app: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("secret template bytes")

    app.router.routes.insert(0, app.router.routes[0])
    app.add_api_route("/broken", broken)
    app.router.routes.insert(0, app.router.routes.pop())
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    "origin",
    [
        "http://clinic.example.org",
        "ftp://localhost",
        "https://x.example/path",
        "clinic",
        "https://",
        "https://a?b",
    ],
)
def test_an_origin_that_browsers_would_not_trust_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(UsageError):
        Settings(home=tmp_path, origin=origin)


def test_without_a_home_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(HomeError):
        create_app(Settings(home=tmp_path))
