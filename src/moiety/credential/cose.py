"""COSE_Sign1 (RFC 9052, section 4.2) of a code: written one way, read as others may write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from moiety.credential import cbor
from moiety.credential.parameters import MAX_CERTIFICATE_BYTES, MAX_CHAIN
from moiety.errors import CodeMalformed, SignatureInvalid
from moiety.keys import Signer, VerifyingKey

HEADER_ALG: Final = 1
HEADER_CRIT: Final = 2
HEADER_KID: Final = 4
HEADER_X5CHAIN: Final = 33

_TAG_SIGN1: Final = b"\xd2"  # tag 18
_TAG_CWT: Final = b"\xd8\x3d"  # tag 61

ALG_EDDSA: Final = -8
"""EdDSA (RFC 9053, section 2.2): what we write, since every reader knows it."""
ALG_ED25519: Final = -19
"""Ed25519, fully specified (RFC 9864, section 2.2): read as well."""

ALGORITHMS: Final = {
    -7: "ES256",
    -8: "EdDSA",
    -9: "ESP256",
    -19: "Ed25519",
    -35: "ES384",
    -36: "ES512",
    -37: "PS256",
    -257: "RS256",
}
"""Names in the IANA registry COSE Algorithms, for what a code says of itself."""

_UNDERSTOOD: Final = frozenset((HEADER_ALG, HEADER_CRIT, HEADER_KID, HEADER_X5CHAIN))


@dataclass(frozen=True, slots=True, repr=False)
class Sign1:
    """A COSE_Sign1 taken apart and not yet verified.

    Attributes:
        protected: the protected header as its bytes were.
        payload: what is signed.
        signature: empty where the code is not signed.
        algorithm: the number in the protected header, or None.
        key_id: the key identifier in either header, or None.
        chain: certificates in DER (RFC 9360), the signer's first; empty where none are given.
    """

    protected: bytes
    payload: bytes
    signature: bytes
    algorithm: int | None
    key_id: bytes | None
    chain: tuple[bytes, ...] = ()


def sign(payload: bytes, signer: Signer) -> bytes:
    """`payload` signed with Ed25519, as a tagged COSE_Sign1 with alg and kid protected."""
    protected = cbor.encode({HEADER_ALG: ALG_EDDSA, HEADER_KID: signer.verifying_key.key_id})
    signature = signer.sign(to_be_signed(protected, payload))
    return _TAG_SIGN1 + cbor.encode([protected, {}, payload, signature])


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure (RFC 9052, section 4.4), without external data."""
    return cbor.encode(["Signature1", protected, b"", payload])


def decode(data: bytes) -> Sign1:
    """Take apart a COSE_Sign1 that is untagged, tagged 18, or tagged 61(18) (RFC 8392, section 6).

    Raises:
        CodeMalformed: anything else, a `crit` that names what we do not know (RFC 9052, section 3.1), or a
            label in both headers.
    """
    return of_parts(cbor.decode(data.removeprefix(_TAG_CWT).removeprefix(_TAG_SIGN1)))


def of_parts(value: object) -> Sign1:
    """The same from the four parts of a COSE_Sign1, already decoded.

    Raises:
        CodeMalformed: as `decode`.
    """
    if not isinstance(value, list) or len(value) != 4:
        raise CodeMalformed("The code is no COSE_Sign1.")
    protected, unprotected, payload, signature = value
    strings = isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)
    if not strings or not isinstance(unprotected, dict):
        raise CodeMalformed("The code is no COSE_Sign1.")
    headers = headers_of(protected, unprotected)
    algorithm, key_id = headers.get(HEADER_ALG), headers.get(HEADER_KID, unprotected.get(HEADER_KID))
    if algorithm is not None and (not isinstance(algorithm, int) or isinstance(algorithm, bool)):
        raise CodeMalformed("The code names its algorithm by something other than a number.")
    if key_id is not None and not isinstance(key_id, bytes):
        raise CodeMalformed("The code names its key by something other than bytes.")
    chain = _chain(headers.get(HEADER_X5CHAIN, unprotected.get(HEADER_X5CHAIN)))
    return Sign1(protected, payload, signature, algorithm, key_id, chain)


def headers_of(protected: bytes, unprotected: dict[Any, Any]) -> dict[Any, Any]:
    """The protected header, checked against the other.

    Raises:
        CodeMalformed: no map, a label in both, or a `crit` that names what we do not know.
    """
    headers = cbor.decode(protected, "protected header") if protected else {}
    if not isinstance(headers, dict):
        raise CodeMalformed("The protected header is no map.")
    if headers.keys() & unprotected.keys():
        raise CodeMalformed("The code states a header twice.")
    _check_critical(headers, unprotected)
    return headers


def _chain(value: object) -> tuple[bytes, ...]:
    """COSE_X509: one certificate as bytes, or several in a list (RFC 9360, section 2)."""
    if value is None:
        return ()
    several = value if isinstance(value, list) else [value]
    if not 0 < len(several) <= MAX_CHAIN or not all(
        isinstance(one, bytes) and 0 < len(one) <= MAX_CERTIFICATE_BYTES for one in several
    ):
        raise CodeMalformed("The certificates of the code are not where its format demands.")
    return tuple(several)


def _check_critical(headers: dict[Any, Any], unprotected: dict[Any, Any]) -> None:
    if HEADER_CRIT in unprotected:
        raise CodeMalformed("The code lists critical headers where nothing protects the list.")
    if HEADER_CRIT not in headers:
        return
    labels = headers[HEADER_CRIT]
    if not isinstance(labels, list) or not labels:
        raise CodeMalformed("The code lists its critical headers wrongly.")
    for label in labels:
        known = isinstance(label, int) and not isinstance(label, bool) and label in _UNDERSTOOD
        if not known or label not in headers:
            raise CodeMalformed("The code demands an extension that this version does not know.")


def verify(message: Sign1, key: VerifyingKey) -> None:
    """Check the signature. The algorithm follows from the key; the header must agree with it.

    Raises:
        SignatureInvalid: no signature, another algorithm than Ed25519, or a signature that does not hold.
    """
    if not message.signature:
        raise SignatureInvalid("The code is not signed.")
    if message.algorithm not in (ALG_EDDSA, ALG_ED25519):
        raise SignatureInvalid("The code names another signature algorithm than its issuer's key has.")
    if not key.verifies(message.signature, to_be_signed(message.protected, message.payload)):
        raise SignatureInvalid("The issuer's signature on the code does not hold.")
