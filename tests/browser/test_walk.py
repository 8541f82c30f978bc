"""Every page at both sizes in each language: all that can be pressed is pressed, and leads somewhere."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Final

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.sync_api import Page
from starlette.responses import HTMLResponse
from tests.browser import watching
from tests.browser.conftest import DESKTOP, PHONE, Site, Visit
from tests.browser.screens import SCREENS, Screen
from tests.browser.test_machine import TABLE

from moiety import catalogue

pytestmark = pytest.mark.slow

WALK: Final = (Path(__file__).parent / "walk.js").read_text("utf-8")
WAYS: Final = tuple(product(catalogue.languages(), (PHONE, DESKTOP)))

WRITTEN: Final = ("/schedule", "/withdraw", "/docs", "/v1/session/oidc/callback")
"""Written out whole by the service, without a script: for `test_axe`, `test_withdraw` and `test_oidc`."""


def module_of(name: str) -> str:
    return "home" if name == "index" else name


def faults(page: Page) -> list[str]:
    """What nobody should see on the page as it stands, once it has come to rest."""
    page.wait_for_selector("main h1")
    found: list[str] = page.evaluate("walked.faults()")
    return found


def test_every_page_of_the_service_is_walked(site: Site) -> None:
    routes = (context.original_route for context in iter_route_contexts(site.app.routes))
    written = {
        one.path
        for one in routes
        if isinstance(one, APIRoute) and "GET" in (one.methods or ()) and one.response_class is HTMLResponse
    }
    assert written == set(WRITTEN)
    assert {one.stem for one in site.state.settings.pages.glob("*.html")} == set(SCREENS)


@pytest.mark.parametrize("name", SCREENS)
def test_every_state_of_a_page_is_walked(visit: Visit, name: str) -> None:
    page = visit(f"/{name}.html", camera=False)
    table = page.evaluate(TABLE, module_of(name))
    assert {one["name"] for one in table} == {one.shows or one.state for one in SCREENS[name]}


def errors_of(language: str) -> tuple[Screen, ...]:
    """An error screen for each code that has words of its own."""
    keys = (key.split(".") for key in catalogue.texts(language) if key.startswith(("error.", "pages.error.")))
    codes = sorted({parts[-1] if parts[0] == "error" else parts[2] for parts in keys})
    return tuple(Screen("error", data={"code": code}, look=True) for code in codes)


@pytest.mark.parametrize(("language", "size"), WAYS)
def test_all_that_can_be_pressed_leads_on(
    site: Site, visit: Visit, language: str, size: dict[str, int]
) -> None:
    page = visit("/", language=language, size=size)
    page.add_init_script(WALK)
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("filechooser", lambda _: None)
    share = [WAYS.index((language, size)), len(WAYS)]
    wrong: list[str] = []
    went: set[str] = set()
    for name, screens in SCREENS.items():
        page.goto(f"/{name}.html")
        wrong += [f"{name}: {one}" for one in faults(page)]
        head: set[str] = set()
        for screen in (*screens, *(errors_of(language) if name == "verify" else ())):
            done = page.evaluate(
                "(given) => walked.screen(...given)", [screen.sent(module_of(name)), list(head), share]
            )
            wrong += [f"{name}.{screen.state}: {one}" for one in [*done["wrong"], *watching.complaints]]
            watching.complaints.clear()
            head |= {one for one in done["pressed"] if one in ("/", "#place") or one.startswith("tab-")}
            went |= set(done["went"])
    assert not wrong, "\n".join(wrong)
    for address in sorted(went):
        _arrives(page, address, language)
    watching.complaints[:] = [one for one in watching.complaints if not _is_a_page(one)]


def _arrives(page: Page, address: str, language: str) -> None:
    """Somewhere that the walk came to is a page in the same language, with a way on."""
    page.goto(address)
    assert faults(page) == [], address
    assert page.locator("html").get_attribute("lang") == language, address


def _is_a_page(complaint: str) -> bool:
    """What the console says of an address that isn't there, which is what was asked for."""
    return any(f"{path})" in complaint for path in ("/v1/session/oidc",)) and "404" in complaint
