"""A chain of certificates from a document's signer to a pinned root, judged at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from moiety.credential.anchors import DocumentAnchor, load_certificate
from moiety.credential.document_types import DocumentType
from moiety.credential.trust_parameters import MAX_TYPE_LENGTH
from moiety.document import name_constraints
from moiety.document_keys import DocumentKey
from moiety.errors import CertificateRefused, DocumentUnreadable, IssuerUntrusted

_UNDERSTOOD: Final = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
        x509.NameConstraints.oid,
    }
)
TRUST: Final = (
    "If the issuer should be trusted, where the root key is: moiety trust add --document-key FILE "
    "(or --document-root FILE)."
)
_DER: Final = serialization.Encoding.DER

T = TypeVar("T", bound=x509.ExtensionType)


def signer(
    chain: Sequence[bytes], roots: Sequence[DocumentAnchor], now: int, *, type_name: str, issuer: str | None
) -> tuple[DocumentKey, x509.Certificate, DocumentAnchor]:
    """The key that the chain certifies, its certificate, and the root that it leads to.

    `type_name` is the document's type, which the root's anchor must name, and for which the signer must be
    certified; `issuer` is the URI that the document states, which name constraints must allow.

    Raises:
        IssuerUntrusted: the chain leads to none of the roots, or to one that vouches for other types.
        CertificateRefused: it leads to one, and a certificate in it may not do what it did, or not now.
    """
    try:
        certificates = [load_certificate(one) for one in chain]
    except DocumentUnreadable as error:
        raise CertificateRefused("A certificate in the document can't be read.") from error
    for issued, authority in pairwise(certificates):
        _require_issued(issued, authority)
    root, path = _rooted(certificates, roots)
    if not path:
        raise CertificateRefused("The document is signed by a root itself, which signs certificates alone.")
    _require_path(path, root, now, issuer)
    _require_signer(path[0], types_of(root, type_name))
    try:
        return DocumentKey.of(path[0].public_key()), path[0], root
    except (DocumentUnreadable, ValueError, UnsupportedAlgorithm) as error:
        raise CertificateRefused("The signer's certificate has a key that isn't taken.") from error


def types_of(anchor: DocumentAnchor, name: str) -> tuple[DocumentType, ...]:
    """What an anchor says of this type.

    Raises:
        IssuerUntrusted: it vouches for other types.
    """
    found = anchor.types_named(name)
    if not found:
        stated = name if name.isprintable() and len(name) <= MAX_TYPE_LENGTH else "of a malformed name"
        raise IssuerUntrusted(
            f"{anchor.name} isn't trusted for documents of the type {stated}.",
            remedy="If it should be, add its key or root again and name the type: moiety trust add --type.",
        )
    return found


def _require_path(path: list[x509.Certificate], root: DocumentAnchor, now: int, issuer: str | None) -> None:
    """Judge every certificate from the signer's to the root's, both included."""
    top = root.certificate()
    if len(path) > 1 and not root.intermediates:
        raise CertificateRefused(
            "An authority stands between the document's signer and its root.",
            remedy="If the issuer works that way, add its root again with --intermediates.",
        )
    for depth, authority in enumerate([*path[1:], top]):
        _require_authority(authority, depth)
        name_constraints.require(authority, path[: depth + 1], issuer)
    for one in (*path, top):
        _require_current(one, now)
        _require_understood(one)


def _rooted(
    certificates: list[x509.Certificate], roots: Sequence[DocumentAnchor]
) -> tuple[DocumentAnchor, list[x509.Certificate]]:
    """The root, and the chain below it."""
    last = certificates[-1]
    for place, one in enumerate(certificates):
        encoded = one.public_bytes(_DER)
        for root in roots:
            if root.root == encoded:
                return root, certificates[:place]
    for root in roots:
        if _issued(last, root.certificate()):
            return root, certificates
    raise IssuerUntrusted("The document's certificates lead to a root that isn't pinned here.", remedy=TRUST)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _require_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    if not _issued(certificate, issuer):
        raise CertificateRefused("The document's certificates do not form a chain.")


def _require_authority(certificate: x509.Certificate, below: int) -> None:
    """`below`: how many authorities stand between this one and the signer."""
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    length = None if constraints is None else constraints.path_length
    if constraints is None or not constraints.ca or (length is not None and length < below):
        raise CertificateRefused("A certificate in the document's chain may not certify others.")
    if usage is not None and not usage.key_cert_sign:
        raise CertificateRefused("A certificate in the document's chain may not certify others.")


def _require_signer(certificate: x509.Certificate, wanted: Iterable[DocumentType]) -> None:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        raise CertificateRefused("The document is signed by an authority, which signs certificates alone.")
    if usage is not None and not usage.digital_signature:
        raise CertificateRefused("The signer's certificate may not sign documents.")
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    stated = None if extended is None else frozenset(one.dotted_string for one in extended)
    if not any(one.allows(stated) for one in wanted):
        raise CertificateRefused("The signer's certificate isn't one for documents of this type.")


def _require_current(certificate: x509.Certificate, now: int) -> None:
    moment = datetime.fromtimestamp(now, UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise CertificateRefused("A certificate in the document's chain is past its time, or before it.")


def _require_understood(certificate: x509.Certificate) -> None:
    try:
        strange = any(one.critical and one.oid not in _UNDERSTOOD for one in certificate.extensions)
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise CertificateRefused("A certificate in the document's chain is malformed.") from error
    if strange:
        raise CertificateRefused("A certificate demands an extension that this version does not know.")


def _extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise CertificateRefused("A certificate in the document's chain is malformed.") from error
