"""People who are quicker than the camera: an early press counts, and a camera that they left goes off."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Site, Visit, present_code, state_of, until, wait_for

pytestmark = pytest.mark.slow

SLOW_CAMERA: Final = """() => {
  const devices = navigator.mediaDevices;
  const plain = devices.getUserMedia;
  window.tracks = [];
  window.waiting = [];
  devices.getUserMedia = async (constraints) => {
    await new Promise((done) => waiting.push(done));
    const stream = await plain(constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
}"""
"""A browser that asks for permission until the test answers with `waiting`."""


def asking(site: Site, visit: Visit) -> Page:
    """The page of Verify whose camera was asked for and isn't there yet."""
    page = visit("/verify.html")
    present_code(page, site.code("101"))
    page.evaluate(SLOW_CAMERA)
    page.click("#start-camera")
    wait_for(page, "framing")
    until(page, "waiting.length === 1")
    return page


def test_a_shutter_that_is_pressed_before_the_camera_opened_counts_once_it_did(
    site: Site, visit: Visit
) -> None:
    page = asking(site, visit)
    page.press("#shutter", "Space")
    page.press("#shutter", "Space")
    page.wait_for_timeout(200)
    assert state_of(page) == "framing"
    page.evaluate("waiting.forEach((done) => done())")
    wait_for(page, "challenge")
    assert page.evaluate("tracks.length") == 1, "the camera was opened once"


def test_a_camera_that_opens_after_the_person_left_is_let_go_of(site: Site, visit: Visit) -> None:
    page = asking(site, visit)
    page.click("#way-out")
    page.evaluate("waiting.forEach((done) => done())")
    until(page, "tracks.length === 1 && tracks.every((one) => one.readyState === 'ended')")
