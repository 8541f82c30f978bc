"""The shipped service has no flag, variable or route by which anybody could choose a challenge."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import json
from pathlib import Path

import pytest
from fastapi.routing import APIWebSocketRoute
from starlette.routing import Route
from starlette.testclient import TestClient, WebSocketDenialResponse

import moiety.liveness
import moiety.presence
import moiety.service
from moiety.cli import serve
from moiety.credential.home import create_home
from moiety.liveness import Challenge
from moiety.service.app import create_app
from moiety.service.settings import Settings

SOURCE = [
    *Path(moiety.service.__file__).parent.rglob("*.py"),
    *Path(moiety.liveness.__file__).parent.rglob("*.py"),
    Path(moiety.presence.__file__),
    Path(serve.__file__),
]
WORDS = ("challenge", "nonce", "prompt", "inject", "fake", "debug", "replay", "seed", "steps")


def test_no_environment_variable_is_read() -> None:
    """But for the count of cores, which is no variable."""
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
            assert not named, f"{path.name}:{getattr(node, 'lineno', 0)} reads the environment"


def test_no_option_and_no_setting_is_about_the_challenge() -> None:
    parser = argparse.ArgumentParser()
    serve.configure(parser)
    options = [option for action in parser._actions for option in action.option_strings]
    settings = [field.name for field in dataclasses.fields(Settings)]
    for name in (*options, *settings):
        assert not any(word in name for word in WORDS), name
    assert "--unsafe-no-liveness" in options, "to switch liveness off is another thing, and says so"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    home = tmp_path_factory.mktemp("shipped") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    return TestClient(create_app(Settings(home=home, workers=1)), base_url="http://localhost:8000")


def test_no_request_has_a_place_for_a_challenge(client: TestClient) -> None:
    """A nonce that a client sends is compared with the hash of the one drawn; nothing else is asked for."""
    document = client.get("/openapi.json").json()
    asked = json.dumps(
        [one.get("requestBody", {}) for path in document["paths"].values() for one in path.values()]
    )
    names = set[str]()
    for name, schema in document["components"]["schemas"].items():
        if f"#/components/schemas/{name}" in asked:
            names |= set(schema.get("properties", {}))
    assert "nonce" in names
    assert names & {"challenge", "challenges", "steps", "prompts", "onset_ms", "seed"} == set()
    for path in document["paths"]:
        assert not any(word in path for word in WORDS), path


def test_the_capture_socket_is_the_only_one(client: TestClient) -> None:
    from fastapi.routing import iter_route_contexts

    routes = [one.original_route for one in iter_route_contexts(client.app.routes)]  # type: ignore[attr-defined]
    sockets = {one.path for one in routes if isinstance(one, APIWebSocketRoute)}
    assert sockets <= {"/v1/capture/code", "/v1/capture/{ceremony}"}
    assert any(isinstance(one, Route) for one in routes)


def test_a_challenge_is_drawn_from_the_whole_nonce_and_nothing_else() -> None:
    parameters = Challenge.from_nonce.__code__.co_varnames[: Challenge.from_nonce.__code__.co_argcount + 2]
    assert set(parameters) == {"cls", "nonce", "motion", "flash"}
    assert Challenge.from_nonce(bytes(32)) == Challenge.from_nonce(bytes(32))
    drawn = {Challenge.from_nonce(bytes([i]) * 32) for i in range(64)}
    assert len(drawn) > 55


def test_nobody_opens_a_capture_without_a_session_from_the_services_own_page(client: TestClient) -> None:
    for headers in ({}, {"origin": "https://elsewhere.example"}, {"origin": "http://localhost:8000"}):
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            client.websocket_connect("/v1/capture/code", headers=headers),
        ):
            pass
        assert refused.value.status_code == 403
        assert refused.value.json()["error"]["code"] in ("other-page", "not-signed-in")
