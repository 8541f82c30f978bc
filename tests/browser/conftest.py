"""A real service on a port of this machine, a real Chromium, and a camera that the test plays."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from tests import programs
from tests.browser import people, watching
from tests.conftest import PEOPLE

from moiety.consent import Consent
from moiety.credential.code import Credential
from moiety.credential.home import Issuer, create_home
from moiety.enrolment import enrol
from moiety.service import auth, roles, sign_in, tokens
from moiety.service.app import create_app
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.service.state import State
from moiety.store import operators
from moiety.store.operators import Operator

CHROMIUM: Final = "/usr/bin/chromium"
SWITCHES: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
CAMERA: Final = (Path(__file__).parent / "camera.js").read_text("utf-8")
PHONE: Final[Any] = {"width": 390, "height": 844}
DESKTOP: Final[Any] = {"width": 1280, "height": 860}


class Clock:
    """The service's clock, which goes ahead between tests: limits count attempts with a code in time."""

    every: Final[list[Clock]] = []

    def __init__(self) -> None:
        self.ahead = 0.0
        self.every.append(self)

    def __call__(self) -> float:
        return time.time() + self.ahead


def later() -> None:
    """Let a quarter of an hour pass: a code that has failed three challenges can be tried again."""
    for clock in Clock.every:
        clock.ahead += 900


@dataclass
class Site:
    """A service that runs, and what it issued."""

    app: FastAPI
    clock: Clock
    origin: str
    home: Path
    codes: dict[str, Credential] = field(default_factory=dict)

    @property
    def state(self) -> State:
        state: State = self.app.state.moiety
        return state

    def code(self, person: str) -> str:
        """The code of a packaged person."""
        return self.codes[person].text

    def session(self, *given: Role, name: str = "Station 3") -> str:
        """The cookie of a new operator's session."""
        now = self.state.now()
        operator = Operator(tokens.new_id(), name, roles.encode(given), None, None, now, None)
        with self.state.store.begin() as connection:
            operators.add(connection, operator)
            return sign_in.open_session(connection, operator, now).cookie


def issued(home: Path) -> dict[str, Credential]:
    """A code of each packaged person, enrolled from their neutral picture in two poses."""
    issuer, found = Issuer.open(home), {}
    for person in PEOPLE:
        pictures = [people.seen(person, "neutral", yaw=yaw) for yaw in (-3.0, 3.0)]
        found[person] = enrol(face=pictures, consent=Consent.given("browser tests"), issuer=issuer)
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(app: FastAPI, port: int) -> Callable[[], None]:
    """Serve on a port in a thread; returns what stops it."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    return stop


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One service for all tests of the browser; liveness is required, as shipped."""
    home = tmp_path_factory.mktemp("browser") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    codes = issued(home)
    port = free_port()
    origin = f"http://localhost:{port}"
    clock = Clock()
    app = create_app(Settings(home=home, origin=origin, workers=2), clock=clock)
    stop = served(app, port)
    yield Site(app, clock, origin, home, codes)
    stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    programs.find(CHROMIUM)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium."""
    found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
    yield found
    found.close()


@pytest.fixture(autouse=True)
def nothing_is_complained_of() -> Iterator[None]:
    """No page of a test throws, breaks its policy or asks for what is not there."""
    watching.complaints.clear()
    yield
    assert not watching.complaints


def with_session(context: BrowserContext, site: Site, *given: Role) -> BrowserContext:
    """The context, with an operator's session in it."""
    cookie = auth.cookie_name(site.state.settings)
    context.add_cookies([{"name": cookie, "value": site.session(*given), "url": site.origin}])
    return context


def opened(browser: Browser, site: Site) -> Page:
    """A page of another service, as an operator before the scripted camera."""
    context = with_session(watching.context_of(browser, viewport=PHONE, base_url=site.origin), site, *Role)
    context.add_init_script(CAMERA)
    return context.new_page()


Visit = Callable[..., Page]


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    """Open a page as an operator, before the scripted camera."""
    site.clock.ahead += 3 * 3600  # a code has nine attempts a day
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        *,
        camera: bool = True,
        given: tuple[Role, ...] = tuple(Role),
        language: str = "en",
        signed_in: bool = True,
        size: Any = PHONE,
        clock: bool = False,
        **options: Any,
    ) -> Page:
        context = watching.context_of(
            browser, locale=language, viewport=size, base_url=site.origin, **options
        )
        contexts.append(context)
        if signed_in:
            with_session(context, site, *given)
        if camera:
            context.add_init_script(CAMERA)
        page = context.new_page()
        if clock:
            page.clock.install()
        page.goto(path)
        page.wait_for_selector("main[data-state]")
        return page

    yield open_page
    for context in contexts:
        context.close()


def stand(page: Page, person: str, expression: str = "smiling", **state: Any) -> None:
    """Put a person before the page's camera."""
    made = str(state.get("mode"))
    turned = people.held(person, made) if made in people.PRINTS else people.turning(person, expression)
    shown = {**turned, "other": people.frontal("005")}
    page.evaluate("(shown) => scripted.install(shown)", shown)
    page.evaluate("(state) => Object.assign(scripted, state)", state)


def state_of(page: Page) -> str:
    """The state that a page shows."""
    return page.locator("main").get_attribute("data-state") or ""


def wait_for(page: Page, *names: str, timeout: float = 30_000) -> str:
    """Wait until the page shows one of these states."""
    selector = ",".join(f'main[data-state="{name}"]' for name in names)
    page.wait_for_selector(selector, timeout=timeout)
    return state_of(page)


def until(page: Page, expression: str, *, seconds: float = 30) -> None:
    """Wait for an expression; the page's own policy forbids what `wait_for_function` would do."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def soon(page: Page, holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for what the test itself can see."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def present_code(page: Page, text: str) -> None:
    """Give a code as text, and come to the screen before the camera."""
    page.click("summary")
    page.fill("#typed", text)
    page.click("#use-typed")
    wait_for(page, "before", "verdict", "error", "pin")
