"""What bad conditions get: a screen with heading, cause and one action, and always the way out."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute
from tests.browser import people
from tests.browser.conftest import Site, Visit, present_code, soon, stand, state_of, until, wait_for

from moiety.consent import Consent
from moiety.credential import qr
from moiety.credential.home import Issuer, create_home
from moiety.enrolment import enrol

pytestmark = pytest.mark.slow


PUT_AWAY = """() => {
  window.sentFrames = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== 'string') window.sentFrames += 1;
    return send.call(this, data);
  };
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away === true });
  window.away = true;
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""A headless browser's tabs are never hidden: the page is told that it is."""


def framing(site: Site, visit: Visit, mode: str = "nobody", **options: Any) -> Page:
    """A page before whose camera somebody stands, or nobody."""
    page = visit("/verify.html", **options)
    present_code(page, site.code("101"))
    stand(page, "101", mode=mode)
    page.click("#start-camera")
    wait_for(page, "framing")
    return page


def hint(page: Page, code: str) -> None:
    """Wait for a hint."""
    page.wait_for_selector(f'.hint[data-code="{code}"]', timeout=20_000)


def trouble(page: Page, code: str) -> None:
    """The one shape of trouble: heading, cause, one action; and the way out."""
    page.wait_for_selector(f'.trouble[data-code="{code}"]', timeout=30_000)
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text()
    assert len(page.locator(".cause").inner_text()) > 20
    assert page.locator("main .button").count() == 1
    assert page.locator("#way-out").is_visible()
    assert page.locator("html").get_attribute("data-untold") is None


def test_a_spoilt_picture_gets_the_hint_that_it_is_for(site: Site, visit: Visit) -> None:
    page = framing(site, visit)
    hint(page, "no-face")
    for state, code in (
        ({"mode": "live", "scale": 0.4}, "too-far"),
        ({"scale": 2.4}, "too-near"),
        ({"scale": 1, "mode": "two"}, "several-faces"),
        ({"mode": "live", "filter": "brightness(0.02)"}, "too-dark"),
        ({"filter": "blur(9px)"}, "focus"),
        ({"filter": "none", "mode": "nobody"}, "no-face"),
    ):
        page.evaluate("(state) => Object.assign(scripted, state)", state)
        hint(page, code)
        assert state_of(page) == "framing"
        # What is seen is also heard: the live region says the same words.
        assert page.locator("#hint").text_content() == page.locator(".hint").text_content()


def test_a_covered_mouth_is_asked_to_be_uncovered(site: Site, visit: Visit) -> None:
    page = framing(site, visit)
    page.evaluate("scripted.mode = 'covered'")
    hint(page, "uncover-mouth")
    page.evaluate("scripted.mode = 'live'")
    wait_for(page, "challenge")


@pytest.mark.parametrize(
    ("denied", "code"),
    [
        ("NotAllowedError", "camera-denied"),
        ("NotFoundError", "camera-none"),
        ("NotReadableError", "camera-busy"),
    ],
)
def test_without_a_camera_it_says_why(site: Site, visit: Visit, denied: str, code: str) -> None:
    page = visit("/verify.html")
    present_code(page, site.code("101"))
    page.evaluate("(denied) => { scripted.denied = denied }", denied)
    page.click("#start-camera")
    trouble(page, code)
    page.evaluate("scripted.denied = null")
    page.click("#action")
    wait_for(page, "before")


def test_a_camera_that_is_pulled_out(site: Site, visit: Visit) -> None:
    page = framing(site, visit)
    hint(page, "no-face")
    page.evaluate("scripted.denied = 'NotFoundError'")
    page.evaluate("scripted.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    trouble(page, "camera-unplugged")


def test_a_browser_inside_an_app_is_told_apart(site: Site, visit: Visit) -> None:
    agent = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/480]"
    )
    page = visit("/verify.html", user_agent=agent)
    present_code(page, site.code("101"))
    page.click("#start-camera")
    trouble(page, "inside-app")


def test_an_insecure_address_is_told(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    present_code(page, site.code("101"))
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.click("#start-camera")
    trouble(page, "insecure")


def test_a_cut_connection_and_a_service_that_comes_back(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/v1/capture/*", through)
    present_code(page, site.code("101"))
    stand(page, "101", mode="nobody")
    page.click("#start-camera")
    hint(page, "no-face")
    sockets[-1].close()
    trouble(page, "net-lost")
    page.route("**/v1/verifications", lambda route: route.abort())
    page.click("#action")
    trouble(page, "service-away")
    page.unroute("**/v1/verifications")
    page.click("#action")
    wait_for(page, "before")


def test_a_poor_network_gets_fewer_frames_and_never_a_frozen_page(site: Site, visit: Visit) -> None:
    """Each answer takes 0.8 s: at most two frames are on their way, and hints go on."""
    page = visit("/verify.html")
    sent: list[int] = []

    def slow(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def up(message: str | bytes) -> None:
            if isinstance(message, bytes):
                sent.append(len(message))
            server.send(message)

        socket.on_message(up)
        server.on_message(lambda message: waiting.append(message))
        sockets.append(socket)

    waiting: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []
    page.route_web_socket("**/v1/capture/*", slow)
    present_code(page, site.code("101"))
    stand(page, "101", mode="nobody")
    page.click("#start-camera")
    wait_for(page, "framing")
    soon(page, lambda: len(sent) >= 2)
    page.wait_for_timeout(1000)
    assert len(sent) == 2, "no answer has come: two frames, and no third"
    page.wait_for_selector(".slow:not([hidden])")
    answered = 0
    for _ in range(50):
        if len(sent) >= 4 and page.locator('.hint[data-code="no-face"]').count():
            break
        page.wait_for_timeout(300)
        answered += len(waiting)
        for message in waiting:
            sockets[-1].send(message)
        waiting.clear()
    hint(page, "no-face")
    assert 4 <= len(sent) <= answered + 2
    assert state_of(page) == "framing"


def test_a_page_that_is_put_away_sends_nothing_and_goes_on_when_it_is_back(site: Site, visit: Visit) -> None:
    page = framing(site, visit)
    hint(page, "no-face")
    page.evaluate(PUT_AWAY)
    counts = [-1, page.evaluate("window.sentFrames")]
    while counts[-1] != counts[-2] and len(counts) < 9:  # the picture that was being made may still be sent
        page.wait_for_timeout(700)
        counts.append(page.evaluate("window.sentFrames"))
    before = counts[-1]
    assert before == counts[-2]
    page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")
    until(page, f"window.sentFrames > {before + 2}")
    page.evaluate("Object.assign(scripted, { mode: 'live', scale: 0.4 })")
    hint(page, "too-far")


def test_a_phone_that_is_turned_keeps_its_capture(site: Site, visit: Visit) -> None:
    page = framing(site, visit)
    hint(page, "no-face")
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate("Object.assign(scripted, { mode: 'live', scale: 0.4 })")
    hint(page, "too-far")
    assert page.locator(".stage").bounding_box()["height"] < 390  # type: ignore[index]


def test_a_code_is_read_by_the_camera_once_it_is_wholly_in_view(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    picture = b64encode(qr.png(site.code("101"))).decode()
    page.evaluate("(url) => scripted.show(url)", f"data:image/png;base64,{picture}")
    page.evaluate("scripted.mode = 'code-half'")
    page.click("#scan")
    wait_for(page, "scanning")
    assert page.evaluate("scripted.constraints.video.facingMode.ideal") == "environment"
    assert "deviceId" not in page.evaluate("scripted.constraints.video")
    hint(page, "code-none")
    page.wait_for_timeout(700)
    assert state_of(page) == "scanning"
    page.evaluate("scripted.mode = 'code'")
    wait_for(page, "before")


def test_a_code_is_read_from_a_file_and_a_picture_without_one_is_told(
    site: Site, visit: Visit, tmp_path: Path
) -> None:
    page = visit("/verify.html")
    (tmp_path / "face.jpg").write_bytes(people.jpeg(people.head("101", "neutral").texture))
    page.set_input_files("#file", tmp_path / "face.jpg")
    trouble(page, "code-not-found")
    page.click("#action")
    wait_for(page, "start")
    (tmp_path / "code.png").write_bytes(qr.png(site.code("101")))
    page.set_input_files("#file", tmp_path / "code.png")
    wait_for(page, "before")


def test_a_code_of_another_issuer_is_refused_in_words(visit: Visit, tmp_path: Path) -> None:
    create_home(tmp_path / "home", issuer_uri="https://elsewhere.example.org/")
    face = people.seen("005", "neutral")
    other = enrol(
        face=face, consent=Consent.given("another"), issuer=Issuer.open(tmp_path / "home"), single=True
    )
    page = visit("/verify.html")
    present_code(page, other.text)
    assert page.locator('.verdict[data-outcome="refused"]').is_visible()
    assert "issuer" in page.locator(".reasons").inner_text()
    assert page.locator("#next-person").is_visible()
    assert page.locator("#way-out").is_visible()


def test_a_wrong_clock_is_told_as_such(site: Site, visit: Visit) -> None:
    page = visit("/verify.html")
    error = {"code": "clock-set-back", "text": "The clock was set back.", "remedy": "Set it."}

    def answer(route: Route) -> None:
        route.fulfill(status=503, content_type="application/json", body=json.dumps({"error": error}))

    page.route("**/v1/verifications", answer)
    page.click("summary")
    page.fill("#typed", site.code("101"))
    page.click("#use-typed")
    page.wait_for_selector(".trouble")
    assert "clock" in page.locator("main").inner_text().lower()
