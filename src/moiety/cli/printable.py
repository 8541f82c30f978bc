"""Text of others, without anything that could steer a terminal."""

from __future__ import annotations


def shown(value: object) -> str:
    """A value as printable text: yes or no for truth, a mark for what cannot be seen."""
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
