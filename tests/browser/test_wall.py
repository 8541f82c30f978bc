"""Practice and life stay apart in the browser too, and nothing of a practice capture is left on a disk."""

from __future__ import annotations

import secrets
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright
from tests.browser import watching
from tests.browser.conftest import (
    CAMERA,
    CHROMIUM,
    PHONE,
    SWITCHES,
    Site,
    Visit,
    present_code,
    stand,
    wait_for,
    with_session,
)
from tests.service.test_nothing_kept import disguises

from moiety import catalogue
from moiety.credential import qr
from moiety.practice import Realm
from moiety.presence import LiveCapture
from moiety.service.ceremonies.captured import Captured
from moiety.service.practice.stage import Own
from moiety.service.roles import Role

pytestmark = pytest.mark.slow


def picture_of(text: str) -> str:
    """A code as a picture's address."""
    return f"data:image/png;base64,{b64encode(qr.png(text)).decode()}"


def practised(page: Page, site: Site) -> Own:
    """One's own face, made into a practice code and compared with it; what the service holds of it."""
    before = set(site.state.practice._own)
    stand(page, "101")
    page.click("#own")
    wait_for(page, "own")
    page.click("#snap")
    page.get_by_text(catalogue.text("practice.page.own-made", "en")).wait_for()
    page.click("#snap")
    page.get_by_text(catalogue.text("outcome.accept", "en")).wait_for()
    (made,) = set(site.state.practice._own) - before
    return site.state.practice._own[made].held


def code_of(own: Own) -> str:
    """The practice code that was made."""
    assert own.credential is not None
    return own.credential.text


def refused(page: Page) -> None:
    """The code is refused as one of practice, before anything is captured."""
    wait_for(page, "verdict")
    assert page.locator(".verdict").get_attribute("data-outcome") == "refused"
    assert catalogue.text("error.practice-code", "en") in page.inner_text(".reasons")
    assert page.locator("#again").count() == 0


@pytest.mark.parametrize("of", ["a scene", "one's own face"])
def test_a_practice_code_is_refused_as_text_as_a_file_and_before_the_camera(
    of: str, site: Site, visit: Visit, tmp_path: Path
) -> None:
    if of == "a scene":
        text = Realm(site.state.now()).code_of("101").text
    else:
        text = code_of(practised(visit("/practise.html"), site))
    page = visit("/verify.html")
    present_code(page, text)
    refused(page)
    page.click("#next-person")
    wait_for(page, "start")
    (tmp_path / "code.png").write_bytes(qr.png(text))
    page.set_input_files("#file", tmp_path / "code.png")
    refused(page)
    page.click("#next-person")
    wait_for(page, "start")
    page.evaluate("(url) => scripted.show(url)", picture_of(text))
    page.click("#scan")
    refused(page)
    page.goto("/revoke.html")
    page.fill("#which", text)
    page.click("#find")
    page.wait_for_selector("#wrong")
    assert page.locator("#suspend").count() == 0


def test_a_live_code_before_the_camera_of_practice_opens_nothing(site: Site, visit: Visit) -> None:
    """The page of practice takes no code at all; a picture of one is no face."""
    page = visit("/practise.html")
    assert page.locator("input, textarea").count() == 0
    page.evaluate("(url) => scripted.show(url)", picture_of(site.code("101")))
    before = set(site.state.practice._own)
    page.click("#own")
    wait_for(page, "own")
    page.click("#snap")
    page.wait_for_selector("[role=alert]")
    assert page.locator(".practice-seen").count() == 0
    made = set(site.state.practice._own) - before
    assert [site.state.practice._own[one].held.credential for one in made] == [None]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """The pictures of practice, as they reach the service."""
    pictures: list[bytes] = []
    frames_of = Own.taken

    def came(self: Own, captured: Captured, now: float) -> LiveCapture:
        pictures.extend(data for _, data in captured.frames)
        return frames_of(self, captured, now)

    monkeypatch.setattr(Own, "taken", came)
    yield pictures


def test_nothing_of_a_practice_capture_is_on_disk_afterwards(
    site: Site, playwright: Playwright, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[bytes]
) -> None:
    """Not in the service's home, not in a temporary folder, not in what the browser keeps of a session."""
    temporary, profile = tmp_path / "tmp", tmp_path / "profile"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=list(SWITCHES), base_url=site.origin, viewport=PHONE,
        locale="en",
    )  # fmt: skip
    with_session(watching.listen(context), site, *Role).add_init_script(CAMERA)
    page = context.new_page()
    page.goto("/practise.html")
    wait_for(page, "list")
    code = code_of(practised(page, site)).encode()
    drawn = [b64decode((one.get_attribute("src") or "").partition(",")[2]) for one in
             page.locator(".practice-seen img").all()]  # fmt: skip
    mark = secrets.token_hex(32)
    page.evaluate("(mark) => localStorage.setItem('mark', mark)", mark)
    page.click("#way-out")
    wait_for(page, "list")
    context.close()

    assert len(taken) > 20
    assert all(one.startswith(b"\xff\xd8\xff") and len(one) > 5_000 for one in taken)
    assert len(drawn) == 2
    kept = [one for place in (temporary, profile, site.home) for one in place.rglob("*") if one.is_file()]
    held = b"\x00".join(one.read_bytes() for one in kept)
    assert mark.encode() in held or mark.encode("utf-16-le") in held, "what a page keeps would be found"
    for data in (*taken[::10], *drawn):
        assert not [one for one in disguises(data, len(data) // 20) if one in held]
    assert code not in held
