"""Signed CBOR documents: trust bundles and status lists travel as COSE_Sign1 with a declared type.

COSE_Sign1 is RFC 9052, section 4.2; the `typ` header (16) is RFC 9596; EdDSA is -8 (RFC 9053) and its fully
specified twin Ed25519 is -19 (RFC 9864). What we write has exactly the headers alg, kid and typ, all
protected. What we read may have others (an issuer may use another implementation), but nothing critical that
we do not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from moiety.credential import cbor
from moiety.credential.cose import ALG_ED25519, ALG_EDDSA, HEADER_ALG, HEADER_CRIT, HEADER_KID, to_be_signed
from moiety.errors import CodeMalformed, TrustRefused
from moiety.keys import Signer, VerifyingKey

HEADER_TYP: Final = 16
SIGNATURE_BYTES: Final = 64
TAG_SIGN1: Final = b"\xd2"  # tag 18 (RFC 9052, table 1)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A decoded and not yet verified COSE_Sign1: nothing in `payload` may be relied on before `require`."""

    protected: bytes
    payload: bytes
    signature: bytes
    key_id: bytes
    what: str

    def signed_by(self, key: VerifyingKey) -> bool:
        """Whether `key` made the signature."""
        return key.verifies(self.signature, to_be_signed(self.protected, self.payload))

    def require(self, key: VerifyingKey) -> Any:
        """The decoded payload, once `key`'s signature over it holds.

        Raises:
            TrustRefused: it does not hold, or what it covers is no strict CBOR.
        """
        if not self.signed_by(key):
            raise TrustRefused(f"The signature of the {self.what} does not hold.")
        return strict_loads(self.payload, self.what)


def sign(payload: Any, signer: Signer, *, typ: str) -> bytes:
    """`payload` in canonical CBOR (RFC 8949, 4.2.3 order), signed, as a tagged COSE_Sign1."""
    key = signer.verifying_key
    protected = canonical({HEADER_ALG: ALG_EDDSA, HEADER_KID: key.key_id, HEADER_TYP: typ})
    body = canonical(payload)
    signature = signer.sign(to_be_signed(protected, body))
    return TAG_SIGN1 + canonical([protected, {}, body, signature])


def decode(data: bytes, *, typ: str, what: str) -> Envelope:
    """Take a COSE_Sign1 apart; `what` names it in messages.

    Raises:
        TrustRefused: not a tagged COSE_Sign1 of that `typ`, another algorithm than Ed25519, an unknown
        critical
            header, or CBOR that is not strict.
    """
    if not data.startswith(TAG_SIGN1):
        raise TrustRefused(f"The {what} is not a signed document.")
    parts = strict_loads(data.removeprefix(TAG_SIGN1), what)
    if not isinstance(parts, list) or len(parts) != 4:
        raise TrustRefused(f"The {what} is not a signed document.")
    protected, unprotected, payload, signature = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise TrustRefused(f"The {what} is not a signed document.")
    headers = strict_loads(protected, what)
    if (
        not isinstance(headers, dict)
        or not isinstance(unprotected, dict)
        or len(signature) != SIGNATURE_BYTES
    ):
        raise TrustRefused(f"The {what} is not a signed document.")
    _check_headers(headers, unprotected, typ, what)
    identifier = headers.get(HEADER_KID, unprotected.get(HEADER_KID))
    if not isinstance(identifier, bytes):
        raise TrustRefused(f"The {what} does not say which key signed it.")
    return Envelope(protected, payload, signature, identifier, what)


def _check_headers(headers: dict[Any, Any], unprotected: dict[Any, Any], typ: str, what: str) -> None:
    if HEADER_CRIT in headers or HEADER_CRIT in unprotected:
        raise TrustRefused(f"The {what} demands an extension that this version does not know.")
    if headers.get(HEADER_ALG) not in (ALG_EDDSA, ALG_ED25519):
        raise TrustRefused(f"The {what} is signed with another algorithm than Ed25519.")
    if headers.get(HEADER_TYP) != typ:
        raise TrustRefused(f"The document is no {what}: it declares another type.")


def canonical(value: Any) -> bytes:
    """Canonical CBOR: one encoding for one value."""
    return cbor.encode(value)


def strict_loads(data: bytes, what: str) -> Any:
    """Decode one CBOR item: no duplicate keys, no indefinite lengths, bounded depth, nothing after it.

    Raises:
        TrustRefused: it is not that.
    """
    try:
        return cbor.decode(data, what)
    except CodeMalformed as error:
        raise TrustRefused(str(error)) from error
