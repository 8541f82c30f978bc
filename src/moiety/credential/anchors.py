"""Whom else's documents count here: issuers' keys, and roots of their certificates; our root signs these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from moiety.credential import document_types
from moiety.credential.document_types import STATUS_LIST, DocumentType
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
        types: the types of document that it vouches for. Where none are named, a root vouches for one
            well-known type of each kind (the mDL alone of mobile documents), a key for what its issuer signs.
        intermediates: whether authorities may stand between the root and a signer; ISO/IEC 18013-5 has none.
    """

    name: str
    kinds: tuple[DocumentKind, ...]
    issuer: str
    key: bytes = field(repr=False)
    root: bytes = field(repr=False)
    printed: bool = False
    types: tuple[DocumentType, ...] = ()
    intermediates: bool = False

    def __post_init__(self) -> None:
        if bool(self.key) == bool(self.root):
            raise UsageError("An anchor is a key or a root certificate.")
        if not self.kinds or len(set(self.kinds)) != len(self.kinds) or set(self.kinds) - set(KINDS):
            raise UsageError(f"An anchor vouches for one or more of {', '.join(KINDS)}.")
        if not self.root and "mdoc" in self.kinds:
            raise UsageError(
                "Mobile documents are signed under a root.", remedy="Give the issuer's root certificate."
            )

        names = [one.name for one in self.types]
        if len(set(names)) != len(names):
            raise UsageError("An anchor names each type of document once.")

    def types_named(self, name: str) -> tuple[DocumentType, ...]:
        """What it says of the type of this name: nothing where it doesn't vouch for it.

        A status list may be signed by whoever may sign a document here, unless the anchor names its signer.
        """
        if self.key and not [one for one in self.types if one.name != STATUS_LIST]:
            return (DocumentType(name),)
        found = tuple(one for one in self.vouched_types if one.name == name)
        return found or ((*self.vouched_types, DocumentType(name)) if name == STATUS_LIST else ())

    @property
    def vouched_types(self) -> tuple[DocumentType, ...]:
        """The types that it names, or else those that stand for none; empty for a key that names none."""
        if self.key or any(one.name != STATUS_LIST for one in self.types):
            return self.types
        return (*document_types.defaults(self.kinds), *self.types)

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
    name: str, kinds: tuple[DocumentKind, ...], issuer: str, data: bytes, *, printed: bool = False,
    types: tuple[DocumentType, ...] = (),
) -> DocumentAnchor:  # fmt: skip
    """An anchor from the bytes of a public key file, PEM or DER, of a kind that `DocumentKey` takes.

    Raises:
        DocumentUnreadable: no such key.
    """
    return DocumentAnchor(name, kinds, issuer, DocumentKey.from_file(data).to_der(), b"", printed, types)


def root_anchor(
    name: str, kinds: tuple[DocumentKind, ...], issuer: str, data: bytes, *, printed: bool = False,
    types: tuple[DocumentType, ...] = (), intermediates: bool = False,
) -> DocumentAnchor:  # fmt: skip
    """An anchor from the bytes of a root certificate: PEM or DER, self-signed, of an authority.

    Raises:
        DocumentUnreadable: no certificate.
        TrustRefused: a certificate that can be no root.
    """
    try:
        found = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else None
    except (ValueError, x509.InvalidVersion) as error:
        raise DocumentUnreadable("That isn't a certificate.", remedy="Give one as PEM or DER.") from error
    certificate = load_certificate(data) if found is None else found
    _require_root(certificate)
    der = certificate.public_bytes(_DER)
    return DocumentAnchor(name, kinds, issuer, b"", der, printed, types, intermediates)


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate from DER.

    Raises:
        DocumentUnreadable: no certificate.
    """
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise DocumentUnreadable("That isn't a certificate.", remedy="Give one as PEM or DER.") from error


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
    said: list[Any] = [
        anchor.name, list(anchor.kinds), anchor.issuer, anchor.key, anchor.root, anchor.printed
    ]  # fmt: skip
    # An anchor that names no type is written as earlier versions read it.
    if anchor.types or anchor.intermediates:
        said += [document_types.encode(anchor.types), anchor.intermediates]
    return said


def decode(value: object) -> DocumentAnchor:
    """Read what `encode` wrote, strictly.

    Raises:
        TrustRefused: anything else.
    """
    malformed = TrustRefused("The trust bundle is malformed.")
    if not isinstance(value, list) or len(value) not in (6, 8):
        raise malformed
    name, kinds, issuer, key, root, printed = value[:6]
    types, intermediates = value[6:] or ([], False)
    if len(value) == 8 and (types, intermediates) == ([], False):
        raise malformed
    texts = isinstance(name, str) and isinstance(issuer, str) and isinstance(kinds, list)
    flags = isinstance(printed, bool) and isinstance(intermediates, bool)
    data = isinstance(key, bytes) and isinstance(root, bytes) and flags
    if not texts or not data or not all(isinstance(one, str) for one in kinds):
        raise malformed
    if not 0 < len(name) <= MAX_NAME_LENGTH or len(issuer) > MAX_URI_LENGTH:
        raise malformed
    if not name.isprintable() or not issuer.isprintable() or max(len(key), len(root)) > MAX_ANCHOR_BYTES:
        raise malformed
    try:
        named = document_types.decode(types)
        anchor = DocumentAnchor(name, tuple(kinds), issuer, key, root, printed, named, intermediates)
        _ = anchor.public_key() if key else anchor.certificate()
    except (UsageError, DocumentUnreadable) as error:
        raise malformed from error
    return anchor
