"""What the browser complains of in every context that a test opens: exceptions, broken policies, gaps."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext

complaints: Final[list[str]] = []
"""Since the present test began; what is left at its end fails it (`conftest.nothing_is_complained_of`)."""

POLICY: Final = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy broken: ${event.violatedDirective} ${event.blockedURI} in ${event.sourceFile}`));"""
"""A page's policy binds the page; what a test adds to it before its scripts is heard all the same."""


ASKED: Final = ("/v1/credentials/find",)
"""Where "not found" is an answer, and no gap."""


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """A new context, listened to."""
    return listen(browser.new_context(**{"locale": "en", **options}))


def listen(context: BrowserContext) -> BrowserContext:
    """The context, all of whose pages are listened to from now on."""
    context.add_init_script(POLICY)
    context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
    context.on("console", _hear)
    return context


def _hear(told: Any) -> None:
    if told.type == "error" and not _answered(told.text, told.location["url"]):
        complaints.append(f"{told.text} ({told.location['url']})")


def _answered(text: str, url: str) -> bool:
    """Whether the service refused what was asked, which tests see for themselves; other 404s are gaps."""
    if text.startswith("Failed to load resource"):
        return "404" not in text or url.endswith(ASKED)
    return "Unexpected response code: 403" in text  # the socket of somebody who isn't signed in any more
