"""The pages as files: nothing from elsewhere, nothing inline, and every word in the catalogue."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import moiety.service
from moiety import catalogue

PAGES = Path(moiety.service.__file__).parent / "pages"
HTML = sorted(PAGES.glob("*.html"))
SCRIPTS = sorted(PAGES.rglob("*.js"))
HINTS = {"wait", "good", *(f"ask-{way}" for way in ("centre", "left", "right", "tilt-left", "tilt-right"))}


def test_there_are_pages() -> None:
    assert {one.stem for one in HTML} >= {"index", "verify", "enrol", "account"}
    assert len(SCRIPTS) > 10


@pytest.mark.parametrize("page", HTML, ids=lambda one: one.name)
def test_a_page_holds_no_inline_script_or_style_and_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    for script in re.findall(r"<script[^>]*>[^<]*</script>", text):
        assert re.fullmatch(r'<script type="module" src="/js/pages/\w+\.js"></script>', script)
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert address.startswith("/")
        assert (PAGES / address.lstrip("/")).is_file(), address
    assert '<meta name="viewport"' in text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.name)
def test_a_script_makes_no_markup_from_text_and_loads_nothing_from_elsewhere(script: Path) -> None:
    text = script.read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    assert not re.search(r"""["'`]https?://(?!www\.w3\.org/2000/svg)""", text)
    for address in re.findall(r"""from\s+["']([^"']+)["']""", text):
        assert (script.parent / address).resolve().is_file(), address
    assert text.startswith("// "), "the first line says what it does"


def test_every_text_that_a_script_asks_for_is_in_the_catalogue() -> None:
    missing = set()
    for script in SCRIPTS:
        for key in re.findall(r"""\b(?:t|first)\(\s*["']([a-z0-9.-]+)["']""", script.read_text("utf-8")):
            if not catalogue.holds(key):
                missing.add(f"{script.name}: {key}")
    assert not missing


def test_every_hint_that_the_service_gives_has_its_words() -> None:
    from moiety.guidance.hands import HAND_CODES
    from moiety.guidance.hints import CODES

    for code in {*CODES, *HAND_CODES, *HINTS}:
        assert catalogue.holds(f"pages.hint.{code}"), code


def test_every_text_of_the_pages_is_asked_for_somewhere() -> None:
    """A text that no page shows is a text that nobody keeps true."""
    written = (one for one in (PAGES.parent / "routes").glob("*.py"))  # pages that the service writes whole
    source = "".join(one.read_text("utf-8") for one in (*SCRIPTS, *written))
    stems = set(re.findall(r"`(pages\.[a-z.-]*)\$\{", source))
    for key in catalogue.texts("en"):
        if key.startswith("pages."):
            stem = any(key.startswith(one) for one in stems)
            assert stem or f'"{key}"' in source, key


def test_the_manifest_names_files_that_are_there() -> None:
    manifest = json.loads((PAGES / "manifest.webmanifest").read_text("utf-8"))
    assert manifest["start_url"] == "/"
    for icon in manifest["icons"]:
        assert (PAGES / icon["src"].lstrip("/")).is_file()


def test_everything_a_page_loads_is_small() -> None:
    """Under 200 kB in all, so that it is there in under a second on any local network."""
    assert sum(one.stat().st_size for one in PAGES.rglob("*") if one.is_file()) < 200_000


def test_the_shipped_pages_know_no_way_to_choose_a_challenge() -> None:
    """No flag, address or storage key of a page reaches the challenge: the service draws it."""
    for script in SCRIPTS:
        text = script.read_text("utf-8")
        assert not re.search(r"fake|inject|debug|test[-_]?mode", text, re.IGNORECASE), script.name
    stored = re.findall(r"Storage\.getItem\(([^)]*)\)", "".join(s.read_text("utf-8") for s in SCRIPTS))
    assert set(stored) == {"CHOICE", '"moiety.csrf"', "chosen(facing"}  # language, session, the camera
