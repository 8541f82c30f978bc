"""Encrypted Claim 169 codes (COSE_Encrypt0, RFC 9052, section 5.2): opened with a key that the home holds.

The issuer signs, then encrypts, so here the key must be touched before the signature can be checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from moiety.credential import cbor, cose
from moiety.credential.trust import TrustBundle
from moiety.document.claim169 import KIND, ForeignAccepted, ForeignCode, of_message
from moiety.document.reference import Presented, handle_of
from moiety.errors import CodeMalformed, SealUnopenable, SignatureInvalid

_TAG_ENCRYPT0: Final = b"\xd0"  # tag 16
_TAG_CWT: Final = b"\xd8\x3d"  # tag 61
_HEADER_IV: Final = 5
_KEY_BYTES: Final = {1: 16, 2: 24, 3: 32}  # A128GCM, A192GCM, A256GCM (RFC 9053, table 5)
_IV_BYTES: Final = 12
_MAP_OR_WRAPPED: Final = 0xA0


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedCode:
    """An encrypted code, taken apart and not yet opened."""

    text: str
    protected: bytes
    algorithm: int
    nonce: bytes
    ciphertext: bytes

    @property
    def kind(self) -> str:
        """Always "claim-169"."""
        return KIND

    @property
    def handle(self) -> bytes:
        """Of the ciphertext; `opened` has the one that attempts are counted by."""
        return handle_of(self.ciphertext)

    @property
    def copy(self) -> bytes:
        """Of the ciphertext."""
        return handle_of(self.ciphertext)

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> ForeignAccepted:
        """Decrypt, then as any Claim 169 code.

        Raises:
            SealUnopenable: no key here opens it.
            SignatureInvalid: nobody signed what is inside.
            CodeMalformed: what is inside is not as its format demands.
        """
        return self.opened(trust).accept(trust, now=now, max_status_age=max_status_age)

    def opened(self, trust: TrustBundle) -> ForeignCode:
        """The signed code inside, not yet believed.

        Raises:
            SealUnopenable, SignatureInvalid, CodeMalformed: as `accept`.
        """
        inner = self._decrypted(trust)
        if inner[0] & 0xE0 == _MAP_OR_WRAPPED:
            raise SignatureInvalid(
                "The document is encrypted and not signed: anyone with the key could have made it."
            )
        return of_message(self.text, cose.decode(inner))

    def _decrypted(self, trust: TrustBundle) -> bytes:
        bound = cbor.encode(["Encrypt0", self.protected, b""])
        for key in trust.secrets.read():
            if len(key) == _KEY_BYTES[self.algorithm]:
                try:
                    opened = AESGCM(key).decrypt(self.nonce, self.ciphertext, bound)
                except InvalidTag:
                    continue
                if opened:
                    return opened
        raise SealUnopenable(
            "The code is encrypted, and no key here opens it.",
            remedy="Take in the key that its issuer shares: moiety trust add --document-secret FILE.",
        )


def handle_under(trust: Callable[[], TrustBundle], document: Presented) -> bytes:
    """A document's handle; an encrypted code is opened for it, since its ciphertext is new each time.

    Raises:
        SealUnopenable, SignatureInvalid, CodeMalformed: as `EncryptedCode.opened`.
    """
    return document.opened(trust()).handle if isinstance(document, EncryptedCode) else document.handle


def is_encrypted(data: bytes) -> bool:
    """Whether an inflated code is a COSE_Encrypt0 rather than a COSE_Sign1."""
    return data.removeprefix(_TAG_CWT).startswith(_TAG_ENCRYPT0)


def decode(text: str, data: bytes) -> EncryptedCode:
    """Take an encrypted code apart.

    Raises:
        CodeMalformed: it is none, or of another algorithm than AES-GCM.
    """
    value = cbor.decode(data.removeprefix(_TAG_CWT).removeprefix(_TAG_ENCRYPT0))
    if not isinstance(value, list) or len(value) != 3:
        raise CodeMalformed("The code is no COSE_Encrypt0.")
    protected, unprotected, ciphertext = value
    if not (isinstance(protected, bytes) and isinstance(unprotected, dict) and isinstance(ciphertext, bytes)):
        raise CodeMalformed("The code is no COSE_Encrypt0.")
    headers = cose.headers_of(protected, unprotected)
    algorithm, nonce = headers.get(cose.HEADER_ALG), headers.get(_HEADER_IV, unprotected.get(_HEADER_IV))
    if type(algorithm) is not int or algorithm not in _KEY_BYTES:
        raise CodeMalformed("The code is encrypted by another algorithm than AES-GCM.")
    if not isinstance(nonce, bytes) or len(nonce) != _IV_BYTES:
        raise CodeMalformed("The code is encrypted without the nonce that AES-GCM needs.")
    return EncryptedCode(text, protected, algorithm, nonce, ciphertext)
