"""Becoming an operator with the terminal's code, and signing in again, with Chromium's own authenticator."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Site, Visit, wait_for

from moiety import catalogue
from moiety.service.first_run import first_run_code
from moiety.service.roles import Role
from moiety.store import events
from moiety.store.ledger import sequence_all

pytestmark = pytest.mark.slow

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_passkeys(page: Page) -> Any:
    """Give the browser a virtual authenticator (WebAuthn Level 3, section 11)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devtools


def invited(page: Page, code: str) -> None:
    page.click("#invited")
    page.fill("#invitation", code)
    page.click("#continue")


def test_a_newcomer_becomes_an_operator_and_signs_in_again(site: Site, visit: Visit) -> None:
    page = visit("/", signed_in=False, camera=False)
    wait_for(page, "sign-in")
    devtools = with_passkeys(page)
    code = first_run_code(site.state, again=True)
    assert code is not None
    invited(page, code.lower())
    wait_for(page, "choose")
    assert page.locator("#card-verify, #card-enrol, #card-account").count() == 3
    page.click("#sign-out")
    wait_for(page, "sign-in")
    page.click("#passkey")
    wait_for(page, "choose")
    # Used once: the same code makes no second operator, whoever holds it.
    page.click("#sign-out")
    wait_for(page, "sign-in")
    invited(page, code)
    page.wait_for_selector("#refused")
    assert page.input_value("#invitation") == code, "it stays, to be corrected"
    devtools.detach()


def test_the_account_page_tells_how_old_log_lists_and_erasure_are(site: Site, visit: Visit) -> None:
    assert site.state.log is not None
    with site.state.store.begin() as connection:
        events.record(connection, "fallback", {}, site.state.now())
    sequence_all(site.state.store, site.state.log, now=site.state.now())
    site.clock.ahead += 3 * 3600
    page = visit("/account.html", camera=False)
    page.click("#tab-ledger")
    page.get_by_text("moiety ledger verify").wait_for()
    assert "3 hours ago" in page.inner_text("#panel")
    page.click("#tab-status")
    page.locator("#panel td").first.wait_for()
    assert "/s/1" in page.inner_text("#panel")
    assert " ago" in page.inner_text("#panel")
    page.click("#tab-retention")
    page.locator("#erase").wait_for()
    assert catalogue.text("schedule.never-run", "en") in page.inner_text("#panel")
    page.click("#erase")
    page.get_by_text("(now)").wait_for()


def test_an_auditor_sees_the_ages_and_erases_nothing(visit: Visit) -> None:
    page = visit("/account.html", camera=False, given=(Role.AUDITOR,))
    assert page.locator("[role=tab]").all_inner_texts() == ["Ledger", "Retention", "My devices"]
    page.click("#tab-retention")
    page.locator("#panel td").first.wait_for()
    assert page.locator("#erase").count() == 0
