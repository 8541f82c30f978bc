"""A chain of certificates from a document's signer to a pinned root, judged at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from moiety.credential.anchors import DocumentAnchor, load_certificate
from moiety.document_keys import DocumentKey
from moiety.errors import CertificateRefused, DocumentUnreadable, IssuerUntrusted

_UNDERSTOOD: Final = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
    }
)
_DER: Final = serialization.Encoding.DER

T = TypeVar("T", bound=x509.ExtensionType)


def signer(
    chain: Sequence[bytes], roots: Sequence[DocumentAnchor], now: int, *, purpose: str | None = None
) -> tuple[DocumentKey, x509.Certificate, DocumentAnchor]:
    """The key that the chain certifies, its certificate, and the root that it leads to.

    `purpose` is an extended key usage that the signer's certificate must have.

    Raises:
        IssuerUntrusted: the chain leads to none of the roots.
        CertificateRefused: it leads to one, and a certificate in it may not do what it did, or not now.
    """
    try:
        certificates = [load_certificate(one) for one in chain]
    except DocumentUnreadable as error:
        raise CertificateRefused("A certificate in the document cannot be read.") from error
    for issued, issuer in pairwise(certificates):
        _require_issued(issued, issuer)
    root, path = _rooted(certificates, roots)
    if not path:
        raise CertificateRefused("The document is signed by a root itself, which signs certificates alone.")
    top = root.certificate()
    for depth, authority in enumerate([*path[1:], top]):
        _require_authority(authority, depth)
    for one in (*path, top):
        _require_current(one, now)
        _require_understood(one)
    _require_signer(path[0], purpose)
    try:
        return DocumentKey.of(path[0].public_key()), path[0], root
    except (DocumentUnreadable, ValueError, UnsupportedAlgorithm) as error:
        raise CertificateRefused("The signer's certificate has a key that is not taken.") from error


def _rooted(
    certificates: list[x509.Certificate], roots: Sequence[DocumentAnchor]
) -> tuple[DocumentAnchor, list[x509.Certificate]]:
    """The root, and the chain below it."""
    last = certificates[-1]
    encoded = last.public_bytes(_DER)
    for root in roots:
        if root.root == encoded:
            return root, certificates[:-1]
        if _issued(last, root.certificate()):
            return root, certificates
    raise IssuerUntrusted("The document's certificates lead to a root that is not pinned here.")


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


def _require_signer(certificate: x509.Certificate, purpose: str | None) -> None:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        raise CertificateRefused("The document is signed by an authority, which signs certificates alone.")
    if usage is not None and not usage.digital_signature:
        raise CertificateRefused("The signer's certificate may not sign documents.")
    if purpose is not None:
        extended = _extension(certificate, x509.ExtendedKeyUsage)
        if extended is None or purpose not in {one.dotted_string for one in extended}:
            raise CertificateRefused("The signer's certificate is not one for documents of this kind.")


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
