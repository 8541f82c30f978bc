"""Secrets under a passphrase: Argon2id (RFC 9106) makes the key, AES-256-GCM locks the box.

The parameters travel in the box and are authenticated with it; what a box may ask for is bounded before any
memory is taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from moiety.credential.envelope import canonical
from moiety.credential.trust_parameters import (
    ARGON2_ITERATIONS,
    ARGON2_LANES,
    ARGON2_MAX_ITERATIONS,
    ARGON2_MAX_MEMORY_KIB,
    ARGON2_MEMORY_KIB,
    MAX_PASSPHRASE_BYTES,
    MIN_PASSPHRASE_LENGTH,
)
from moiety.errors import DocumentUnreadable, KeyUnavailable, UsageError
from moiety.files import read_bounded
from moiety.keys import random_token

_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12


def lock(secret: bytes, passphrase: str, *, purpose: str) -> list[Any]:
    """Lock `secret`; `purpose` is bound in, so that a box made for one use cannot be opened as another.

    Returns:
        A CBOR-ready list: Argon2id memory (KiB), iterations, lanes, salt, nonce, ciphertext.

    Raises:
        UsageError: the passphrase is too short to guard anything.
    """
    if len(passphrase) < MIN_PASSPHRASE_LENGTH:
        raise UsageError(
            f"The passphrase is too short: {MIN_PASSPHRASE_LENGTH} characters are the least.",
            remedy="Take five or six random words.",
        )
    header: list[Any] = [
        ARGON2_MEMORY_KIB,
        ARGON2_ITERATIONS,
        ARGON2_LANES,
        random_token(_SALT_BYTES),
        random_token(_NONCE_BYTES),
    ]
    cipher = AESGCM(_derive(passphrase, header))
    return [*header, cipher.encrypt(header[4], secret, canonical([purpose, *header]))]


def unlock(box: Any, passphrase: str, *, purpose: str) -> bytes:
    """Open what `lock` made.

    Raises:
        DocumentUnreadable: it is no such box, or asks for too much memory.
        KeyUnavailable: the passphrase is wrong, or the box was altered.
    """
    header, ciphertext = _checked(box)
    cipher = AESGCM(_derive(passphrase, header))
    try:
        return cipher.decrypt(header[4], ciphertext, canonical([purpose, *header]))
    except InvalidTag as error:
        raise KeyUnavailable(
            "The passphrase does not open it, or the file was altered.",
            remedy="Check the passphrase, then the file.",
        ) from error


def read_passphrase(path: str | Path) -> str:
    """The first line of a passphrase file.

    Raises:
        DocumentUnreadable: missing, too long, empty or not UTF-8.
    """
    data = read_bounded(path, MAX_PASSPHRASE_BYTES, what="passphrase file")
    try:
        line = data.decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        line = ""
    if not line:
        raise DocumentUnreadable(
            "The passphrase file is empty or no text.", remedy="Put the passphrase in one line."
        )
    return line


def _derive(passphrase: str, header: list[Any]) -> bytes:
    memory, iterations, lanes, salt, _ = header
    engine = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory)
    return engine.derive(passphrase.encode("utf-8"))


def _checked(box: Any) -> tuple[list[Any], bytes]:
    kinds = (int, int, int, bytes, bytes, bytes)
    if not isinstance(box, list) or [type(part) for part in box] != list(kinds):
        raise DocumentUnreadable("The locked part is malformed.")
    *header, ciphertext = box
    memory, iterations, lanes, salt, nonce = header
    bounded = 8 * lanes <= memory <= ARGON2_MAX_MEMORY_KIB and 1 <= iterations <= ARGON2_MAX_ITERATIONS
    if not (1 <= lanes <= 16 and bounded and len(salt) == _SALT_BYTES and len(nonce) == _NONCE_BYTES):
        raise DocumentUnreadable("The locked part asks for more memory or time than is allowed.")
    return header, ciphertext
