"""Each error says cause and remedy and has the button that helps; what the home can't do isn't offered."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page
from tests.browser import watching
from tests.browser.conftest import (
    PHONE,
    Site,
    Visit,
    free_port,
    served,
    stand,
    wait_for,
    with_session,
)
from tests.browser.test_axe import DRAW
from tests.browser.test_sign_in import invited, with_passkeys

from moiety import catalogue
from moiety.consent.iso27560 import Relation
from moiety.credential.home import create_home
from moiety.service.app import create_app
from moiety.service.first_run import first_run_code
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.store import consents

pytestmark = pytest.mark.slow

HELPS: Final = {"not-signed-in": "Sign in", "not-allowed": "Go to the start page", "overloaded": "Try again"}


@pytest.mark.parametrize("module", ["verify", "enrol", "revoke", "practise", "account"])
def test_an_error_says_cause_and_remedy_and_has_the_button_that_helps(visit: Visit, module: str) -> None:
    page = visit(f"/{module}.html", camera=False)
    for code, label in HELPS.items():
        page.evaluate(DRAW, [module, "error", {}, {"code": code}])
        assert page.inner_text(".cause") == catalogue.text(f"error.{code}", "en")
        assert page.inner_text(".remedy") == catalogue.text(f"remedy.{code}", "en")
        assert page.inner_text("#action") == label


def operator_with_a_passkey(site: Site, visit: Visit) -> Page:
    """A page of an operator who signed in with a passkey, and can do so again."""
    page = visit("/", signed_in=False)
    with_passkeys(page)
    code = first_run_code(site.state, again=True)
    assert code is not None
    invited(page, code)
    wait_for(page, "choose")
    return page


def test_whoever_signs_in_again_is_back_at_their_step(site: Site, visit: Visit) -> None:
    page = operator_with_a_passkey(site, visit)
    page.goto("/verify.html")
    page.click("summary")
    page.fill("#typed", site.code("101"))
    page.evaluate("() => { window.stillHere = true; }")
    page.context.clear_cookies()  # as a session ends that nobody used for long
    page.click("#use-typed")
    page.wait_for_selector('.trouble[data-code="not-signed-in"]')
    page.click("#action")
    wait_for(page, "before")  # the code is still held, and was read with the new session
    assert page.evaluate("window.stillHere"), "the page with its step is still there"

    page.goto("/enrol.html")
    page.click("#continue")
    page.click("#agree")
    wait_for(page, "before")
    page.context.clear_cookies()
    stand(page, "066", mode="nobody")
    page.click("#start-camera")
    page.wait_for_selector('.trouble[data-code="not-signed-in"]')
    page.click("#action")
    wait_for(page, "before")  # the consent stands
    page.click("#start-camera")
    page.wait_for_selector('main[data-state="faces"] .hint[data-code="no-face"]')


def test_a_sign_in_that_the_device_refuses_leads_to_the_start_page_and_back(site: Site, visit: Visit) -> None:
    page = operator_with_a_passkey(site, visit)
    page.goto("/verify.html")
    page.click("summary")
    page.fill("#typed", site.code("101"))
    page.context.clear_cookies()
    page.click("#use-typed")
    page.wait_for_selector('.trouble[data-code="not-signed-in"]')
    page.route("**/v1/session/passkey/*", lambda route: route.abort())
    page.click("#action")
    page.get_by_text(catalogue.text("pages.error.passkey-refused.cause", "en")).wait_for()
    page.click("#action")
    page.wait_for_url("**/?next=*")
    wait_for(page, "sign-in")
    page.unroute("**/v1/session/passkey/*")
    page.click("#passkey")
    page.wait_for_url("**/verify.html")
    wait_for(page, "start")


def test_a_wrong_pin_leads_straight_back_to_the_pin(site: Site, visit: Visit) -> None:
    page = visit("/verify.html", camera=False)
    told_once = {"ceremony": "0" * 32, "nonce": "0" * 64, "credential": {"pin": True}}
    page.route("**/v1/verifications", lambda route: route.fulfill(status=201, json=told_once))
    page.evaluate(
        """async () => {
          const { machine } = await import("/js/verify.js");
          const made = machine();
          made.start();
          Object.assign(made.context, { code: { text: "x".repeat(99) }, pin: "1111" });
          window.made = made;
        }"""
    )
    page.evaluate("() => { made.send('file', { text: 'x'.repeat(99) }); }")
    page.wait_for_selector('main[data-state="before"], main[data-state="pin"]')
    page.evaluate(
        "() => { made.context.pin = '1111'; made.send('go'); made.send('failed', { code: 'pin-wrong' }); }"
    )
    wait_for(page, "pin")
    assert page.inner_text("#pin-wrong") == catalogue.text("error.pin-wrong", "en")
    assert page.input_value("#pin") == ""


def test_a_text_that_is_no_code_is_said_at_its_field(visit: Visit) -> None:
    page = visit("/verify.html", camera=False)
    page.click("summary")
    page.fill("#typed", "hello")
    page.click("#use-typed")
    page.wait_for_selector("#typed-wrong")
    assert page.input_value("#typed") == "hello"


@pytest.mark.parametrize("relation", list(Relation))
def test_who_agrees_for_a_child_is_recorded_as_chosen(site: Site, visit: Visit, relation: Relation) -> None:
    page = visit("/enrol.html", camera=False)
    wait_for(page, "purpose")
    page.check("#child")
    page.click("#continue")
    assert page.locator("main").get_attribute("data-state") == "purpose", "nothing is assumed"
    page.check(f"#guardian-{relation.value}")
    page.click("#continue")
    page.wait_for_selector("#agree")
    with page.expect_response("**/v1/consents") as answer:
        page.click("#agree")
    identifier = bytes.fromhex(answer.value.json()["consent"]["id"])
    with site.state.store.reading() as connection:
        found = consents.find(connection, identifier)
    assert found is not None
    assert found.record.guardian is relation


def test_a_verifiers_home_offers_what_it_can_do_and_says_what_is_missing(
    browser: Browser, tmp_path: Path
) -> None:
    home = tmp_path / "desk"
    create_home(home, issuer_uri=None, role="verifier")
    port = free_port()
    origin = f"http://localhost:{port}"
    app = create_app(Settings(home=home, origin=origin, workers=1))
    stop = served(app, port)
    site = Site(app, lambda: 0.0, origin, home)  # type: ignore[arg-type]
    context = with_session(watching.context_of(browser, viewport=PHONE, base_url=origin), site, *Role)
    page = context.new_page()
    page.goto("/")
    wait_for(page, "choose")
    assert page.inner_text("#no-trust") == catalogue.text("pages.home.no-trust", "en")
    assert page.locator("#card-verify").is_visible()
    assert page.locator("#card-enrol, #card-revoke").count() == 0
    page.goto("/enrol.html")
    page.wait_for_selector('.trouble[data-code="no-issuer"]')
    assert page.locator("#agree").count() == 0, "nobody is asked for a consent that leads nowhere"
    page.click("#action")
    wait_for(page, "choose")
    context.close()
    stop()


def test_a_home_with_everything_offers_everything(visit: Visit) -> None:
    page = visit("/", camera=False)
    wait_for(page, "choose")
    for name in ("verify", "enrol", "revoke", "practise", "account"):
        assert page.locator(f"#card-{name}").is_visible()
    assert page.locator("#no-trust").count() == 0
