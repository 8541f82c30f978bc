"""The withdrawal secret: what lets its holder withdraw a consent, and nothing else.

16 random bytes, written for paper in Crockford's base32 (no I, L, O or U; read leniently) with two check
characters, in seven groups of four. The service keeps only the SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from moiety.consent.parameters import SECRET_BYTES
from moiety.errors import ConsentError

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {one: value for value, one in enumerate(_ALPHABET)}
_LENIENT: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u00a0": None})
_DIGITS: Final = 26  # 128 bits in fives
_CHECKS: Final = 2
_LONGEST: Final = 80


def new_secret() -> bytes:
    """A fresh secret from the operating system's generator, 16 bytes."""
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """The secret as it stands on a receipt, such as "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"."""
    number = int.from_bytes(secret, "big") << (5 * _DIGITS - 8 * SECRET_BYTES)
    digits = "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_DIGITS - 1), -1, -5))
    text = digits + _checks(secret)
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def read_secret(text: str) -> bytes:
    """The secret that a person typed or a receipt holds.

    Raises:
        ConsentError: not of this form, or mistyped. A mistyped one is told apart from a wrong one, so that
            nobody's attempts are used up by a slip.
    """
    plain = text.strip().upper().translate(_LENIENT) if len(text) <= _LONGEST else ""
    if len(plain) != _DIGITS + _CHECKS or not set(plain) <= set(_VALUES):
        raise ConsentError("This is no withdrawal code.", remedy="It has seven groups of four characters.")
    number = 0
    for one in plain[:_DIGITS]:
        number = number << 5 | _VALUES[one]
    spare = 5 * _DIGITS - 8 * SECRET_BYTES
    secret = (number >> spare).to_bytes(SECRET_BYTES, "big")
    if number & ((1 << spare) - 1) or plain[_DIGITS:] != _checks(secret):
        raise ConsentError("The withdrawal code is mistyped.", remedy="Compare it with the receipt.")
    return secret


def secret_hash(secret: bytes) -> bytes:
    """What the service keeps of a secret, 32 bytes."""
    return hashlib.sha256(b"moiety/withdrawal/1\x00" + secret).digest()


def _checks(secret: bytes) -> str:
    first, second = hashlib.sha256(b"moiety/withdrawal-check/1\x00" + secret).digest()[:2]
    return _ALPHABET[first & 31] + _ALPHABET[second & 31]
