"""Percent-encoding (RFC 3986, section 2.1) undone, and forms taken apart; the rest stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_ENCODED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_MOST_FIELDS: Final = 40


def decoded(text: str) -> bytes:
    """The bytes that a percent-encoded text stands for."""
    return _ENCODED.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode("utf-8", "replace"))


def plain(text: str) -> str:
    """A percent-encoded text as text."""
    return decoded(text).decode("utf-8", "replace") if "%" in text else text


def fields(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a form as browsers send it: a plus is a space there."""
    for part in text.split("&", _MOST_FIELDS)[:_MOST_FIELDS]:
        name, _, value = part.partition("=")
        yield plain(name), plain(value.replace("+", " "))
