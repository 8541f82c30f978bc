"""Everybody can use the pages: the keyboard alone, small screens, little movement; under a strict policy."""

from __future__ import annotations

import pytest
from tests.browser import watching
from tests.browser.attempts import Standing
from tests.browser.conftest import DESKTOP, Site, Visit, present_code, soon, stand, wait_for
from tests.browser.keyboard import press
from tests.browser.test_axe import ANSWERS, PLAIN, SMALL, settled

pytestmark = pytest.mark.slow

PAGES = ("/", "/verify.html", "/enrol.html", "/practise.html", "/account.html")
VERDICT = """async (answer) => {
  const { verdict } = await import("/js/verdict.js");
  const { screen } = await import("/js/chrome.js");
  const made = verdict(answer, { onagain() {}, onnext() {}, onreceipt() {} });
  screen({ heading: made.heading, top: made.card, name: "verdict", out: { go() {} } }, made.content);
}"""


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
    assert ("10,000" in said) == (name == "accept")
    assert page.locator("#way-out").is_visible()


class ByKeyboard(Standing):
    """Somebody whom an operator verifies without a mouse or a finger."""

    def begin(self) -> None:
        """As `Standing.begin`, by Tab, Enter and Space."""
        page = self.page = self.open_page()
        press(page, "summary", "Enter")
        press(page, "#typed")
        page.keyboard.insert_text(self.code)
        press(page, "#use-typed", "Enter")
        wait_for(page, "before")
        assert page.evaluate("document.activeElement.tagName") == "H1", "the new screen is announced"
        stand(page, self.person)
        press(page, "#start-camera", "Space")
        wait_for(page, "framing", "challenge")

    def again(self) -> None:
        """As `Standing.again`, by keyboard too."""
        if not self.page.locator("#again").count():
            self.page.context.close()
            self.begin()
            return
        press(self.page, "#again", "Enter")
        wait_for(self.page, "before")
        press(self.page, "#start-camera", "Enter")


def test_a_whole_verification_by_keyboard_alone(site: Site, visit: Visit) -> None:
    one = ByKeyboard(lambda: visit("/verify.html", size=DESKTOP), site.code("101"), "101")
    one.begin()
    assert one.accepted(), one
    press(one.page, "#way-out", "Enter")
    wait_for(one.page, "other")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen_and_controls_are_large(visit: Visit, width: int) -> None:
    page = visit("/", size={"width": width, "height": 800})
    for path in PAGES:
        settled(page, path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(SMALL) == [], path


def test_the_policy_of_the_pages_is_strict(visit: Visit) -> None:
    """That none of them breaks it, `watching` sees in every test of every page."""
    page = visit("/")
    for path in (*PAGES, *PLAIN):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        page.wait_for_selector("main")


@pytest.mark.parametrize(
    ("attempt", "directive"),
    [
        (
            "document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
            "script",
        ),
        ("document.body.setAttribute('style', 'color: red')", "style"),
        ("fetch('https://elsewhere.example/').catch(() => {})", "connect"),
        ("new Image().src = 'https://elsewhere.example/x.png'", "img"),
    ],
)
def test_whatever_breaks_the_policy_is_stopped_and_heard(visit: Visit, attempt: str, directive: str) -> None:
    page = visit("/verify.html")
    assert watching.complaints == []
    page.evaluate(f"() => {{ {attempt}; }}")
    soon(page, lambda: any(f"policy broken: {directive}" in one for one in watching.complaints))
    watching.complaints.clear()


def test_whoever_wants_no_movement_on_the_screen_gets_none(visit: Visit, site: Site) -> None:
    """The operator's device asks for that; how far the person turns is the person's own choice."""
    page = visit("/verify.html", reduced_motion="reduce")
    page.evaluate(VERDICT, ANSWERS["accept"])
    moving = """() => [...document.querySelectorAll("*")].filter((one) => {
      const { animationName, transitionDuration } = getComputedStyle(one);
      return animationName !== "none" || parseFloat(transitionDuration) > 0;
    }).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0, "else this would see nothing"
    settled(page, "/verify.html")
    present_code(page, site.code("101"))
    assert not page.is_checked("#low")


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


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["now", "now", "5 minutes ago", "2 hours ago", "1 day ago", "400 days ago"]),
        ("es", ["ahora", "ahora", "hace 5 minutos", "hace 2 horas", "hace 1 día", "hace 400 días"]),
    ],
)
def test_ages_are_told_in_the_readers_words(visit: Visit, language: str, told: list[str]) -> None:
    """Also of a moment that another clock puts into the future."""
    page = visit("/verify.html", language=language, camera=False)
    found = page.evaluate(
        """async () => {
          const { ago } = await import("/js/text.js");
          const now = 1_800_000_000, ages = [-60, 0, 359, 7200, 86400 * 1.9, 86400 * 400];
          return ages.map((age) => ago(now - age, now));
        }"""
    )
    assert found == told
