"""An operator without mouse or finger: controls are come to by Tab alone, and pressed by a key."""

from __future__ import annotations

from playwright.sync_api import Page

MOST: int = 40
"""Controls on the longest screen, the list of scenes, and the few of the frame around it."""


def press(page: Page, selector: str, key: str | None = None) -> None:
    """Come to a control by Tab alone, see that the focus shows, and press a key."""
    for _ in range(MOST):
        if page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"{selector} cannot be reached by keyboard")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", f"{selector} does not show that it has the focus"
    if key:
        page.keyboard.press(key)
