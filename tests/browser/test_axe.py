"""axe finds nothing serious on any screen: light and dark, phone and desktop, in each direction."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import DESKTOP, PHONE, Site, Visit, present_code, stand, wait_for

pytestmark = pytest.mark.slow

PLAIN: Final = ("/docs", "/schedule", "/withdraw")
"""Pages that the service writes out whole, without a script."""

ANSWERS: Final[dict[str, dict[str, Any]]] = {
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
_ISSUED: Final = {
    "png": "/icon.svg", "short_id": "3151-FF21", "card": "data:application/pdf;base64,JVBERg==",
    "not_after": 1_900_000_000,
}  # fmt: skip
_AGREED: Final = {
    "hands": {"right": "/icon.svg"}, "purposeText": "A card",
    "consent": {"expires_at": 1_900_000_000}, "receipt": {"secret": "ABCD-EFGH", "receipt": {"a": 1}},
}  # fmt: skip
_FAILED: Final = {"code": "camera-denied"}

_FOUND: Final = [
    {
        "cti": "31" * 16,
        "short_id": "3131-3131",
        "status": status,
        "reasons": [reason],
        "expires": 1_900_000_000,
    }
    for status, reason in (("valid", "in-force"), ("suspended", "suspended"), ("revoked", "withdrawn"))
]

DRAWN: Final[dict[str, tuple[tuple[str, dict[str, Any], Any], ...]]] = {
    "index": (("signIn", {}, None), ("invited", {}, None), ("error", {}, {"code": "passkey-refused"})),
    "verify": (
        ("pin", {}, None), ("before", {}, None), ("unread", {}, None), ("tooLong", {}, None),
        ("error", {}, _FAILED), ("other", {}, None), ("deciding", {}, None),
        *(("verdict", {"code": {"text": "x"}}, answer) for answer in ANSWERS.values()),
    ),
    "enrol": (
        ("before", {}, None), ("review", _AGREED, None), ("code", _AGREED, _ISSUED), ("tooLong", {}, None),
        ("error", {}, _FAILED), ("other", {}, None), ("covered", {}, None),
    ),
    "revoke": (
        ("find", {}, {"wrong": "several-codes", "typed": "3151-FF21"}), ("unread", {}, None),
        *(("found", {}, {"found": found}) for found in _FOUND), ("error", {}, _FAILED), ("other", {}, None),
    ),
    "account": (("error", {}, _FAILED), ("other", {}, None)),
    "practise": (("error", {}, _FAILED), ("other", {}, None)),
}  # fmt: skip
"""Screens that a visit alone does not show, drawn by the states themselves: state, context, what came."""

DRAW: Final = """async ([module, state, context, data]) => {
  const page = await import(`/js/${module}.js`);
  const made = page.machine({ name: "Station 3", roles: ["verifier"] });
  Object.assign(made.context, context);
  await page.states[state].enter(made, data ?? undefined);
}"""

WAYS: Final = (
    ("en", "light", PHONE), ("ar", "dark", PHONE), ("es", "dark", DESKTOP), ("ar", "light", DESKTOP),
)  # fmt: skip
"""Every two of language's direction, colours and size occur together."""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def grave(page: Page) -> list[str]:
    """What axe finds serious or critical, and contrast below 7 to 1."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found = page.evaluate(
        """async () => (await axe.run(document, {
          rules: { "color-contrast-enhanced": { enabled: true } }, resultTypes: ["violations"],
        })).violations.filter((one) => ["serious", "critical"].includes(one.impact))"""
    )
    return [f"{one['id']}: {json.dumps([node['html'][:120] for node in one['nodes']])}" for one in found]


SMALL: Final = """() => [...document.querySelectorAll("button, a.button, a.card, select, summary, .check")]
  .map((one) => [one.textContent, one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 48 || box.width < 48)).map(([text]) => text)"""


def sound(page: Page, *where: str) -> None:
    """What must hold of every screen: axe, large controls, nothing too wide, and no word without its text."""
    assert grave(page) == [], where
    if where[0] not in PLAIN:
        assert page.evaluate(SMALL) == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    assert page.locator("html").get_attribute("data-untold") is None, where


def settled(page: Page, path: str) -> None:
    """Come to a page's first screen that stands still."""
    page.goto(path)
    page.wait_for_selector("main[data-state]:not([data-state=working]):not([data-state=looking])")


@pytest.mark.parametrize(("language", "scheme", "size"), WAYS)
def test_axe_finds_nothing_serious(
    visit: Visit, site: Site, language: str, scheme: str, size: dict[str, int]
) -> None:
    page = visit("/", language=language, color_scheme=scheme, size=size)
    for name, drawn in DRAWN.items():
        settled(page, f"/{name}.html")
        sound(page, name)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        for state, context, data in drawn:
            page.evaluate(DRAW, ["home" if name == "index" else name, state, context, data])
            sound(page, name, state)
    for path in PLAIN:
        page.goto(path)
        assert page.locator("main h1").count() == 1
        sound(page, path)


@pytest.mark.parametrize(("language", "scheme", "size"), WAYS[:2])
def test_axe_finds_nothing_serious_before_the_camera_and_in_the_tabs(
    visit: Visit, site: Site, language: str, scheme: str, size: dict[str, int]
) -> None:
    page = visit("/account.html", language=language, color_scheme=scheme, size=size)
    for tab in page.locator("[role=tab]").all():
        tab.click()
        page.wait_for_selector("#panel > :not([role=status])")
        sound(page, tab.inner_text())
    settled(page, "/enrol.html")
    page.locator("[name=purpose]").first.check()
    page.click("#continue")
    page.wait_for_selector("#agree")
    sound(page, "notice")
    settled(page, "/verify.html")
    page.click("#scan")
    page.wait_for_selector('.hint[data-code="code-none"]')
    sound(page, "scanning")
    page.click("#way-out")
    wait_for(page, "start")
    present_code(page, site.code("101"))
    stand(page, "101", mode="nobody")
    page.click("#start-camera")
    wait_for(page, "framing")
    page.wait_for_selector('.hint[data-code="no-face"]')
    sound(page, "framing")
    page.evaluate("scripted.mode = 'still'")
    wait_for(page, "challenge", timeout=60_000)
    page.wait_for_selector(".stage[data-prompt]")
    sound(page, "challenge")
