"""Somebody before a page's camera, attempt after attempt, until there is a decision or no patience left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page
from tests.browser.conftest import Visit, present_code, stand, wait_for

PATIENCE: Final = 6
"""Attempts that a busy machine is given: fewer than the ten that a code has in a quarter of an hour."""

DECIDED_MS: Final = 120_000


@dataclass
class Standing:
    """One person with one code before one page's camera.

    Attributes:
        page: where they stand now; a new one after a flow that ended.
        outcomes: what every attempt so far came to.
    """

    open_page: Callable[[], Page]
    code: str
    person: str
    mode: str = "live"
    low: bool = False
    outcomes: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Present the code on a new page, and stand before its camera."""
        self.page = self.open_page()
        present_code(self.page, self.code)
        if self.low:
            self.page.check("#low")
        stand(self.page, self.person, mode=self.mode)
        self.page.click("#start-camera")
        wait_for(self.page, "framing", "challenge")

    def outcome(self) -> str:
        """The outcome of this attempt, once it is on the screen."""
        found = wait_for(self.page, "verdict", "error", "tooLong", timeout=DECIDED_MS)
        assert found == "verdict", self.page.locator("main").inner_html()
        self.outcomes.append(self.page.locator(".verdict").get_attribute("data-outcome") or "")
        return self.outcomes[-1]

    def again(self) -> None:
        """Try once more: as the page offers it, or from the start where it offers nothing more."""
        if not self.page.locator("#again").count():
            self.page.close()
            self.begin()
            return
        self.page.click("#again")
        wait_for(self.page, "before")
        assert self.page.is_checked("#low") == self.low
        self.page.click("#start-camera")

    def decided(self) -> str:
        """The outcome of the first attempt that is not undecided, or of the last one."""
        while self.outcome() == "inconclusive" and len(self.outcomes) < PATIENCE:
            self.again()
        return self.outcomes[-1]


def standing(visit: Visit, code: str, person: str, mode: str = "live") -> Standing:
    """Put somebody before the camera of a page of their own."""
    made = Standing(lambda: visit("/verify.html"), code, person, mode)
    made.begin()
    return made
