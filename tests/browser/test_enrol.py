"""Enrolment in a real browser: notice, consent, faces, review, code; and that code verifies its person."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright
from tests.browser import people, watching
from tests.browser.attempts import DECIDED_MS, IN_A_ROW, PATIENCE, standing
from tests.browser.conftest import (
    CHROMIUM,
    DESKTOP,
    SWITCHES,
    Site,
    Visit,
    later,
    present_code,
    stand,
    wait_for,
    with_session,
)
from tests.browser.keyboard import press

from moiety.credential.code import Credential
from moiety.service.roles import Role

pytestmark = pytest.mark.slow


def agree(page: Page) -> None:
    """From the purpose to the screen before the camera."""
    page.click("#continue")
    page.wait_for_selector("#agree", timeout=30_000)
    assert page.locator("#notice p").count() >= 8
    assert page.locator("#decline").is_visible()
    page.click("#agree")
    wait_for(page, "before")


def sealed(page: Page) -> None:
    """Have the code made; a machine that is too busy for a challenge is given as many as people are."""
    found: list[str] = []
    while len(found) < PATIENCE:
        wait_for(page, "review", timeout=90_000)
        page.click("#seal")
        if wait_for(page, "code", "error", timeout=90_000) == "code":
            return
        code = page.locator(".trouble").get_attribute("data-code") or ""
        assert code in ("liveness-refused", "quality-refused", "pictures-disagree"), code
        found.append(page.locator(".trouble").inner_text())
        if len(found) % IN_A_ROW == 0:
            later()
        page.click("#action")
    raise AssertionError(found)


def code_on(page: Page) -> Credential:
    """The code that the page shows."""
    url = page.locator("#code-picture").get_attribute("src") or ""
    return Credential.read(b64decode(url.partition(",")[2]))


def test_a_person_enrols_and_is_verified_with_the_code_they_take_away(site: Site, visit: Visit) -> None:
    page = visit("/enrol.html")
    agree(page)
    stand(page, "066", "neutral")
    page.click("#start-camera")
    wait_for(page, "faces")
    wait_for(page, "review", timeout=60_000)
    assert page.locator(".shots img").count() == 0, (
        "the frames of a challenge are never kept, not even by the page"
    )
    said = page.locator("main").inner_text()
    assert "stored nowhere" in said
    sealed(page)
    credential = code_on(page)
    assert credential.claims.enrolled == "live"
    assert page.locator("#secret").inner_text()
    assert page.locator("#save").get_attribute("download") == "moiety-code.png"
    # The page has let go of the pictures.
    assert page.locator(".shots img").count() == 0

    holder = standing(visit, credential.text, "066")
    assert holder.accepted(), holder


def test_no_is_an_answer_and_nothing_is_captured(visit: Visit) -> None:
    page = visit("/enrol.html")
    wait_for(page, "purpose")
    page.click("#continue")
    page.wait_for_selector("#decline")
    page.click("#decline")
    wait_for(page, "other")
    assert page.evaluate("scripted.constraints") is None
    page.click("#done")
    wait_for(page, "purpose")


def test_the_purposes_are_those_of_the_site_and_words_only_where_it_allows_them(
    site: Site, visit: Visit
) -> None:
    told = {"school": {"en": "To collect a child from school"}, "meals": {"en": "Meals", "es": "Comidas"}}
    settings = {
        "schema": "moiety/consent-settings/1",
        "controller": {"name": "A school", "address": "A street", "contact": "office@example.org"},
        "jurisdictions": ["plain"],
        "purposes": told,
    }
    file = site.home / "consent.json"
    try:
        for other in (False, True):
            file.write_text(json.dumps({**settings, "other_purposes": other}))
            page = visit("/enrol.html", camera=False)
            wait_for(page, "purpose")
            shown = page.locator("#purposes label").all_inner_texts()
            assert shown[:2] == ["To collect a child from school", "Meals"]
            assert len(shown) == 2 + other
            assert not page.locator("#purpose").is_visible()
            page.get_by_text("Meals").click()
            page.click("#continue")
            page.wait_for_selector("#agree", timeout=30_000)
            assert "Meals" in page.locator("#notice").inner_text()
        page = visit("/enrol.html", camera=False, language="ar")  # written in no purpose's language
        wait_for(page, "purpose")
        assert page.locator("#purposes label").count() == 1 or page.locator("#purpose").is_visible()
        file.write_text(json.dumps(settings))
        page.reload()
        page.wait_for_selector('.trouble[data-code="no-purpose"]')
    finally:
        file.unlink()


def test_a_whole_enrolment_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/enrol.html", size=DESKTOP)
    wait_for(page, "purpose")
    press(page, "[name=purpose]")
    page.keyboard.press("ArrowDown")  # another purpose, in words
    press(page, "#purpose")
    page.keyboard.type("to collect one's own parcels")
    press(page, "#continue", "Enter")
    page.wait_for_selector("#agree")
    assert "one's own parcels" in page.locator("#notice").inner_text()
    press(page, "#agree", "Space")
    wait_for(page, "before")
    stand(page, "139", "neutral")
    press(page, "#start-camera", "Enter")
    wait_for(page, "faces")
    press(page, "#shutter", "Space")  # the manual way, besides the automatic one
    wait_for(page, "review", timeout=60_000)
    press(page, "#pin")
    page.keyboard.type("2468")
    press(page, "#pin-again")
    page.keyboard.type("2468")
    press(page, "#seal", "Enter")
    if wait_for(page, "code", "error", timeout=90_000) == "error":
        press(page, "#action", "Enter")
        sealed(page)
    else:
        assert code_on(page).claims.pin
    press(page, "#next", "Enter")
    assert page.locator("#not-handed").is_visible(), "there is no copy"
    press(page, "#handed-over", "Space")
    press(page, "#next", "Enter")
    wait_for(page, "purpose")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of a person who looks into the camera, as Chromium's own fake capture device plays it."""
    film = tmp_path_factory.mktemp("film") / "person.mjpeg"
    with film.open("wb") as stream:
        for i in range(300):  # longer than the capture: one picture seen twice would not count as two
            pose = people.Pose(yaw=2.0 * np.sin(i / 6), shift=(0.004 * np.sin(i / 9), -0.04 + i * 2e-5))
            stream.write(people.jpeg(people.head("025", "neutral").render(pose), 95))
    return film


def test_a_film_through_chromiums_own_device_enrols_and_verifies_nobody(
    site: Site, playwright: Playwright, recording: Path
) -> None:
    """No script in the page: the browser's real capture path, from a file. A film that knows nothing of the
    challenge is undecided."""
    site.clock.ahead += 3600
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*SWITCHES, f"--use-file-for-fake-video-capture={recording}"]
    )
    page = with_session(watching.context_of(browser, base_url=site.origin), site, *Role).new_page()
    page.goto("/enrol.html")
    wait_for(page, "purpose")
    agree(page)
    page.click("#start-camera")
    wait_for(page, "review", timeout=60_000)
    page.click("#seal")
    wait_for(page, "error", timeout=60_000)
    # It met no challenge; where it came round during the capture, its frames were used before, too.
    assert page.locator(".trouble").get_attribute("data-code") in {"liveness-refused", "ceremony-refused"}
    page.goto("/verify.html")
    wait_for(page, "start")
    present_code(page, site.code("101"))
    page.click("#start-camera")
    if wait_for(page, "verdict", "error", timeout=DECIDED_MS) == "verdict":
        assert page.locator(".verdict").get_attribute("data-outcome") == "inconclusive"
    else:  # its pictures were used a moment ago, to enrol
        assert page.locator(".trouble").get_attribute("data-code") == "ceremony-refused"
    browser.close()
