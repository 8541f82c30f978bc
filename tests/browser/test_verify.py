"""Verification in a real browser: the right people are accepted, others are not, no attack gets through."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser import people
from tests.browser.conftest import (
    Clock,
    Site,
    Visit,
    free_port,
    opened,
    present_code,
    served,
    stand,
    until,
    wait_for,
)
from tests.conftest import PEOPLE

from moiety.consent import Consent
from moiety.credential.home import Issuer, create_home
from moiety.enrolment import enrol
from moiety.service.app import create_app
from moiety.service.settings import Settings

pytestmark = pytest.mark.slow

ATTEMPTS = 3
"""A capture under load may be undecided; a person then tries again, and so does a test."""

IMPOSTORS = dict(zip(PEOPLE, (*PEOPLE[1:], PEOPLE[0]), strict=True))


def begin(page: Page, code: str, person: str, mode: str = "live") -> None:
    """Present a code, and put somebody before the camera."""
    present_code(page, code)
    stand(page, person, mode=mode)
    page.click("#start-camera")
    wait_for(page, "framing", "challenge")


def outcome(page: Page) -> str:
    """The outcome on the screen, once there is one."""
    found = wait_for(page, "verdict", "error", "tooLong", timeout=90_000)
    assert found == "verdict", page.locator("main").inner_html()
    return page.locator(".verdict").get_attribute("data-outcome") or ""


def again(page: Page) -> None:
    """Capture once more."""
    page.click("#again")
    wait_for(page, "before")
    page.click("#start-camera")


@pytest.mark.parametrize("pair", [PEOPLE[:2], PEOPLE[2:4], PEOPLE[4:]], ids="-".join)
def test_each_person_is_accepted_with_their_own_code(site: Site, visit: Visit, pair: tuple[str, str]) -> None:
    pages = {person: visit("/verify.html") for person in pair}
    for person, page in pages.items():
        begin(page, site.code(person), person)
    for page in pages.values():
        found = outcome(page)
        for _ in range(ATTEMPTS - 1):
            if found == "inconclusive":
                again(page)
                found = outcome(page)
        assert found == "accept", page.locator("main").inner_text()
        said = page.locator("main").inner_text()
        assert "Verified" in said
        assert "10,000" in said
        assert "%" not in said
        assert not any(word in said.lower() for word in ("score", "similar", "cosine"))


@pytest.mark.parametrize("pair", [PEOPLE[:2], PEOPLE[2:4], PEOPLE[4:]], ids="-".join)
def test_nobody_is_accepted_with_the_code_of_another(site: Site, visit: Visit, pair: tuple[str, str]) -> None:
    pages = {person: visit("/verify.html") for person in pair}
    for person, page in pages.items():
        begin(page, site.code(person), IMPOSTORS[person])
    for page in pages.values():
        found = outcome(page)
        for _ in range(ATTEMPTS - 1):
            if found == "inconclusive":
                again(page)
                found = outcome(page)
        assert found == "reject"
        assert page.locator("#way-out").is_visible()
        assert page.locator(".reasons li").count() >= 1


@pytest.mark.parametrize("modes", [("print", "replay"), ("screen", "wrong")], ids="-".join)
def test_no_attack_instrument_is_accepted(site: Site, visit: Visit, modes: tuple[str, str]) -> None:
    """The holder's own face, printed, on a screen, recorded, or moved the other way; twice each."""
    pages = {mode: visit("/verify.html") for mode in modes}
    for mode, page in pages.items():
        begin(page, site.code("101"), "101", mode)
    for page in pages.values():
        assert outcome(page) == "inconclusive"
        again(page)
    for page in pages.values():
        assert outcome(page) == "inconclusive"
        assert page.locator(".reasons li").count() >= 1
        assert page.locator("#again").is_visible()


def test_whoever_leaves_in_the_middle_is_not_accepted(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    begin(page, site.code("101"), "101")
    until(page, "Boolean(document.querySelector('.counted')?.textContent.includes('3'))", seconds=60)
    page.evaluate("scripted.mode = 'nobody'")
    assert outcome(page) == "inconclusive"


def test_the_low_motion_way_is_offered_and_asks_for_less(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    present_code(page, site.code("101"))
    page.check("#low")
    stand(page, "101")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda told: sent.append(str(told)[:60])))
    page.click("#start-camera")
    wait_for(page, "challenge", timeout=60_000)
    page.wait_for_selector(".stage[data-prompt]")
    assert any('"motion":"low"' in one for one in sent)


def test_fingers_follow_the_face_where_the_policy_asks_for_them(browser: Browser, tmp_path: Path) -> None:
    """A synthetic hand before a phone's rear camera; face and fingers are both named in the verdict."""
    home = tmp_path / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    (home / "policy.json").write_text('{"require": "face-and-finger"}')
    code = enrol(
        face=[people.seen("101", "neutral", yaw=yaw) for yaw in (-3.0, 3.0)],
        hands={"right": people.hand(101, 1)},
        consent=Consent.given("browser tests", modalities=("face", "finger")),
        issuer=Issuer.open(home),
        profile="paper",
    ).text
    port = free_port()
    origin = f"http://localhost:{port}"
    app = create_app(Settings(home=home, origin=origin, workers=2))
    stop = served(app, port)
    site = Site(app, Clock(), origin, home)
    page = opened(browser, site)
    page.goto("/verify.html")
    page.evaluate("(url) => scripted.hold(url)", people.as_url(people.hand(101, 2)))
    begin(page, code, "101")
    wait_for(page, "hands", "error", timeout=90_000)
    found = wait_for(page, "verdict", "error", "tooLong", timeout=120_000)
    assert found == "verdict", page.locator("main").inner_html()
    outcome_now = page.locator(".verdict").get_attribute("data-outcome")
    assert outcome_now in ("accept", "inconclusive")
    if outcome_now == "accept":
        assert "finger" in page.locator(".reasons").inner_text().lower()
    page.context.close()
    stop()
