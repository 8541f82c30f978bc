"""Who signed a COSE document: a key that the trust bundle names, or a chain to a root that it pins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from moiety.credential import cose
from moiety.credential.anchors import DocumentAnchor, DocumentKind
from moiety.credential.trust import TrustBundle
from moiety.document import certificates
from moiety.document_keys import DocumentKey
from moiety.errors import IssuerUntrusted, SignatureInvalid

UNTRUSTED: Final = "The document is signed by a key that is not trusted here."
TRUST: Final = (
    "If the issuer should be trusted, where the root key is: moiety trust add --document-key FILE "
    "(or --document-root FILE)."
)
BROKEN: Final = "The issuer's signature on the document does not hold."


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who vouches for a document: a name, the anchor that makes it count, and the signer's certificate."""

    issuer: str
    anchor: DocumentAnchor
    certificate: x509.Certificate | None = None


def of_kind(trust: TrustBundle, kind: DocumentKind) -> tuple[DocumentAnchor, ...]:
    """The anchors that may vouch for documents of this kind."""
    return tuple(one for one in trust.documents if kind in one.kinds)


def vouch(
    message: cose.Sign1, issuer: str | None, trust: TrustBundle, kind: DocumentKind, now: int,
    *, purpose: str | None = None,
) -> Vouched:  # fmt: skip
    """Check the signature of a COSE_Sign1 whose document states `issuer`.

    Raises:
        SignatureInvalid: no signature, or one that does not hold under the key that should have made it.
        IssuerUntrusted: no key or root here stands behind it.
        CertificateRefused: a chain to a pinned root that may not sign this, or not now.
    """
    if not message.signature:
        raise SignatureInvalid("The document is not signed.")
    signed = cose.to_be_signed(message.protected, message.payload)
    anchors = of_kind(trust, kind)
    mine = [one for one in anchors if one.key and one.issuer == issuer]
    for one in mine:
        if one.public_key().verifies(message.algorithm, message.signature, signed):
            return Vouched(named(one, issuer), one)
    if not message.chain:
        # A key for this very issuer is held, and did not make this: that is no stranger's document.
        if mine:
            raise SignatureInvalid(BROKEN)
        raise IssuerUntrusted(UNTRUSTED, remedy=TRUST)
    # A mobile document states no issuer: its certificates alone say whose it is.
    roots = [one for one in anchors if one.root and (kind == "mdoc" or one.issuer in ("", issuer))]
    key, certificate, root = certificates.signer(message.chain, roots, now, purpose=purpose)
    require_signature([key], message.algorithm, message.signature, signed)
    return Vouched(named(root, issuer), root, certificate)


def named(anchor: DocumentAnchor, stated: str | None) -> str:
    """The issuer that the document states, where its anchor is bound to that; else the anchor's own name."""
    return stated if stated is not None and anchor.issuer == stated else anchor.name


def require_signature(
    keys: Iterable[DocumentKey], algorithm: int | None, signature: bytes, signed: bytes
) -> None:
    """Refuse a signature that none of the keys made.

    Raises:
        SignatureInvalid: as said.
    """
    if not any(key.verifies(algorithm, signature, signed) for key in keys):
        raise SignatureInvalid(BROKEN)
