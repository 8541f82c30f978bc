"""Somebody before a page's camera, attempt after attempt, until there is a decision or no patience left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page
from tests.browser.conftest import Visit, later, present_code, stand, wait_for

PATIENCE: Final = 7
"""Attempts that a busy machine is given, three at a time: then the service has a code wait."""

IN_A_ROW: Final = 3

DECIDED_MS: Final = 150_000


@dataclass
class Standing:
    """One person with one code before one page's camera.

    Attributes:
        ticked: what is chosen on the screen before the camera.
        page: where they stand now; a new one after a flow that ended.
        outcomes: what every attempt so far came to; "error" and "tooLong" are a page's own ends.
        reasons: the words that went with each.
    """

    open_page: Callable[[], Page]
    code: str
    person: str
    mode: str = "live"
    ticked: tuple[str, ...] = ()
    outcomes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Present the code on a new page, and stand before its camera."""
        self.page = self.open_page()
        present_code(self.page, self.code)
        if self.ticked:
            self.page.click("#ways summary")
        for box in self.ticked:
            self.page.check(box)
        stand(self.page, self.person, mode=self.mode)
        self.page.click("#start-camera")
        wait_for(self.page, "framing", "challenge")

    def outcome(self) -> str:
        """What this attempt came to, once it is on the screen."""
        found = wait_for(self.page, "verdict", "error", "tooLong", timeout=DECIDED_MS)
        if found == "verdict":
            found = self.page.locator(".verdict").get_attribute("data-outcome") or ""
            told = self.page.locator(".reasons li").all_inner_texts()
        else:
            told = [self.page.locator(".trouble").get_attribute("data-code") or ""]
        self.outcomes.append(found)
        self.reasons.append("; ".join(told))
        return found

    def again(self) -> None:
        """Try once more: as the page offers it, or from the start where it offers nothing more."""
        if len(self.outcomes) % IN_A_ROW == 0:
            later()
        if not self.page.locator("#again").count():
            self.page.context.close()
            self.begin()
            return
        self.page.click("#again")
        wait_for(self.page, "before")
        for box in ("#low", "#flash"):
            assert self.page.is_checked(box) == (box in self.ticked), "what was ticked is kept for the person"
        self.page.click("#start-camera")

    def until(self, wanted: Iterable[str]) -> str:
        """Attempt after attempt until one comes to what is wanted, or patience ends; the last outcome."""
        while self.outcome() not in wanted and len(self.outcomes) < PATIENCE:
            self.again()
        return self.outcomes[-1]

    def accepted(self) -> bool:
        """Whether the right person gets through; told no by the comparison more than once, they do not."""
        return self.until(("accept",)) == "accept" and self.outcomes.count("reject") <= 1

    def __str__(self) -> str:
        return f"{self.person} ({self.mode}): {list(zip(self.outcomes, self.reasons, strict=True))}"


def standing(visit: Visit, code: str, person: str, mode: str = "live") -> Standing:
    """Put somebody before the camera of a page of their own."""
    made = Standing(lambda: visit("/verify.html"), code, person, mode)
    made.begin()
    return made
