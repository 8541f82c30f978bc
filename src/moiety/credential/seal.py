"""The seal: HPKE to a verifier group's key (RFC 9180), bound to the code that carries it.

Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The binding of issuer, code identifier, group
and profile into `info` is what stops a sealed part from being carried over to another code.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from moiety.credential import cbor
from moiety.errors import SealUnopenable
from moiety.keys import GroupPrivateKey, GroupPublicKey

_LABEL: Final = "moiety/seal/1"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def binding(issuer: str, cti: bytes, group: bytes, profile: int) -> bytes:
    """The `info` of the seal: canonical CBOR of ["moiety/seal/1", iss, cti, group key id, profile number]."""
    return cbor.encode([_LABEL, issuer, cti, group, profile])


def seal(plain: bytes, group: GroupPublicKey, info: bytes) -> bytes:
    """Encapsulated key (32 bytes) and ciphertext with its tag: 48 bytes longer than `plain`."""
    return _SUITE.encrypt(plain, group.key, info)


def unseal(sealed: bytes, group: GroupPrivateKey, info: bytes) -> bytes:
    """Open what `seal` made for this group and this `info`.

    Raises:
        SealUnopenable: sealed to another group, for another code, or damaged.
    """
    try:
        return _SUITE.decrypt(sealed, group.key, info)
    except (InvalidTag, ValueError) as error:
        raise SealUnopenable(
            "The code's seal does not open: it was made for another code or key, or it is damaged."
        ) from error
