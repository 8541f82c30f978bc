"""A phone on the local network: its certificate, its code to join by, and the camera that it then gets."""

from __future__ import annotations

import ssl
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser
from tests.browser import watching
from tests.browser.conftest import CAMERA, PHONE, free_port, wait_for

from moiety.credential.home import create_home
from moiety.service import lan
from moiety.service.app import create_app
from moiety.service.parameters import FIRST_RUN_S
from moiety.service.roles import Role
from moiety.service.routes.operators import invitation
from moiety.service.settings import Settings

pytestmark = pytest.mark.slow


def test_a_phone_joins_with_a_code_once_over_a_certificate_of_its_own(
    browser: Browser, tmp_path: Path
) -> None:
    create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/")
    made = lan.certificate(tmp_path / "home", ("127.0.0.1",))
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    app = create_app(Settings(home=tmp_path / "home", origin=origin, lan=True, workers=1))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="error",
        ssl_certfile=made.certificate,
        ssl_keyfile=made.key,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    served = ssl.get_server_certificate(("127.0.0.1", port))
    assert served.strip() == made.certificate.read_text().strip()

    code = invitation(app.state.moiety, "Phone", frozenset({Role.VERIFIER}), FIRST_RUN_S)[0]
    context = watching.context_of(browser, viewport=PHONE, base_url=origin, ignore_https_errors=True)
    context.add_init_script(CAMERA)
    page = context.new_page()
    page.goto(f"/#join={code}")
    wait_for(page, "choose")
    assert "join" not in page.url
    assert page.locator("#card-verify").is_visible()
    assert page.locator("#card-enrol").count() == 0
    assert page.evaluate("isSecureContext")
    cookie = next(one for one in context.cookies() if "moiety" in str(one.get("name")))
    assert cookie.get("name") == "__Host-moiety"
    assert cookie.get("httpOnly")
    assert cookie.get("secure")

    other = watching.context_of(browser, base_url=origin, ignore_https_errors=True)
    again = other.new_page()
    again.goto(f"/#join={code}")
    again.wait_for_selector("#refused")
    server.should_exit = True
    thread.join(10)


def test_elsewhere_a_code_alone_signs_nobody_in(browser: Browser, tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/")
    app = create_app(Settings(home=tmp_path / "home", workers=1))
    code = invitation(app.state.moiety, "Phone", frozenset({Role.VERIFIER}), FIRST_RUN_S)[0]
    answer = TestClient(app, base_url="http://localhost:8000").post("/v1/session/join", json={"code": code})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
