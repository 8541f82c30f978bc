"""Nothing is lost by a click: another language, reload, an idle hour and the way out keep it, or ask."""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.sync_api import Dialog, Page
from tests.browser.conftest import Visit, wait_for
from tests.browser.test_axe import _AGREED, _ISSUED

from moiety import catalogue

pytestmark = pytest.mark.slow

HELD: Final = {**_AGREED, "notice": {"language": "en", "direction": "ltr"}}
ANSWERED: Final[list[str]] = []


START: Final = """async ([state, context, data, started]) => {
  const { open } = await import("/js/chrome.js");
  const { states } = await import("/js/enrol.js");
  const { Machine } = await import("/js/machine.js");
  const { Capture } = await import("/js/capturing.js");
  await open("pages.enrol.title");
  const held = { ...context, given: new Set(), capture: new Capture() };
  const machine = new Machine(states, { initial: state, context: held });
  if (started) machine.start(data ?? undefined);
  else states[state].enter(machine, data ?? undefined);
}"""


def drawn(visit: Visit, state: str, data: Any = None, *, started: bool = True, clock: bool = False) -> Page:
    """A page of enrolment in one state; somebody has touched it, as browsers demand before they ask."""
    page = visit("/", camera=False, clock=clock)
    page.route("**/js/pages/enrol.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.goto("/enrol.html")
    page.evaluate(START, [state, HELD, data, started])
    wait_for(page, state)
    page.mouse.click(2, 300)
    ANSWERED.clear()

    def stay(dialog: Dialog) -> None:
        ANSWERED.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return page


def leaves(page: Page) -> bool:
    """Whether the page is left by a reload without a question; whoever is asked stays."""
    ANSWERED.clear()
    page.evaluate("setTimeout(() => location.reload(), 0)")
    page.wait_for_timeout(600)
    return ANSWERED != ["beforeunload"]


def test_another_language_keeps_a_code_that_was_not_handed_over(visit: Visit) -> None:
    page = drawn(visit, "code", _ISSUED)
    for language in ("ar", "es"):
        page.select_option("#language", language)
        page.wait_for_selector(f"html[lang={language}]")
        assert page.locator("h1").inner_text() == catalogue.text("pages.code.title", language)
        assert catalogue.text("pages.code.next", language) == page.inner_text("#next")
        assert page.locator("html").get_attribute("dir") == catalogue.direction(language)
        assert page.inner_text("#secret") == "ABCD-EFGH"
        assert page.get_attribute("#code-picture", "src") == _ISSUED["png"]
    assert not leaves(page)


@pytest.mark.parametrize("gone", ["#way-out", "#next"])
def test_a_code_is_not_left_before_the_person_has_it(visit: Visit, gone: str) -> None:
    page = drawn(visit, "code", _ISSUED)
    page.click(gone)
    page.wait_for_timeout(100)
    assert page.locator("main").get_attribute("data-state") == "code"
    assert ANSWERED == ["confirm"] or page.locator("#not-handed").is_visible()
    assert not leaves(page)
    page.check("#handed-over")
    assert leaves(page)


def test_saving_both_is_enough(visit: Visit) -> None:
    page = drawn(visit, "code", _ISSUED)
    page.click("#save")
    assert not leaves(page), "the receipt is still here alone"
    page.click("#receipt-file")
    assert leaves(page)


def test_a_code_that_nobody_touches_is_covered_and_kept(visit: Visit) -> None:
    """As a lid that was closed: the page's clock goes on an hour."""
    page = drawn(visit, "code", _ISSUED, clock=True)
    page.clock.run_for(16 * 60_000)
    wait_for(page, "covered")
    assert page.locator("#code-picture").count() == 0
    page.clock.run_for(61 * 60_000)
    wait_for(page, "covered")
    page.click("#show-code")
    wait_for(page, "code")
    assert page.inner_text("#secret") == "ABCD-EFGH"


def test_what_was_typed_and_chosen_stays_in_another_language_and_is_asked_about(visit: Visit) -> None:
    page = drawn(visit, "review", started=False)
    assert not leaves(page), "a consent was given"
    page.fill("#pin", "2468")
    page.select_option("#language", "es")
    page.wait_for_selector("html[lang=es]")
    assert page.input_value("#pin") == "2468"
    assert page.locator(".shots img").count() > 0
    page = visit("/enrol.html", camera=False)
    wait_for(page, "purpose")
    page.check("#other-purpose")
    page.fill("#purpose", "To collect parcels")
    page.check("#child")
    page.check("#guardian-caregiver")
    page.select_option("#language", "ar")
    page.wait_for_selector("html[lang=ar]")
    wait_for(page, "purpose")
    assert page.input_value("#purpose") == "To collect parcels"
    assert page.is_checked("#guardian-caregiver")


def test_a_secret_that_is_shown_once_is_asked_about_until_it_was_copied(visit: Visit) -> None:
    page = visit("/account.html", camera=False)
    dialogs: list[str] = []

    def stay(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.click("#tab-programs")
    page.fill("#program-name", "Shown once")
    page.check('input[name=program-role][value="verifier"]')
    page.click("#make-token")
    page.wait_for_selector("#program-token")
    page.get_by_role("cell", name="Shown once").first.wait_for()
    page.click("#tab-ledger")
    assert dialogs == ["confirm"]
    assert page.locator("#program-token").is_visible()
    page.locator("#program-token").evaluate(
        "(one) => one.dispatchEvent(new Event('copy', { bubbles: true }))"
    )
    page.click("#tab-ledger")
    page.wait_for_selector("#panel[data-tab=ledger]")
    assert dialogs == ["confirm"]
