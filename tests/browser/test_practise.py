"""Practise in a browser: a scene from list to debrief, one's own face, and the frame on every screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import DESKTOP, Site, Visit, soon, stand, wait_for
from tests.browser.keyboard import press
from tests.browser.test_axe import grave

from moiety import catalogue

pytestmark = pytest.mark.slow


def framed(page: object) -> None:
    """The mark is on the screen."""

    assert isinstance(page, Page)
    mark = page.locator(".practice-mark")
    assert mark.is_visible()
    assert mark.inner_text() == catalogue.text(
        "practice.mark", page.locator("html").get_attribute("lang") or ""
    )
    assert page.locator("body.practice").count() == 1


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_scene_from_the_list_to_its_debrief(visit: Visit, language: str) -> None:
    page = visit("/practise.html", camera=False, language=language)
    wait_for(page, "list")
    framed(page)
    assert page.locator(".practice-list button").count() >= 12
    assert grave(page) == []
    page.click("#play-revoked")
    wait_for(page, "play")
    framed(page)
    for image in page.locator(".practice-seen img").all():
        assert image.evaluate("async (one) => { await one.decode(); return one.naturalWidth; }") > 100
    assert grave(page) == []
    page.click("#act-scan")
    wait_for(page, "play")
    assert catalogue.text("error.revoked", language) in page.inner_text(".practice-log")
    page.click("#act-other-way")
    wait_for(page, "debrief")
    framed(page)
    assert "100" in page.inner_text(".lead") or "\u0661" in page.inner_text(".lead")
    assert catalogue.text("practice.revoked.cost", language) in page.inner_text("main")
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_saved_holds_no_picture(visit: Visit) -> None:
    page = visit("/practise.html", camera=False, size=DESKTOP)
    page.click("#play-expired")
    wait_for(page, "play")
    page.click("#act-turn-away")
    wait_for(page, "debrief")
    with page.expect_download() as begun:
        page.click("#export")
    saved = json.loads(Path(begun.value.path()).read_text("utf-8"))
    assert saved["scenario"] == "expired"
    assert saved["points"] < 100
    assert "data:" not in json.dumps(saved)


def test_ones_own_face_makes_a_code_and_is_compared_with_it(visit: Visit, site: Site) -> None:
    page = visit("/practise.html")
    before = set(site.state.practice._own)
    stand(page, "101")
    page.click("#own")
    wait_for(page, "own")
    framed(page)
    page.click("#snap")
    page.get_by_text(catalogue.text("practice.page.own-made", "en")).wait_for()
    page.click("#snap")
    page.get_by_text(catalogue.text("outcome.accept", "en")).wait_for()
    assert page.locator(".practice-seen img").count() == 2  # landmarks and crop; a curve would tell the score
    page.click("#way-out")
    wait_for(page, "list")
    soon(page, lambda: set(site.state.practice._own) == before)


def test_whoever_leaves_the_page_leaves_nothing_there(visit: Visit, site: Site) -> None:
    before = set(site.state.practice._own)
    page = visit("/practise.html")
    stand(page, "101")
    page.click("#own")
    page.click("#snap")
    page.get_by_text(catalogue.text("practice.page.own-made", "en")).wait_for()
    assert set(site.state.practice._own) != before
    page.goto("/schedule")
    soon(page, lambda: set(site.state.practice._own) == before)


def test_a_scene_and_ones_own_face_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/practise.html", size=DESKTOP)
    wait_for(page, "list")
    press(page, "#play-expired", "Enter")
    wait_for(page, "play")
    press(page, "#act-scan", "Space")
    page.wait_for_selector(".practice-log li")
    press(page, "#act-other-way", "Enter")
    wait_for(page, "debrief")
    assert page.evaluate("document.activeElement.tagName") == "H1", "the new screen is announced"
    with page.expect_download():
        press(page, "#export", "Enter")
    press(page, "#again", "Enter")
    wait_for(page, "list")
    stand(page, "101")
    press(page, "#own", "Enter")
    wait_for(page, "own")
    press(page, "#snap", "Enter")
    page.get_by_text(catalogue.text("practice.page.own-made", "en")).wait_for()
    press(page, "#snap", "Space")
    page.get_by_text(catalogue.text("outcome.accept", "en")).wait_for()
    press(page, "#way-out", "Enter")
    wait_for(page, "list")


def test_every_state_of_the_page_ends_by_itself(visit: Visit) -> None:
    page = visit("/practise.html", camera=False)
    table = page.evaluate("async () => (await import('/js/practise.js')).machine().table()")
    assert {one["name"] for one in table} >= {"list", "play", "debrief", "own", "error", "other"}
    assert all(one["after"]["ms"] > 0 for one in table)
