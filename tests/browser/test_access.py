"""Everybody can use the pages: axe, the keyboard alone, three languages, small screens; and fast."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.browser.attempts import DECIDED_MS, PATIENCE
from tests.browser.conftest import DESKTOP, Site, Visit, present_code, stand, wait_for

pytestmark = pytest.mark.slow

PAGES = ("/", "/verify.html", "/enrol.html", "/account.html")
VERDICT = """async (answer) => {
  const { verdict } = await import("/js/verdict.js");
  const { screen } = await import("/js/chrome.js");
  const made = verdict(answer, { onagain() {}, onnext() {}, onreceipt() {} });
  screen({ heading: made.heading, top: made.card, name: "verdict", out: { go() {} } }, made.content);
}"""
ANSWERS: dict[str, dict[str, Any]] = {
    "accept": {"outcome": "accept", "reasons": [{"code": "face-match"}], "target_fmr": 1e-4, "receipt": "x"},
    "reject": {"outcome": "reject", "reasons": [{"code": "face-no-match"}], "target_fmr": 1e-4},
    "inconclusive": {
        "outcome": "inconclusive",
        "reasons": [{"code": "liveness-not-shown"}],
        "findings": [{"code": "too-dark"}],
        "target_fmr": 1e-4,
    },
    "refused": {"outcome": "refused", "reasons": [{"code": "revoked"}]},
}


def grave(page: Page) -> list[str]:
    """What axe finds serious or critical, and contrast below 7 to 1."""
    options = {
        "rules": {"color-contrast-enhanced": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    found = Axe().run(page, options=options).response["violations"]
    told = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {json.dumps([node['html'][:120] for node in one['nodes']])}" for one in told]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_serious(visit: Visit, site: Site, scheme: str, language: str) -> None:
    page = visit("/", language=language, color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("main[data-state]:not([data-state=working]):not([data-state=looking])")
        page.wait_for_timeout(150)
        assert grave(page) == [], path
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert page.locator("html").get_attribute("data-untold") is None, path
    page.goto("/verify.html")
    wait_for(page, "start")
    present_code(page, site.code("101"))
    assert grave(page) == [], "before"
    stand(page, "101", mode="nobody")
    page.click("#start-camera")
    wait_for(page, "framing")
    page.wait_for_selector('.hint[data-code="no-face"]')
    assert grave(page) == [], "framing"
    page.click("#way-out")
    wait_for(page, "other")
    assert grave(page) == [], "other"
    for name, answer in ANSWERS.items():
        page.evaluate(VERDICT, answer)
        assert grave(page) == [], name


@pytest.mark.parametrize("name", ANSWERS)
def test_a_verdict_says_all_that_it_should_and_no_more(visit: Visit, name: str) -> None:
    page = visit("/verify.html")
    page.evaluate(VERDICT, {**ANSWERS[name], "score": 0.734, "fmr": 3.1e-7})
    said = page.locator("body").inner_text()
    assert page.locator("h1").count() == 1
    assert page.locator(f".verdict.{name} svg").count() == 1
    assert page.locator(".reasons li").count() >= 1
    assert "What to do next" in said
    assert "0.734" not in said
    assert "3.1" not in said
    assert "%" not in said
    assert ("10,000" in said) == (name != "refused")
    assert page.locator("#way-out").is_visible()


def test_a_whole_verification_by_keyboard_alone(site: Site, visit: Visit) -> None:
    page = visit("/verify.html", size=DESKTOP)
    focus_on(page, "summary")
    page.keyboard.press("Enter")
    focus_on(page, "#typed")
    page.keyboard.insert_text(site.code("025"))
    focus_on(page, "#use-typed")
    page.keyboard.press("Enter")
    wait_for(page, "before")
    assert page.evaluate("document.activeElement.tagName") == "H1", "the new screen is announced"
    stand(page, "025")
    focus_on(page, "#start-camera")
    page.keyboard.press("Space")
    wait_for(page, "framing", "challenge")
    wait_for(page, "verdict", timeout=DECIDED_MS)
    for _ in range(PATIENCE - 1):  # undecided, as happens now and then: again, by keyboard too
        if not page.locator("#again").count():
            break
        focus_on(page, "#again")
        page.keyboard.press("Enter")
        wait_for(page, "before")
        focus_on(page, "#start-camera")
        page.keyboard.press("Enter")
        wait_for(page, "verdict", timeout=DECIDED_MS)
    assert page.locator('.verdict[data-outcome="accept"]').is_visible()
    focus_on(page, "#way-out")
    page.keyboard.press("Enter")
    wait_for(page, "other")


def focus_on(page: Page, selector: str) -> None:
    """Come to a control by the Tab key alone."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen_and_controls_are_large(visit: Visit, width: int) -> None:
    page = visit("/", size={"width": width, "height": 800})
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("main[data-state]:not([data-state=working]):not([data-state=looking])")
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        small = page.evaluate(
            """[...document.querySelectorAll("button, a.button, a.card, select, .check")]
               .map((one) => [one.textContent, one.getBoundingClientRect()])
               .filter(([, box]) => box.width && (box.height < 48 || box.width < 48)).map(([text]) => text)"""
        )
        assert small == [], path


def test_the_policy_of_the_pages_is_strict_and_nothing_breaks_it(site: Site, visit: Visit) -> None:
    page = visit("/")
    told: list[Any] = []
    page.expose_function("tell", lambda directive: told.append(directive))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) => tell(event.violatedDirective))"
    )
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        page.wait_for_selector("main[data-state]")
        page.wait_for_timeout(200)
    assert told == []


def test_every_request_of_a_page_goes_to_its_own_service(site: Site, visit: Visit) -> None:
    page = visit("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("main[data-state]")
    assert len(asked) > 30
    assert all(one.startswith(site.origin) for one in asked)


def test_sign_in_shows_a_way_out_and_no_more_to_whoever_is_not_signed_in(visit: Visit) -> None:
    page = visit("/verify.html", signed_in=False, camera=False)
    wait_for(page, "sign-in")
    assert "next=" in page.url
    assert page.locator("#passkey").is_visible()
    page.click("#way-out")
    wait_for(page, "other")
