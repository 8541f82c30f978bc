"""The story comes out as it is told, and its page needs nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from moiety.credential.code import render as render_code
from moiety.decision.decision import Outcome
from moiety.demo.page import render
from moiety.demo.story import Story, face, tell
from moiety.errors import CredentialRevoked


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(lambda scene: None)


@pytest.fixture(scope="module")
def page(story: Story) -> str:
    facts = {"issuer": "<b>&", "size": "some"}
    return render(story, render_code(story.credential, ".png"), facts)


def test_the_outcomes_are_the_known_ones(story: Story) -> None:
    outcomes = [scene.outcome for scene in story.scenes]
    assert outcomes == [
        "accept", "reject", "inconclusive", "accept", "reject", "inconclusive", "refused", "refused",
    ]  # fmt: skip


def test_each_outcome_has_its_own_cause(story: Story) -> None:
    accepted, rejected, blurred, finger, other, unsaid, altered, revoked = story.scenes
    codes = [
        [one.code for one in scene.decision.reasons] if scene.decision is not None else []
        for scene in (accepted, rejected, blurred, unsaid, finger, other)
    ]
    assert codes[0] == ["face-match", "liveness-none"]
    assert codes[1] == ["face-no-match"]
    assert "blurred" in codes[2]
    assert codes[3] == ["liveness-none"]
    assert codes[4] == ["finger-match", "liveness-none"]
    assert codes[5] == ["finger-no-match"]
    assert all("synthetic print" in scene.title for scene in (finger, other))
    assert altered.refusal is not None
    assert isinstance(revoked.refusal, CredentialRevoked)
    assert accepted.decision is not None
    assert accepted.decision.outcome is Outcome.ACCEPT
    assert accepted.decision.face is not None
    assert accepted.decision.face.comparison is not None
    assert accepted.decision.face.comparison.calibration.endswith("1-picture")


class Links(HTMLParser):
    """Collects every address that a browser would fetch by itself, and the structure."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "img":
            self.images.append(values)
        for name in ("src", "srcset", "poster", "data", "action"):
            if values.get(name) is not None:
                self.fetched.append(str(values[name]))
        if tag == "link" and values.get("href") is not None:
            self.fetched.append(str(values["href"]))


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    links = Links()
    links.feed(page)
    assert links.fetched
    assert all(one.startswith("data:image/") for one in links.fetched)
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", page)
    assert "script" not in links.tags


def test_the_page_shows_pictures_code_curves_and_reasons(page: str, story: Story) -> None:
    links = Links()
    links.feed(page)
    assert len(links.images) == 2 + len(story.scenes)
    assert all(one.get("alt") for one in links.images)
    assert links.tags.count("svg") == 4 + 2  # four comparisons on their curves, two of them with pairings
    assert page.count("Synthetic print; the code (left) holds no picture") == 2 * 2
    assert not re.search(r"<!-- (?:enrolled|code|facts|scenes) -->", page)
    for scene in story.scenes:
        assert scene.title in page
    assert "1 in 10,000" in page


def test_what_is_told_on_the_page_is_escaped(page: str) -> None:
    assert "&lt;b&gt;&amp;" in page


def test_the_page_credits_the_pictures(page: str) -> None:
    assert "CC BY" in page
    attribution = files("moiety.demo").joinpath("faces", "ATTRIBUTION.md").read_text("utf-8")
    for named in ("CC BY 4.0", "CC0", "10.6084/m9.figshare.5047666"):
        assert named in attribution


def test_the_pictures_are_at_most_a_dozen_of_the_set() -> None:
    london = files("moiety.demo").joinpath("faces", "london")
    pictures = [one for who in london.iterdir() for one in who.iterdir()]
    assert len(pictures) == 12
    assert face("101", "neutral").width == 640
