"""A mobile document as a reference: its signature, chain to a pinned root, validity, digests, portrait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from moiety.credential.clock import seconds
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document import mobile_security
from moiety.document.issuers import Vouched, vouch
from moiety.document.mdoc import Mdoc
from moiety.document.mobile_security import SecurityObject, day_of
from moiety.document.picture_bytes import picture_bytes
from moiety.document.portrait import AGE_UNKNOWN, Stated, read_portrait
from moiety.document.reference import Reference, Wanted, handle_of, handle_of_portrait
from moiety.document.standing import require_made, require_within, standing
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitRefused,
)

KIND: Final = "mdoc"
_PORTRAIT: Final = "portrait"
_CAPTURED: Final = "portrait_capture_date"
_ISSUED: Final = ("date_of_issuance", "issuance_date", "issue_date")
_COUNTRY: Final = "issuing_country"
_UNDATED: Final = frozenset({"eu.europa.ec.eudi.pid.1"})
"""Name spaces that have no date of capture, so that nobody can withhold it."""

DEVICE: Final = Reason(
    "device-not-checked",
    "Whether the document came from its holder's own device was not checked: a file of it can be copied.",
)
NO_COUNTRY: Final = Reason(
    "issuing-country-not-shown",
    "The document doesn't show its issuing country, so it was not held against its signer's certificate.",
)


@dataclass(frozen=True, slots=True, repr=False)
class MobileDocument:
    """A mobile document, presented."""

    document: Mdoc

    @property
    def kind(self) -> str:
        """Always "mdoc"."""
        return KIND

    @property
    def handle(self) -> bytes:
        """Of the portrait: wallets hold several copies of one document, each to be shown once."""
        try:
            return handle_of_portrait(portrait_of(self.document))
        except PortraitRefused:
            return self.copy

    @property
    def copy(self) -> bytes:
        """Of what the issuer signed: the same whatever is disclosed of this very copy."""
        return handle_of(self.document.message.payload)

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> MobileAccepted:
        """What was signed, issuer, signature, digests of all that is disclosed, validity, status.

        Raises:
            SignatureInvalid, IssuerUntrusted, CertificateRefused: see `issuers.vouch`.
            CodeMalformed: what was signed is malformed, or is for another kind of document.
            DigestMismatch: an element is not the one signed.
            CredentialNotYetValid, CredentialExpired, CredentialRevoked, CredentialSuspended,
            StatusUnavailable: see `standing`.
        """
        instant = seconds(now)
        trust.require_current(instant)
        message = self.document.message
        signed = mobile_security.decode(message.payload)
        vouched = vouch(message, None, trust, KIND, instant, type_name=signed.doc_type)
        self._require_agreement(signed, vouched)
        for item in self.document.items:
            signed.require_digest(item)
        require_made(signed.signed, instant)
        require_within(signed.valid_from, signed.valid_until, instant)
        found = standing(signed.status, vouched, trust, instant, max_status_age)
        stated = self._stated(signed, vouched)
        evidence = CredentialEvidence(
            vouched.issuer, signed.valid_until, found.status, found.age_s, KIND,
            document_type=signed.doc_type,
        )  # fmt: skip
        notes = [DEVICE, *found.notes]
        if not self._values(_COUNTRY):
            notes.append(NO_COUNTRY)
        return MobileAccepted(self.document, stated, evidence, tuple(notes), instant)

    def _require_agreement(self, signed: SecurityObject, vouched: Vouched) -> None:
        """ISO/IEC 18013-5, 9.3.1: type, time of signing and country agree with what signed them."""
        if self.document.doc_type not in (None, signed.doc_type):
            raise CodeMalformed("The mobile document says that it is of another kind than its issuer signed.")
        certificate = vouched.certificate
        if certificate is None:
            return
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not first.timestamp() <= signed.signed <= last.timestamp():
            raise CertificateRefused("The document was signed outside the time of its signer's certificate.")
        countries = _countries(certificate)
        of_root = _countries(vouched.anchor.certificate())
        if countries and of_root and countries != of_root:  # nobody can withhold these
            raise CertificateRefused("The signer's certificate is of another country than its root.")
        named = countries or of_root
        stated = self._values(_COUNTRY)
        if named and any(not isinstance(one, str) or one.upper() not in named for one in stated):
            raise CertificateRefused("The document names another country than its signer's certificate.")

    def _values(self, *names: str) -> list[object]:
        return [one.value for one in self.document.items if one.name in names]

    def _stated(self, signed: SecurityObject, vouched: Vouched) -> Stated:
        """When the portrait was taken, or else the document issued; the oldest of several dates counts."""
        captured, issued = (
            [day for day in map(day_of, self._values(*names)) if day is not None]
            for names in ((_CAPTURED,), _ISSUED)
        )
        shown = [one.namespace for one in self.document.items]
        withheld = {one for one in signed.digests if len(signed.digests[one]) > shown.count(one)}
        # Of what is withheld, one element may be an older date of capture.
        unknown = not captured and bool(withheld - _UNDATED if issued else withheld)
        taken = min(captured or issued, default=None)
        return Stated(taken, vouched.anchor.printed, withheld=unknown)


@dataclass(frozen=True, slots=True, repr=False)
class MobileAccepted:
    """A mobile document that may be relied on."""

    document: Mdoc
    stated: Stated
    evidence: CredentialEvidence
    found: tuple[Reason, ...]
    moment: int

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader of the decision must know."""
        return (*self.found, *((AGE_UNKNOWN,) if self.stated.unknown else ()))

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:  # noqa: ARG002 - nothing is sealed
        """The portrait in it; a mobile document holds no fingers.

        Raises:
            PortraitMissing, PortraitAmbiguous, PortraitUnreadable, PortraitTooLarge: a face was captured, and
                the document discloses not the one portrait that is needed.
        """
        if not wanted.face:
            return Reference(None, "portrait", notes=self.found)
        portrait = read_portrait(portrait_of(self.document), self.stated, model=wanted.model, now=self.moment)
        return Reference(
            portrait.template,
            "portrait",
            portrait=portrait.evidence,
            hindrances=portrait.findings,
            notes=self.notes,
        )


def portrait_of(document: Mdoc) -> bytes:
    """The bytes of the one portrait that is disclosed.

    Raises:
        PortraitMissing, PortraitAmbiguous: none, or several that differ.
        PortraitUnreadable: an element of that name that holds no bytes.
    """
    stated = [one.value for one in document.items if one.name == _PORTRAIT]
    if not stated:
        raise PortraitMissing("The mobile document does not disclose a portrait.")
    found = {picture_bytes(one) for one in stated}
    if len(found) > 1:
        raise PortraitAmbiguous(f"The mobile document holds {len(found)} portraits; one is needed.")
    return found.pop()


def _countries(certificate: x509.Certificate) -> set[str]:
    named = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return {str(one.value).upper() for one in named}
