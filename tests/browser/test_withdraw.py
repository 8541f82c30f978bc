"""Withdrawal as a person does it: the receipt's code, typed on the public page, ends the code."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser
from tests import programs
from tests.browser import people, watching
from tests.browser.conftest import PHONE, Site, free_port, served

from moiety import catalogue
from moiety.credential.code import Credential
from moiety.document.own import OwnCode
from moiety.errors import CredentialRevoked
from moiety.service.app import create_app
from moiety.service.auth import Actor
from moiety.service.ceremonies import enrolment, verification
from moiety.service.ceremonies.captured import Captured
from moiety.service.consent import asking
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.service.state import State

pytestmark = pytest.mark.slow

ACTOR: Final = Actor("0" * 32, "Desk", frozenset(Role), None)


def enrolled(state: State, person: str) -> tuple[Credential, str]:
    """A person's code and the withdrawal code of their receipt, without a challenge: that takes time."""
    settings = dataclasses.replace(state.settings, enrol_from_files=True)
    state = dataclasses.replace(state, settings=settings)
    question = asking.Question("Collect my medicine", ("face",), "en")
    notice, _ = asking.ask(state, question)
    given = asking.record(state, question, notice.reference, by=ACTOR.id)
    consent = bytes.fromhex(given.record.consent.record_id)
    begun = enrolment.begin(state, ACTOR, consent, modalities=frozenset({"face"}))
    faces = tuple(people.seen(person, "neutral", yaw=yaw) for yaw in (-3.0, 3.0))
    made = enrolment.complete(state, ACTOR, begun.ceremony.id, begun.nonce, consent, Captured(faces=faces))
    return made.credential, given.secret


def refused(state: State, code: Credential) -> bool:
    """Whether the service refuses a code as revoked."""
    try:
        verification.begin(state, ACTOR, OwnCode(code))
    except CredentialRevoked:
        return True
    return False


@pytest.fixture(scope="module")
def proxied(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, State]]:
    """The same home behind Caddy, which ends TLS: the site's address, and its service's state."""
    caddy = programs.find("caddy")
    place = tmp_path_factory.mktemp("caddy")
    front, back, plain = free_port(), free_port(), free_port()
    origin = f"https://localhost:{front}"
    app = create_app(Settings(home=site.home, origin=origin, workers=1), clock=site.clock)
    stop = served(app, back)
    told = (
        f"{{\n admin off\n skip_install_trust\n local_certs\n http_port {plain}\n https_port {front}\n}}\n"
        f"{origin} {{\n reverse_proxy 127.0.0.1:{back}\n}}\n"
    )
    (place / "Caddyfile").write_text(told)
    environment = {"HOME": str(place), "XDG_DATA_HOME": str(place), "XDG_CONFIG_HOME": str(place)}
    command = [caddy, "run", "--config", str(place / "Caddyfile"), "--adapter", "caddyfile"]
    with (place / "log").open("wb") as log:
        proxy = subprocess.Popen(command, env={**environment, "PATH": "/usr/bin:/bin"}, stderr=log)
    try:
        _listens(front)
        yield origin, app.state.moiety
    finally:
        proxy.terminate()
        proxy.wait(10)
        stop()


def _listens(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the proxy does not listen")


def withdraw(browser: Browser, origin: str, state: State, language: str) -> None:
    """First a slip, then the code; nothing but typing and pressing."""
    code, secret = enrolled(state, "066")
    assert not refused(state, code)
    context = watching.context_of(
        browser, locale=language, viewport=PHONE, base_url=origin, ignore_https_errors=True
    )
    page = context.new_page()
    page.goto("/withdraw")
    page.fill("#secret", "ABCD")
    page.click("#withdraw")
    page.wait_for_selector("#wrong")
    assert page.input_value("#secret") == "ABCD", "what was typed stays, to be corrected"
    assert page.locator("html").get_attribute("dir") == catalogue.direction(language)
    page.fill("#secret", secret)
    page.click("#withdraw")
    page.wait_for_selector("#withdrawn, .trouble, pre")
    said = page.locator("body").inner_text()
    assert catalogue.text("receipt.withdrawn", language) in said, said
    page.click("#action")
    page.wait_for_selector("main[data-state]")
    context.close()
    assert refused(state, code)


@pytest.mark.parametrize("language", catalogue.languages())
def test_a_person_withdraws_in_a_browser_and_the_code_is_refused(
    site: Site, browser: Browser, language: str
) -> None:
    withdraw(browser, site.origin, site.state, language)


def test_a_person_withdraws_behind_a_proxy_that_ends_tls(
    browser: Browser, proxied: tuple[str, State]
) -> None:
    withdraw(browser, *proxied, "en")
