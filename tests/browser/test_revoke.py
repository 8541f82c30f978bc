"""A code is found by camera, picture, text, identifier and short identifier; then stopped and refused."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page
from tests.browser.conftest import Site, Visit, wait_for
from tests.browser.test_withdraw import enrolled, refused

from moiety.credential import qr
from moiety.service.roles import Role
from moiety.store.tables.status import places

pytestmark = pytest.mark.slow


def found(page: Page, short: str) -> str:
    """The status that the page shows of the code that it found."""
    wait_for(page, "found")
    assert short in page.locator("h1").inner_text()
    return page.locator("#status").get_attribute("data-status") or ""


def test_a_code_is_found_in_every_way_and_revoked(site: Site, visit: Visit, tmp_path: Path) -> None:
    code, _ = enrolled(site.state, "139")
    page = visit("/revoke.html", given=(Role.ADMINISTRATOR,))
    page.on("dialog", lambda dialog: dialog.accept())
    (tmp_path / "code.png").write_bytes(qr.png(code.text))
    picture = f"data:image/png;base64,{b64encode(qr.png(code.text)).decode()}"
    for given in (code.short_id, code.short_id.replace("-", "").lower(), code.claims.cti.hex(), code.text):
        page.fill("#which", given)
        page.click("#find")
        assert found(page, code.short_id) == "valid"
        page.click("#next")
        wait_for(page, "find")
    page.set_input_files("#file", tmp_path / "code.png")
    assert found(page, code.short_id) == "valid"
    page.click("#next")
    wait_for(page, "find")
    page.evaluate("(url) => scripted.show(url)", picture)
    page.click("#scan")
    assert found(page, code.short_id) == "valid"
    for press, status in (("#suspend", "suspended"), ("#restore", "valid"), ("#revoke", "revoked")):
        page.click(press)
        page.wait_for_selector(f'#status[data-status="{status}"]')
    assert page.locator("#suspend, #restore, #revoke").count() == 0, "that is for good"
    assert page.locator("#reasons li").all_inner_texts() == ["Revoked at a desk."]
    assert refused(site.state, code)


def test_what_names_no_code_or_several_is_said_at_the_field(site: Site, visit: Visit) -> None:
    code, _ = enrolled(site.state, "139")
    twin = code.claims.cti[:4] + bytes(12)
    with site.state.store.begin() as connection:
        row = {"list": 1, "place": 7, "cti": twin, "expires": 1_900_000_000, "status": 0}
        connection.execute(places.insert().values(row))
    page = visit("/revoke.html", given=(Role.ENROLLER,))
    for given, wrong in (
        (code.short_id, "several-codes"),
        ("0000-0001", "not-found"),
        ("00" * 16, "not-found"),
        ("a parcel", "unreadable"),
    ):
        page.fill("#which", given)
        page.click("#find")
        page.wait_for_selector(f'#wrong[data-code="{wrong}"]')
        assert page.input_value("#which") == given, "it stays, to be corrected"
    with site.state.store.begin() as connection:
        connection.execute(sa.delete(places).where(places.c.cti == twin))
