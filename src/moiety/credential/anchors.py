"""Whom else's documents count here: issuers' keys, and roots of their certificates; our root signs these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from moiety.credential.trust_parameters import MAX_ANCHOR_BYTES, MAX_NAME_LENGTH, MAX_URI_LENGTH
from moiety.document_keys import DocumentKey
from moiety.errors import DocumentUnreadable, TrustRefused, UsageError

DocumentKind = Literal["claim-169", "mdoc", "sd-jwt-vc"]
KINDS: Final[tuple[DocumentKind, ...]] = get_args(DocumentKind)

_DER: Final = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class DocumentAnchor:
    """One issuer's key, or the root under which an issuer certifies keys.

    Attributes:
        name: what people call the issuer; stands in decisions where the document names none.
        kinds: which kinds of document it may vouch for.
        issuer: the issuer that its documents must state; empty where any is taken.
        key: SubjectPublicKeyInfo DER of a key, empty for a root.
        root: DER of a root certificate, empty for a key.
        printed: whether this issuer's portraits are scans of printed photographs.
    """

    name: str
    kinds: tuple[DocumentKind, ...]
    issuer: str
    key: bytes = field(repr=False)
    root: bytes = field(repr=False)
    printed: bool = False

    def __post_init__(self) -> None:
        if bool(self.key) == bool(self.root):
            raise UsageError("An anchor is a key or a root certificate.")
        if not self.kinds or len(set(self.kinds)) != len(self.kinds) or set(self.kinds) - set(KINDS):
            raise UsageError(f"An anchor vouches for one or more of {', '.join(KINDS)}.")
        if not self.root and "mdoc" in self.kinds:
            raise UsageError(
                "Mobile documents are signed under a root.", remedy="Give the issuer's root certificate."
            )

    def public_key(self) -> DocumentKey:
        """The key of an issuer's key.

        Raises:
            DocumentUnreadable: none that a document may be signed with.
        """
        return DocumentKey.from_der(self.key)

    def certificate(self) -> x509.Certificate:
        """The certificate of a root.

        Raises:
            DocumentUnreadable: no certificate.
        """
        return load_certificate(self.root)


def key_anchor(
    name: str, kinds: tuple[DocumentKind, ...], issuer: str, data: bytes, *, printed: bool = False
) -> DocumentAnchor:
    """An anchor from the bytes of a public key file: PEM or DER of Ed25519, P-256, P-384 or P-521.

    Raises:
        DocumentUnreadable: no such key.
    """
    return DocumentAnchor(name, kinds, issuer, DocumentKey.from_file(data).to_der(), b"", printed)


def root_anchor(
    name: str, kinds: tuple[DocumentKind, ...], issuer: str, data: bytes, *, printed: bool = False
) -> DocumentAnchor:
    """An anchor from the bytes of a root certificate: PEM or DER, self-signed, of an authority.

    Raises:
        DocumentUnreadable: no certificate.
        TrustRefused: a certificate that can be no root.
    """
    try:
        found = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else None
    except ValueError as error:
        raise DocumentUnreadable("That is no certificate.") from error
    certificate = load_certificate(data) if found is None else found
    _require_root(certificate)
    return DocumentAnchor(name, kinds, issuer, b"", certificate.public_bytes(_DER), printed)


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate from DER.

    Raises:
        DocumentUnreadable: no certificate.
    """
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError) as error:
        raise DocumentUnreadable("That is no certificate.") from error


def _require_root(certificate: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if constraints.ca:
            return
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        raise TrustRefused("That certificate is no root: it does not certify itself.") from error
    except Exception as error:  # InvalidSignature and whatever a strange extension brings
        raise TrustRefused("That certificate is no root: it does not certify itself.") from error
    raise TrustRefused("That certificate is no root: it may not certify others.")


def encode(anchor: DocumentAnchor) -> list[Any]:
    """An anchor as a trust bundle holds it."""
    return [anchor.name, list(anchor.kinds), anchor.issuer, anchor.key, anchor.root, anchor.printed]


def decode(value: object) -> DocumentAnchor:
    """Read what `encode` wrote, strictly.

    Raises:
        TrustRefused: anything else.
    """
    malformed = TrustRefused("The trust bundle is malformed.")
    if not isinstance(value, list) or len(value) != 6:
        raise malformed
    name, kinds, issuer, key, root, printed = value
    texts = isinstance(name, str) and isinstance(issuer, str) and isinstance(kinds, list)
    data = isinstance(key, bytes) and isinstance(root, bytes) and isinstance(printed, bool)
    if not texts or not data or not all(isinstance(one, str) for one in kinds):
        raise malformed
    if not 0 < len(name) <= MAX_NAME_LENGTH or len(issuer) > MAX_URI_LENGTH:
        raise malformed
    if not name.isprintable() or not issuer.isprintable() or max(len(key), len(root)) > MAX_ANCHOR_BYTES:
        raise malformed
    try:
        anchor = DocumentAnchor(name, tuple(kinds), issuer, key, root, printed)
        _ = anchor.public_key() if key else anchor.certificate()
    except (UsageError, DocumentUnreadable) as error:
        raise malformed from error
    return anchor
