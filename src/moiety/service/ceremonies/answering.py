"""What the holder of a document signs for one ceremony: its own nonce, and the address of this service."""

from __future__ import annotations

from moiety.document.key_binding import Expected
from moiety.service.state import State


def begins() -> Expected:
    """A ceremony that begins has no nonce yet: the holder signs to complete it."""
    return Expected(demanded=False, later=True)


def answers(state: State, nonce: bytes) -> Expected:
    """What completes it: a document that can answer must; of others the decision says what wasn't shown."""
    return Expected(nonce.hex(), state.settings.site, demanded=False)
