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
from moiety.document.certificates import TRUST
from moiety.document_keys import DocumentKey
from moiety.errors import IssuerUntrusted, SignatureInvalid

UNTRUSTED: Final = "The document is signed by a key that is not trusted here."
BROKEN: Final = "The issuer's signature on the document does not hold."


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who vouches for a document: a name, the anchor that makes it count, and the signer's certificate."""

    issuer: str
    anchor: DocumentAnchor
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """What a document's signature is over, and who the document says made it.

    Attributes:
        issuer: the issuer that the document states; None where it states none.
        type_name: the document's type, as anchors call it.
        algorithm, signature, message: the COSE number of the algorithm, the signature, and what it covers.
        chain: the signer's certificates in DER, the signer's own first; empty where none are given.
    """

    issuer: str | None
    type_name: str
    algorithm: int | None
    signature: bytes
    message: bytes
    chain: tuple[bytes, ...]


def of_kind(trust: TrustBundle, kind: DocumentKind) -> tuple[DocumentAnchor, ...]:
    """The anchors that may vouch for documents of this kind."""
    return tuple(one for one in trust.documents if kind in one.kinds)


def vouch(
    message: cose.Sign1, issuer: str | None, trust: TrustBundle, kind: DocumentKind, now: int,
    *, type_name: str,
) -> Vouched:  # fmt: skip
    """Check the signature of a COSE_Sign1 whose document states `issuer`; raises as `vouch_signed`."""
    covered = cose.to_be_signed(message.protected, message.payload)
    signed = Signed(issuer, type_name, message.algorithm, message.signature, covered, message.chain)
    return vouch_signed(signed, trust, kind, now)


def vouch_signed(signed: Signed, trust: TrustBundle, kind: DocumentKind, now: int) -> Vouched:
    """Check a document's signature, and that who made it may sign documents of this type.

    Raises:
        SignatureInvalid: no signature, or one that does not hold under the key that should have made it.
        IssuerUntrusted: no key or root here stands behind it, or not for this type, or not in this name.
        CertificateRefused: a chain to a pinned root that may not sign this, or not now.
    """
    if not signed.signature:
        raise SignatureInvalid("The document isn't signed.")
    anchors = of_kind(trust, kind)
    mine = [one for one in anchors if one.key and one.issuer == signed.issuer]
    for one in mine:
        if one.public_key().verifies(signed.algorithm, signed.signature, signed.message):
            certificates.types_of(one, signed.type_name)
            return Vouched(named(one, signed.issuer), one)
    # A key for this very issuer is held, and did not make this: no root speaks in that issuer's name.
    if mine:
        raise SignatureInvalid(BROKEN)
    if not signed.chain:
        raise IssuerUntrusted(UNTRUSTED, remedy=TRUST)
    _require_own_name(signed.issuer, trust)
    # A mobile document states no issuer: its certificates alone say whose it is.
    roots = [one for one in anchors if one.root and (kind == "mdoc" or one.issuer in ("", signed.issuer))]
    key, certificate, root = certificates.signer(
        signed.chain, roots, now, type_name=signed.type_name, issuer=signed.issuer
    )
    require_signature([key], signed.algorithm, signed.signature, signed.message)
    return Vouched(named(root, signed.issuer), root, certificate)


def _require_own_name(stated: str | None, trust: TrustBundle) -> None:
    """Refuse the name of an issuer of our codes, or of one whose key is pinned, from under a root."""
    taken = [one.uri for one in trust.issuers] + [one.issuer for one in trust.documents if one.key]
    if stated is not None and _folded(stated) in {_folded(one) for one in taken}:
        raise IssuerUntrusted(
            "The document states an issuer whose own key is known here, and that key didn't sign it.",
            remedy="Don't rely on this document.",
        )


def _folded(uri: str) -> str:
    """A URI so that spellings of one issuer are alike: case, default port, closing slash."""
    bare = uri.strip().casefold().rstrip("/")
    for scheme, port in (("https://", ":443"), ("http://", ":80")):
        if bare.startswith(scheme):
            bare = bare.removeprefix(scheme).removesuffix(port)
    return bare


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
