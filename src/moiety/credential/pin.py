"""The optional PIN layer under the seal: it slows down whoever holds the group key, and no more.

Four digits are ten thousand guesses at about 0.3 s each: a group key and an hour open such a code. A longer
PIN buys what its length buys. The layer exists for holders who want the code useless without them, not as a
second lock against the verifier group.
"""

from __future__ import annotations

import contextlib
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moiety.credential.parameters import (
    PIN_LANES,
    PIN_MAX_CHARS,
    PIN_MEMORY_KIB,
    PIN_MIN_CHARS,
    PIN_PASSES,
)
from moiety.errors import PinWrong, UsageError

_LABEL: Final = b"moiety/pin/1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


def check(pin: str) -> None:
    """Refuse a PIN that cannot be set.

    Raises:
        UsageError: shorter than 4 or longer than 64 characters, or with characters that cannot be typed.
    """
    folded = fold(pin)
    if not PIN_MIN_CHARS <= len(folded) <= PIN_MAX_CHARS or not folded.isprintable():
        raise UsageError(f"A PIN has {PIN_MIN_CHARS} to {PIN_MAX_CHARS} printable characters.")


def lock(plain: bytes, pin: str, *, cti: bytes, info: bytes) -> bytes:
    """Encrypt `plain` under the PIN, bound to `info`: AES-256-GCM, 16 bytes longer."""
    check(pin)
    key, nonce = _derive(fold(pin), cti)
    return AESGCM(key).encrypt(nonce, plain, info)


def unlock(locked: bytes, pin: str, *, cti: bytes, info: bytes) -> bytes:
    """Decrypt what `lock` made.

    Raises:
        PinWrong: the PIN does not open it (or the issuer wrote something that none opens).
    """
    for one in foldings(pin):
        key, nonce = _derive(one, cti)
        with contextlib.suppress(InvalidTag, ValueError):
            return AESGCM(key).decrypt(nonce, locked, info)
    raise PinWrong("The PIN does not open this code.")


def fold(pin: str) -> str:
    """A PIN as it is hashed: the same for the same digits in any script, full-width or not (NFKC).

    Marks that keyboards add unseen, for direction or byte order, do not count.
    """
    seen = (one for one in unicodedata.normalize("NFKC", pin) if unicodedata.category(one) != "Cf")
    return "".join(one if one.isascii() else _digit(one) for one in seen)


def foldings(pin: str) -> tuple[str, ...]:
    """What a PIN may have been hashed as: as now, and as before digits were read by their value."""
    before = unicodedata.normalize("NFKC", pin)
    return tuple(dict.fromkeys((fold(pin), before)))


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _derive(folded: str, cti: bytes) -> tuple[bytes, bytes]:
    """Key and nonce. Both hang on the cti, random for each code, so that no pair is ever used twice."""
    secret = folded.encode("utf-8", "surrogatepass")
    slow = Argon2id(
        salt=cti, length=_KEY_BYTES, iterations=PIN_PASSES, lanes=PIN_LANES, memory_cost=PIN_MEMORY_KIB
    ).derive(secret)
    both = HKDF(hashes.SHA256(), _KEY_BYTES + _NONCE_BYTES, salt=cti, info=_LABEL).derive(slow)
    return both[:_KEY_BYTES], both[_KEY_BYTES:]
