"""Forms with wrong input, which is kept and explained, and with right input; no form is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page
from tests.browser import watching
from tests.browser.conftest import DESKTOP, PHONE, Site, Visit, wait_for
from tests.browser.test_unsaved import drawn
from tests.browser.test_walk import WALK, WAYS
from tests.test_security_page import functions_of

import moiety.service
from moiety import catalogue

pytestmark = pytest.mark.slow

HERE: Final = Path(__file__).parent
SERVICE: Final = Path(moiety.service.__file__).parent

FORMS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "account.js": (
        ("operators", "test_forms::test_a_new_one_needs_a_name_and_a_role", "="),
        ("programs", "test_forms::test_a_new_one_needs_a_name_and_a_role", "="),
    ),
    "enrol.js": (
        ("purpose", "test_forms::test_a_purpose_in_words_is_long_enough", "="),
        (
            "review",
            "test_enrol::test_a_whole_enrolment_by_keyboard_alone",
            "test_forms::test_two_pins_that_differ_are_said_before_anything_is_sealed",
        ),
    ),
    "home.js": (("invited", "test_sign_in::test_a_newcomer_becomes_an_operator_and_signs_in_again", "="),),
    "revoke.js": (
        (
            "find",
            "test_revoke::test_a_code_is_found_in_every_way_and_revoked",
            "test_revoke::test_what_names_no_code_or_several_is_said_at_the_field",
        ),
    ),
    "verify.js": (
        (
            "present",
            "test_bound_documents::test_the_page_says_what_the_wallet_must_sign",
            "test_forms::test_nothing_but_spaces_presents_no_document",
        ),
        (
            "pin",
            "test_forms::test_a_pin_of_the_right_length_goes_on",
            "test_help::test_a_wrong_pin_leads_straight_back_to_the_pin",
        ),
    ),
    "withdraw_page.py": (
        ("withdraw", "test_withdraw::test_a_person_withdraws_in_a_browser_and_the_code_is_refused", "="),
    ),
}
"""The forms of each file: its state, the test with right input, and with wrong input ("=": the same)."""

ABSENT: Final = ("/no-such-page", "/withdraw/none")
WRITTEN: Final = ("/schedule", "/withdraw", *ABSENT)


def invalid(page: Page, selector: str) -> bool:
    """Whether the browser itself keeps a form from being sent, and says why at this field."""
    return bool(page.locator(selector).evaluate("(one) => !one.checkValidity()"))


def test_every_form_is_sent_by_a_test() -> None:
    sources = [*(SERVICE / "pages" / "js").rglob("*.js"), *SERVICE.rglob("*.py"), *SERVICE.rglob("*.html")]
    found = {
        one.name: count
        for one in sources
        if (count := (text := one.read_text("utf-8")).count('h("form"') + text.count("<form"))
    }
    assert found == {file: len(forms) for file, forms in FORMS.items()}
    for forms in FORMS.values():
        for _, right, wrong in forms:
            for named in (right, right if wrong == "=" else wrong):
                module, _, function = named.partition("::")
                assert function in functions_of(HERE / f"{module}.py"), named


@pytest.mark.parametrize("language", catalogue.languages())
@pytest.mark.parametrize(
    ("tab", "name", "go", "box", "made"),
    [
        ("operators", "new-name", "invite", "role", "invitation-code"),
        ("programs", "program-name", "make-token", "program-role", "program-token"),
    ],
)
def test_a_new_one_needs_a_name_and_a_role(
    visit: Visit, language: str, tab: str, name: str, go: str, box: str, made: str
) -> None:
    page = visit("/account.html", camera=False, language=language)
    page.on("dialog", lambda dialog: dialog.accept())
    page.click(f"#tab-{tab}")
    page.click(f"#{go}")
    assert invalid(page, f"#{name}"), "nobody has no name"
    page.fill(f"#{name}", "Desk")
    page.click(f"#{go}")
    said = page.locator(f"form:has(#{name}) [role=status]")
    for key in ("error.request-malformed", "remedy.request-malformed"):
        said.get_by_text(catalogue.text(key, language)).wait_for()
    assert page.input_value(f"#{name}") == "Desk", "it stays, to be corrected"
    watching.complaints[:] = [one for one in watching.complaints if "422" not in one]
    page.check(f'input[name={box}][value="verifier"]')
    page.click(f"#{go}")
    page.wait_for_selector(f"#{made}")
    assert page.input_value(f"#{name}") == "", "the form is ready for the next one"


@pytest.mark.parametrize("language", catalogue.languages())
def test_a_purpose_in_words_is_long_enough(visit: Visit, language: str) -> None:
    page = visit("/enrol.html", camera=False, language=language)
    wait_for(page, "purpose")
    page.check("#other-purpose")
    for words in ("", "x"):
        page.fill("#purpose", words)
        page.click("#continue")
        assert invalid(page, "#purpose")
    wait_for(page, "purpose")
    page.fill("#purpose", "To collect parcels")
    page.click("#continue")
    page.wait_for_selector("#agree")
    assert "To collect parcels" in page.inner_text("#notice")


def test_two_pins_that_differ_are_said_before_anything_is_sealed(visit: Visit) -> None:
    page = drawn(visit, "review", started=False)
    page.fill("#pin", "2468")
    page.fill("#pin-again", "2469")
    page.click("#seal")
    assert page.eval_on_selector("#pin-again", "(one) => one.validationMessage") == catalogue.text(
        "pages.pin.differ", "en"
    )
    page.fill("#pin", "24")
    page.fill("#pin-again", "24")
    page.click("#seal")
    assert invalid(page, "#pin")
    wait_for(page, "review")


START: Final = """([state, context]) => import("/js/verify.js").then(async ({ states, machine }) => {
  const { Machine } = await import("/js/machine.js");
  const made = new Machine(states, { initial: state, context: { ...machine().context, ...context } });
  made.start();
})"""


def held(page: Page, state: str, **credential: bool) -> None:
    """The page of Verify in a state that the service's answer leads to."""
    ceremony = {"ceremony": "0" * 32, "nonce": "0" * 64, "audience": "https://verifier.example"}
    page.evaluate(
        START, [state, {"code": {"text": "x" * 99}, "ceremony": {**ceremony, "credential": credential}}]
    )
    wait_for(page, state)


def test_nothing_but_spaces_presents_no_document(visit: Visit) -> None:
    page = visit("/verify.html", camera=False)
    held(page, "present")
    page.click("#continue")
    assert invalid(page, "#presented")
    page.fill("#presented", "  \n ")
    page.click("#continue")
    wait_for(page, "present")
    page.fill("#presented", "a.b.c~")
    page.click("#continue")
    wait_for(page, "before")


def test_a_pin_of_the_right_length_goes_on(visit: Visit) -> None:
    page = visit("/verify.html", camera=False)
    held(page, "pin", pin=True)
    for digits in ("", "12"):
        page.fill("#pin", digits)
        page.click("#continue")
        assert invalid(page, "#pin")
    page.fill("#pin", "2468")
    page.click("#continue")
    wait_for(page, "before")


@pytest.mark.parametrize(("language", "size"), WAYS)
def test_what_the_service_writes_whole_leads_on(
    site: Site, visit: Visit, language: str, size: dict[str, int]
) -> None:
    assert size in (PHONE, DESKTOP)
    page = visit("/", language=language, size=size, camera=False)
    page.add_init_script(WALK)
    for path in WRITTEN:
        page.goto(path)
        assert page.evaluate("walked.written().wrong") == [], path
        assert page.locator("html").get_attribute("lang") == language, path
        assert page.locator(".head .brand").get_attribute("href") == "/", path
    watching.complaints[:] = [one for one in watching.complaints if not any(path in one for path in ABSENT)]
