"""Fingers in a real browser: asked for by the policy, or offered where the face does not do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser import people
from tests.browser.attempts import Standing
from tests.browser.conftest import Clock, Site, free_port, opened, served, wait_for

from moiety.consent import Consent
from moiety.credential.home import Issuer, create_home
from moiety.decision.policy import requirement
from moiety.enrolment import enrol
from moiety.service.app import create_app
from moiety.service.capture.desks import may_use_fingers, needs_fingers
from moiety.service.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose policy face or fingers can meet, and a code with a person's face and right hand."""
    home = tmp_path_factory.mktemp("fingers") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    (home / "policy.json").write_text(json.dumps({"require": "face-or-finger"}))
    made = enrol(
        face=[people.seen("101", "neutral", yaw=yaw) for yaw in (-3.0, 3.0)],
        hands={"right": people.hand(101, 1)},
        consent=Consent.given("browser tests", modalities=("face", "finger")),
        issuer=Issuer.open(home),
        profile="paper",
    )
    port = free_port()
    app = create_app(Settings(home=home, origin=f"http://localhost:{port}", workers=2))
    stop = served(app, port)
    yield Site(app, Clock(), f"http://localhost:{port}", home, {"101": made})
    stop()


def before(browser: Browser, place: Site, person: str, mode: str = "live") -> Standing:
    """Somebody with the code of 101, and 101's right hand before the rear camera."""

    def open_page() -> Page:
        page = opened(browser, place)
        page.goto("/verify.html")
        page.evaluate("(url) => scripted.hold(url)", people.as_url(people.hand(101, 2)))
        return page

    one = Standing(open_page, place.code("101"), person, mode)
    one.begin()
    return one


@pytest.fixture
def both(place: Site) -> Iterator[None]:
    """The policy asks for face and fingers."""
    state, policy = place.state, place.state.policy
    object.__setattr__(state, "policy", dataclasses.replace(policy, require=requirement("face-and-finger")))
    yield
    object.__setattr__(state, "policy", policy)


@pytest.mark.usefixtures("both")
def test_fingers_follow_the_face_where_the_policy_asks_for_them(browser: Browser, place: Site) -> None:
    """A synthetic hand before a phone's rear camera; face and fingers are both named in the verdict."""
    one = before(browser, place, "101")
    wait_for(one.page, "hands", "error", timeout=90_000)
    one.page.click("#other-hand")
    one.page.get_by_text("Left hand").wait_for()
    one.page.click("#other-hand")
    one.page.get_by_text("Right hand").wait_for()
    assert one.accepted(), one
    assert "finger" in one.page.locator(".reasons").inner_text().lower()
    one.page.context.close()


def test_fingers_are_offered_where_the_face_does_not_do(browser: Browser, place: Site) -> None:
    """Nothing was decided by the face: the hand is offered, and named in the verdict that follows."""
    one = before(browser, place, "101", mode="still")
    assert one.outcome() == "inconclusive", one
    one.page.evaluate("scripted.mode = 'live'")
    with_the_hand(one)
    assert one.accepted(), one
    assert "finger" in one.page.locator(".reasons").inner_text().lower()
    one.page.context.close()


def test_a_hand_of_the_holder_lets_nobody_elses_face_in(browser: Browser, place: Site) -> None:
    """The liveness that was shown is another person's: nothing is decided, whatever the fingers say."""
    one = before(browser, place, "139")
    assert one.outcome() == "inconclusive", one  # a finger that was not compared could yet decide
    with_the_hand(one)
    assert one.outcome() not in ("accept", "error"), one
    one.page.context.close()


def with_the_hand(one: Standing) -> None:
    """Take up the offer, and come to the hand."""
    one.page.click("#finger")
    wait_for(one.page, "before")
    one.page.click("#start-camera")
    wait_for(one.page, "hands", timeout=90_000)


@pytest.mark.parametrize(
    ("name", "needed", "of_use"),
    [
        ("face", False, False),
        ("finger", True, True),
        ("face-or-finger", False, True),
        ("face-and-finger", True, True),
        ("fused", True, True),
    ],
)
def test_what_fingers_are_good_for_under_a_policy(name: str, needed: bool, of_use: bool) -> None:
    assert needs_fingers(requirement(name)) is needed
    assert may_use_fingers(requirement(name)) is of_use
