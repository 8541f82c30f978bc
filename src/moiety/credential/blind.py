"""The blind profile's inner layer: a content key of two shares, one in the seal, one with a service.

Share A lies in the seal beside the ciphertext; share B (32 random bytes) lies with a key-share service under
the code's identifier. The key is HKDF-SHA256(A || B, salt = cti, info = "moiety/blind/1"). Either share alone
says nothing about it, so that deleting B erases what every copy of the code holds, whoever has the group key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moiety.errors import SealUnopenable, UsageError
from moiety.keys import random_token

SHARE_BYTES: Final = 32  # as long as the key that it makes half of
_LABEL: Final = b"moiety/blind/1"
_COMMITMENT_LABEL: Final = b"moiety/blind/code/1\x00"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class BlindCode:
    """Which code a key-share service is asked about. Of two issuers each may have a code with the same cti.

    Attributes:
        issuer: the URI of who issued it; a verifier has checked that by the signature.
        cti: its identifier, 16 bytes.
        commitment: SHA-256 of what the issuer signed, 32 bytes. Only who has the code itself can work it out.
    """

    issuer: str
    cti: bytes
    commitment: bytes

    @classmethod
    def of(cls, issuer: str, cti: bytes, signed: bytes) -> BlindCode:
        """The code whose signed payload this is."""
        return cls(issuer, cti, hashlib.sha256(_COMMITMENT_LABEL + signed).digest())


ShareProvider = Callable[[BlindCode, str | None], bytes]
"""`provider(code, pin)`: share B of a code, or a refusal: revoked, withdrawn, erased, wrong PIN, too many."""

ShareKeeper = Callable[[BlindCode, bytes, str | None], None]
"""`keeper(code, share, pin)`: keep share B of a code that is being issued, and what checks its PIN."""


def lock(plain: bytes, share: bytes, *, cti: bytes, info: bytes) -> bytes:
    """Share A and the ciphertext, bound to `info`: 48 bytes longer than `plain`.

    Raises:
        UsageError: a share of another length.
    """
    if len(share) != SHARE_BYTES:
        raise UsageError(f"A share has {SHARE_BYTES} bytes.")
    own = random_token(SHARE_BYTES)
    key, nonce = _derive(own, share, cti)
    return own + AESGCM(key).encrypt(nonce, plain, info)


def unlock(locked: bytes, share: bytes, *, cti: bytes, info: bytes) -> bytes:
    """What `lock` was given.

    Raises:
        SealUnopenable: the share belongs to another code, or something is damaged.
    """
    own, ciphertext = locked[:SHARE_BYTES], locked[SHARE_BYTES:]
    key, nonce = _derive(own, share, cti)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, info)
    except (InvalidTag, ValueError) as error:
        raise SealUnopenable("The released share does not open this code.") from error


def _derive(own: bytes, share: bytes, cti: bytes) -> tuple[bytes, bytes]:
    """Key and nonce; both hang on share A, random for each code, so that no pair is ever used twice."""
    both = HKDF(hashes.SHA256(), _KEY_BYTES + _NONCE_BYTES, salt=cti, info=_LABEL).derive(own + share)
    return both[:_KEY_BYTES], both[_KEY_BYTES:]
