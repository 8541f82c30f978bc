"""Every text that a person reads, in every language, under its stable key."""

from moiety.catalogue.languages import Direction, direction, languages, plural, preferred
from moiety.catalogue.lookup import holds, reason_text, text, texts

__all__ = [
    "Direction",
    "direction",
    "holds",
    "languages",
    "plural",
    "preferred",
    "reason_text",
    "text",
    "texts",
]
