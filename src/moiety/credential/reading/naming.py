"""What kind of thing a foreign thing is, as a stable code: pages tell it by name in their own languages."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_KINDS: Final = (
    (r"vaccination|SMART health", "vaccination-certificate"),
    (r"asks a wallet|offers a wallet|offer to connect|(request|offer) to a wallet", "wallet-link"),
    (r"wallet's answer", "wallet-answer"),
    (r"boarding pass|PKPASS", "ticket"),
    (r"driving licence", "driving-licence"),
    (r"travel document", "travel-document"),
    (r"Aadhaar", "aadhaar"),
    (r"PixelPass", "pixelpass"),
    (r"seal", "seal"),
    (r"private key|second factor|SSH|passkey|PEM|JWK|certificate$", "key"),
    (r"encrypted", "encrypted"),
    (r"payment", "payment"),
    (r"wireless", "wireless-network"),
    (r"address card|a contact|calendar|telephone|e-mail|place on a map", "contact"),
    (r"a link|identifier|web page|W3C", "link"),
    (r"bar code", "bar-code"),
    (r"film|sequence|animation", "film"),
    (r"picture|icon|metafile|pointer", "other-picture"),
    (r"word processor|office|spreadsheet|presentation|book|PostScript", "office-document"),
    (r"archive|packed file", "archive"),
    (r"program|sound|database|SVG|PDF", "other-file"),
    (r"keyboard", "keyboard"),
    (r"damaged|cut short|inside of a code", "damaged"),
    (r"token", "token"),
    (r"empty|without letters", "empty"),
    (r"JSON|XML|data URL|file of a kind", "other-file"),
    (r"text", "other-text"),
)
"""What stands in an English name, and the kind. The order counts."""

_COMPILED: Final = tuple((re.compile(one), kind) for one, kind in _KINDS)
SEVERAL: Final = "several"
CODES: Final = frozenset(kind for _, kind in _KINDS) | {SEVERAL, "other"}


@cache
def kind_of(name: str) -> str:
    """The kind of a thing by its English name: a key of the catalogue, after "thing."."""
    return next((kind for pattern, kind in _COMPILED if pattern.search(name)), "other")
