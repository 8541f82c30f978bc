"""Every kind of report in a real browser, offline: it loads nothing, passes axe, and fits a phone's width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright
from tests import programs

from moiety.evaluate import fusion_figures, intervals
from moiety.evaluate.engines import Engine, Extracted, Job, face_engine, finger_engine
from moiety.evaluate.fusing import StudyOptions, study
from moiety.evaluate.presentation import read_attacks
from moiety.evaluate.report import page
from moiety.evaluate.run import Options, evaluate

CHROMIUM = Path("/usr/bin/chromium")
KINDS = ("face", "few", "pad", "fusion")
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    programs.find(str(CHROMIUM))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


def read_number(job: Job) -> Extracted:
    """A stand-in for the network: the file's numbers are the template and the quality."""
    text = Path(job.path).read_bytes()
    quality = float(text.split()[1])
    refused = ("sharpness",) if quality < 0.2 else ()
    failure = "face-not-found" if quality < 0.01 else ""
    return Extracted(text, text, failure, refused, refused, quality, 40 * quality)


def near(reference: bytes, probe: bytes) -> float:
    return float(np.exp(-abs(float(reference.split()[0]) - float(probe.split()[0])))) * 0.9


def folder(root: Path, subjects: int, samples: int) -> Path:
    random = np.random.default_rng(subjects)
    for subject in range(subjects):
        (root / f"{subject:03}").mkdir(parents=True)
        centre = random.uniform(0, 60)
        for sample in range(samples):
            text = f"{centre + random.normal(0, 0.4):.6f} {random.uniform():.4f}"
            (root / f"{subject:03}" / f"{sample}.png").write_text(text)
    return root


def face_report(root: Path, subjects: int) -> dict[str, Any]:
    captures = folder(root / "captures", subjects, 3)
    (captures / "000" / "notes.txt").write_text("no picture")
    names = [f"{subject:03}" for subject in range(subjects)]
    groups, dates = root / "groups.csv", root / "dates.csv"
    groups.write_text("subject,age,site\n" + "".join(
        f"{name},{20 + i % 40},{'north' if i % 3 else 'south'}\n" for i, name in enumerate(names)
    ))  # fmt: skip
    dates.write_text("name,date\n" + "".join(
        f"{name}/{i}.png,202{i}-0{1 + i}-01\n" for name in names for i in range(3)
    ))  # fmt: skip
    engine = Engine("face", "stand-in", {"stand-in": "0" * 64}, read_number, near)
    options = Options(
        captures, root / "out", "all-pairs", max_genuine=2, groups=groups, dates=dates, audit_labels=True
    )
    return evaluate(options, engine, lambda _: None)


def pad_report(root: Path) -> dict[str, Any]:
    attacks = root / "attacks"
    attacks.mkdir()
    rows = [f"p{i},bona_fide,{'bona_fide' if i else 'attack'}" for i in range(20)]
    rows += [f"p{i},print,{'bona_fide' if i < 2 else 'attack'}" for i in range(10)]
    (attacks / "results.csv").write_text("subject,instrument,outcome\n" + "\n".join(rows))
    return read_attacks(attacks, root / "out")


def fusion_report(root: Path) -> dict[str, Any]:
    face = Engine("face", face_engine().model, {"stand-in": "0" * 64}, read_number, near)
    finger = Engine("finger", finger_engine().model, {"stand-in": "1" * 64}, read_number, near)
    faces, fingers = folder(root / "faces", 30, 2), folder(root / "fingers", 10, 3)
    return study(StudyOptions(faces, (fingers,), root / "out"), face, finger, lambda _: None)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One report of each kind as a file: with all sections, with too few people, of attacks, of fusion."""
    place = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "BOOTSTRAP_REPLICATES", 100)
        patch.setattr(fusion_figures, "BOOTSTRAP_REPLICATES", 20)
        results = {
            "face": face_report(place / "a", 100),
            "few": face_report(place / "b", 6),
            "pad": pad_report(tmp_path_factory.mktemp("pad")),
            "fusion": fusion_report(place / "c"),
        }
    for kind, found in results.items():
        (place / f"{kind}.html").write_text(page(found), encoding="utf-8")
    return {kind: place / f"{kind}.html" for kind in results}


def opened(browser: Browser, report: Path, screen: str, scheme: Any) -> tuple[Page, list[str]]:
    context = browser.new_context(viewport=SCREENS[screen], color_scheme=scheme, offline=True)  # type: ignore[arg-type]
    shown = context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    shown.on("request", note)
    shown.goto(report.as_uri())
    return shown, asked


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_opens_offline_and_passes_axe(
    browser: Browser, reports: dict[str, Path], kind: str, screen: str, scheme: str
) -> None:
    shown, asked = opened(browser, reports[kind], screen, scheme)
    try:
        found = Axe().run(shown)
        assert found.violations_count == 0, found.generate_report()
        assert asked == [reports[kind].as_uri()]
        width = shown.evaluate("document.scrollingElement.scrollWidth")
        assert width <= SCREENS[screen]["width"], "the page itself scrolls sideways"
    finally:
        shown.context.close()


def test_axe_sees_what_is_wrong(browser: Browser, reports: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    text = reports["face"].read_text("utf-8")
    broken.write_text(text.replace('<html lang="en">', "<html>").replace('scope="col"', 'scope="nonsense"'))
    shown, _ = opened(browser, broken, "desktop", "light")
    try:
        assert {each["id"] for each in Axe().run(shown).response["violations"]} >= {"html-has-lang"}
    finally:
        shown.context.close()


def test_every_section_is_reached_from_the_top_and_by_keyboard(
    browser: Browser, reports: dict[str, Path]
) -> None:
    shown, _ = opened(browser, reports["face"], "phone", "light")
    try:
        links = shown.locator("nav a")
        assert links.count() >= 5
        for index in range(links.count()):
            target = links.nth(index).get_attribute("href")
            assert target is not None
            assert shown.locator(target).count() == 1
        shown.keyboard.press("Tab")
        assert shown.evaluate("document.activeElement.className") == "skip"
    finally:
        shown.context.close()
