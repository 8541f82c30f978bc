"""Every text that a person reads, in every language, under its stable key."""

from moiety.catalogue.languages import Direction, direction, languages, preferred
from moiety.catalogue.lookup import holds, reason_text, text, texts

__all__ = ["Direction", "direction", "holds", "languages", "preferred", "reason_text", "text", "texts"]
