"""Cameras as devices have them: several, with zoom, muted, taken away; files, and networks in the way."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page
from tests.browser.conftest import CAMERA, Site, Visit, soon, state_of, until, wait_for

from moiety.credential import card, qr

pytestmark = pytest.mark.slow

SEVERAL: Final = """(() => {
  const devices = navigator.mediaDevices;
  const plain = devices.getUserMedia;
  const all = [
    { kind: "audioinput", deviceId: "sound", label: "Microphone" },
    { kind: "videoinput", deviceId: "wide", label: "Wide camera" },
    { kind: "videoinput", deviceId: "near", label: "" },
  ];
  window.asked = [];
  window.zoomed = [];
  window.gone = [];
  devices.enumerateDevices = async () => all.filter((one) => !gone.includes(one.deviceId));
  devices.getUserMedia = async (constraints) => {
    const exact = constraints.video.deviceId?.exact;
    asked.push(exact ?? constraints.video.facingMode.ideal);
    if (exact && (gone.includes(exact) || !all.some((one) => one.deviceId === exact))) {
      throw new DOMException("no such camera", "OverconstrainedError");
    }
    const stream = await plain(constraints);
    const [track] = stream.getVideoTracks();
    const used = exact ?? "wide";
    let muted = false;
    let zoom = 1;
    const zooms = used === "near" ? { zoom } : {};
    track.getSettings = () => ({ deviceId: used, facingMode: "environment", ...zooms });
    track.getCapabilities = () => (used === "near" ? { zoom: { min: 1, max: 8, step: 0.5 } } : {});
    track.applyConstraints = async ({ advanced: [{ zoom: to }] }) => { zoom = to; zoomed.push(to); };
    Object.defineProperty(track, "muted", { get: () => muted });
    window.mute = (to) => { muted = to; track.dispatchEvent(new Event(to ? "mute" : "unmute")); };
    window.end = () => { track.stop(); track.dispatchEvent(new Event("ended")); };
    return stream;
  };
})();"""
"""A device with two cameras, the second without a name and with zoom, over the scripted one."""

REFUSED: Final = """() => {
  window.WebSocket = class extends EventTarget {
    constructor() {
      super();
      setTimeout(() => this.dispatchEvent(new Event("close")));
    }
    close() {}
    send() {}
  };
}"""
"""Sockets as behind a proxy that passes none: each closes before it opened."""

AWAY: Final = """(away) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def scanning(site: Site, visit: Visit) -> Page:
    """A page on such a device that looks for a code and sees half of one."""
    page = visit("/verify.html", camera=False)
    page.context.add_init_script(CAMERA)
    page.context.add_init_script(SEVERAL)
    page.reload()
    wait_for(page, "start")
    look(site, page)
    return page


def look(site: Site, page: Page) -> None:
    """Begin to scan, with half of a code in view."""
    picture = b64encode(qr.png(site.code("101"))).decode()
    page.evaluate("(url) => scripted.show(url)", f"data:image/png;base64,{picture}")
    page.evaluate("scripted.mode = 'code-half'")
    page.click("#scan")
    wait_for(page, "scanning")
    page.wait_for_selector('.hint[data-code="code-none"]')


def test_a_camera_is_picked_zooms_and_is_remembered_on_this_device(site: Site, visit: Visit) -> None:
    page = scanning(site, visit)
    options = page.locator("#camera option")
    assert options.all_inner_texts() == ["Wide camera", "Camera \u20682\u2069"]
    assert page.locator("#camera").input_value() == "wide"
    assert not page.locator("#zoom").is_visible()
    page.select_option("#camera", "near")
    page.wait_for_selector("#zoom:visible")
    assert page.evaluate("asked") == ["environment", "near"]
    assert page.locator("#camera").input_value() == "near"
    assert [page.locator("#zoom").get_attribute(one) for one in ("min", "max", "step")] == ["1", "4", "0.5"]
    page.locator("#zoom").fill("2")
    assert page.evaluate("zoomed") == [2]
    page.reload()
    wait_for(page, "start")
    look(site, page)
    assert page.evaluate("asked") == ["near"]
    page.evaluate("gone = ['near']")  # unplugged: the other one serves, and its choice stays
    page.click("#way-out")
    wait_for(page, "start")
    look(site, page)
    assert page.evaluate("asked") == ["near", "near", "environment"]
    assert page.evaluate("localStorage.getItem('moiety.camera.environment')") == "near"
    page.evaluate("scripted.mode = 'code'")
    wait_for(page, "before")


def test_a_camera_that_stops_is_taken_again_and_reads_on(site: Site, visit: Visit) -> None:
    page = scanning(site, visit)
    page.evaluate("end()")
    until(page, "asked.length === 2")
    page.evaluate("mute(true)")
    page.evaluate("mute(false)")  # a moment, as a call makes it
    page.wait_for_timeout(2300)
    assert page.evaluate("asked.length") == 2
    assert state_of(page) == "scanning"
    page.evaluate("scripted.mode = 'code'")
    wait_for(page, "before")


def test_a_camera_that_was_muted_while_the_page_was_away_is_taken_again(site: Site, visit: Visit) -> None:
    page = scanning(site, visit)
    page.evaluate(AWAY, True)
    page.evaluate("mute(true)")
    page.wait_for_timeout(2300)
    assert page.evaluate("asked.length") == 1, "a page that nobody looks at takes no camera"
    page.evaluate(AWAY, False)
    until(page, "asked.length === 2")
    page.evaluate("scripted.mode = 'code'")
    wait_for(page, "before")


def test_a_camera_that_stops_twice_is_told(site: Site, visit: Visit) -> None:
    page = scanning(site, visit)
    page.evaluate("end()")
    until(page, "asked.length === 2")
    page.wait_for_selector('.hint[data-code="code-none"]')
    page.evaluate("end()")
    page.wait_for_selector('.trouble[data-code="camera-unplugged"]')


def test_a_proxy_without_websockets_is_told_and_a_file_still_goes(
    site: Site, visit: Visit, tmp_path: Path
) -> None:
    page = visit("/verify.html")
    page.evaluate(REFUSED)
    page.click("#scan")
    page.wait_for_selector('.trouble[data-code="no-websocket"]')
    assert "WebSockets" in page.locator(".cause").inner_text()
    page.click("#action")
    wait_for(page, "start")
    (tmp_path / "code.png").write_bytes(qr.png(site.code("101")))
    page.set_input_files("#file", tmp_path / "code.png")
    wait_for(page, "before")


def test_files_as_people_have_them_are_read_where_a_code_is_chosen(
    site: Site, visit: Visit, tmp_path: Path
) -> None:
    page = visit("/verify.html")
    for path in files(site, tmp_path):
        wait_for(page, "start")
        page.set_input_files("#file", path)
        assert wait_for(page, "before", "error", "verdict") == "before", path.name
        page.reload()


def files(site: Site, folder: Path) -> list[Path]:
    """A code as card, drawing, text, on a transparent ground, and in colours of one brightness."""
    text = site.code("101")
    dark = np.asarray(Image.open(io.BytesIO(qr.png(text))).convert("L")) < 128
    clear = np.zeros((*dark.shape, 4), np.uint8)
    clear[~dark] = 255  # white modules, on nothing
    colours = np.where(dark[..., None], (200, 40, 40), (40, 140, 60)).astype(np.uint8)
    Image.fromarray(clear).save(folder / "clear.png")
    Image.fromarray(colours).save(folder / "colours.png")
    (folder / "card.pdf").write_bytes(card.pdf(site.codes["101"]))
    (folder / "code.svg").write_bytes(qr.svg(text))
    (folder / "code.txt").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n")
    return [folder / one for one in ("card.pdf", "code.svg", "clear.png", "colours.png", "code.txt")]


def test_a_file_that_is_no_code_is_named(visit: Visit, tmp_path: Path) -> None:
    page = visit("/verify.html", language="es")
    (tmp_path / "film.gif").write_bytes(b"GIF89a\x10\x00\x10\x00\x00\x00\x00;")
    page.set_input_files("#file", tmp_path / "film.gif")
    page.wait_for_selector('.trouble[data-code="code-unreadable"]')
    assert "GIF" in page.locator(".cause").inner_text()
    page.click("#action")
    wait_for(page, "start")
    page.click("summary")
    page.fill("#typed", "HC1:" + "6BFOXN%TSMAHN-H+ZLH5R1" * 9)
    page.click("#use-typed")
    page.wait_for_selector("#typed-wrong")
    assert "vacunación" in page.locator("#typed-wrong").inner_text()


def typed_on_qwertz(text: str) -> str:
    """What a scanner with US keys types where Windows takes them for German ones, whose "+" is an accent."""
    plain = text.translate(str.maketrans("YZ*-/:", "ZY(ß-Ö"))
    for letter, accented in zip("AEIOU", "ÀÈÌÒÙ", strict=True):
        plain = plain.replace(f"+{letter}", accented)
    return plain.replace("+ ", "`").replace("+", "`")


def test_a_scanner_on_another_keyboard_is_understood_or_told(site: Site, visit: Visit) -> None:
    swallowed = {site.code(one).count("+ "): one for one in site.codes}
    typed = typed_on_qwertz(site.code(swallowed[min(swallowed)]))
    page = visit("/verify.html")
    page.click("summary")
    page.fill("#typed", typed[:200] + typed[203:])
    page.click("#use-typed")
    page.wait_for_selector("#typed-wrong")
    assert "keyboard" in page.locator("#typed-wrong").inner_text()
    page.fill("#typed", typed)
    page.click("#use-typed")
    wait_for(page, "before")


def test_a_code_that_stays_blurred_is_to_be_held_further_away(site: Site, visit: Visit) -> None:
    page = scanning(site, visit)
    page.evaluate("Object.assign(scripted, { mode: 'code', filter: 'blur(7px)' })")
    page.wait_for_selector('.hint[data-code="code-near"]')
    assert "further away" in page.locator(".hint").inner_text()
    page.evaluate("scripted.filter = 'none'")
    wait_for(page, "before")
    soon(page, lambda: state_of(page) == "before")
