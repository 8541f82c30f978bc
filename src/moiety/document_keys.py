"""Keys that sign documents of other issuers: Ed25519, NIST and Brainpool curves, by COSE algorithms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from moiety.errors import DocumentUnreadable
from moiety.keys import KEY_ID_BYTES

_CURVES: Final[dict[str, tuple[frozenset[int], hashes.HashAlgorithm, int]]] = {
    "secp256r1": (frozenset((-7, -9)), hashes.SHA256(), 32),
    "secp384r1": (frozenset((-35, -51)), hashes.SHA384(), 48),
    "secp521r1": (frozenset((-36, -52)), hashes.SHA512(), 66),
    "brainpoolP256r1": (frozenset((-7, -265)), hashes.SHA256(), 32),
    "brainpoolP384r1": (frozenset((-35, -267)), hashes.SHA384(), 48),
    "brainpoolP512r1": (frozenset((-36, -268)), hashes.SHA512(), 64),
}
"""COSE algorithms, hash, and bytes of a coordinate, by curve: RFC 9053, section 2.1; RFC 9864; and for the
Brainpool curves under the older numbers ISO/IEC 18013-5, 9.1.2.4."""

_EDDSA: Final = frozenset((-8, -19))

JOSE: Final = {"ES256": -7, "ES384": -35, "ES512": -36, "EdDSA": -8, "Ed25519": -19}
"""JOSE names (RFC 7518, section 3.4; RFC 8037; RFC 9864) of the same algorithms."""

_REMEDY: Final = (
    "Give a public key as PEM or DER: Ed25519, P-256, P-384, P-521, or Brainpool P256r1, P384r1 or P512r1."
)


@dataclass(frozen=True, slots=True, repr=False)
class DocumentKey:
    """A public key of an issuer or a holder. The algorithm follows from the key, never from a message."""

    key: Ed25519PublicKey | ec.EllipticCurvePublicKey = field(compare=False)

    @classmethod
    def of(cls, key: object) -> DocumentKey:
        """Wrap a key of `cryptography`.

        Raises:
            DocumentUnreadable: of a kind that no document here is signed with.
        """
        if isinstance(key, Ed25519PublicKey):
            return cls(key)
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
            return cls(key)
        raise DocumentUnreadable("That key is of a kind that isn't taken.", remedy=_REMEDY)

    @classmethod
    def from_der(cls, data: bytes) -> DocumentKey:
        """From SubjectPublicKeyInfo DER; raises DocumentUnreadable."""
        try:
            return cls.of(serialization.load_der_public_key(data))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise DocumentUnreadable("That is no public key.", remedy=_REMEDY) from error

    @classmethod
    def from_file(cls, data: bytes) -> DocumentKey:
        """From the bytes of a key file, PEM or DER; raises DocumentUnreadable."""
        if b"-----BEGIN" not in data:
            return cls.from_der(data)
        try:
            return cls.of(serialization.load_pem_public_key(data))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise DocumentUnreadable("That is no public key.", remedy=_REMEDY) from error

    @property
    def algorithms(self) -> frozenset[int]:
        """The COSE algorithms that this key signs with."""
        if isinstance(self.key, Ed25519PublicKey):
            return _EDDSA
        return _CURVES[self.key.curve.name][0]

    @property
    def key_id(self) -> bytes:
        """8 bytes by which people tell keys apart: the head of the SHA-256 of the DER."""
        return hashlib.sha256(self.to_der()).digest()[:KEY_ID_BYTES]

    def to_der(self) -> bytes:
        """SubjectPublicKeyInfo DER."""
        return self.key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def verifies(self, algorithm: int | None, signature: bytes, message: bytes) -> bool:
        """Whether this key made `signature` (raw, as in COSE and JOSE) by `algorithm` over `message`."""
        if algorithm not in self.algorithms:
            return False
        try:
            if isinstance(self.key, Ed25519PublicKey):
                self.key.verify(signature, message)
                return True
            _, digest, width = _CURVES[self.key.curve.name]
            if len(signature) != 2 * width:
                return False
            r, s = (int.from_bytes(part, "big") for part in (signature[:width], signature[width:]))
            self.key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))
        except (InvalidSignature, ValueError):
            return False
        return True

    def __repr__(self) -> str:
        return f"DocumentKey({self.key_id.hex()})"
