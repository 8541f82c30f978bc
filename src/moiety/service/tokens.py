"""Secrets that the service hands out once and keeps only as hashes: sessions, invitations, API tokens."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from moiety.store.parameters import IDENTIFIER_BYTES, TOKEN_BYTES

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


@dataclass(frozen=True, slots=True)
class Token:
    """A fresh secret: `text` for whoever it is for, `hash` (32 bytes) for the store."""

    text: str = field(repr=False)
    hash: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Token:
        """256 bits from the operating system's generator."""
        text = secrets.token_urlsafe(TOKEN_BYTES)
        return cls(text, hashed(text))


def hashed(text: str) -> bytes:
    """SHA-256 of a secret's text. A plain hash is enough: what is random and of 128 bits is not guessed."""
    return hashlib.sha256(b"moiety/token/1\x00" + text.encode("utf-8", "surrogatepass")).digest()


def plausible(text: str) -> bool:
    """Whether a text could be one of our secrets; others need not be looked up."""
    return _TOKEN.fullmatch(text) is not None


def csrf_of(session: str) -> str:
    """The token that a page sends back in a header; it follows from the session's secret."""
    return hmac.digest(session.encode(), b"moiety/csrf/1", hashlib.sha256).hex()


def new_id() -> str:
    """A random identifier, 32 hexadecimal digits."""
    return secrets.token_hex(IDENTIFIER_BYTES)


def new_code() -> str:
    """A code for a person to type: 140 bits, seven groups of four letters that are not confused."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters and digits; 0, 1, I and O left out
    letters = "".join(secrets.choice(alphabet) for _ in range(28))
    return "-".join(letters[at : at + 4] for at in range(0, 28, 4))


def tidy_code(text: str) -> str:
    """A code as it was typed, without spaces and in capitals."""
    return text.strip().upper().replace(" ", "")
