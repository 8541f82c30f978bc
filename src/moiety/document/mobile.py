"""A mobile document as a reference: its signature, chain to a pinned root, validity, digests, portrait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.x509.oid import NameOID

from moiety.credential.clock import seconds
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document import mobile_security
from moiety.document.issuers import Vouched, vouch
from moiety.document.mdoc import Mdoc
from moiety.document.mobile_security import SecurityObject, day_of
from moiety.document.parameters import MDL_SIGNER
from moiety.document.portrait import Stated, read_portrait
from moiety.document.reference import Reference, Wanted, handle_of
from moiety.document.standing import NOT_CHECKED, require_within, standing
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitUnreadable,
)

KIND: Final = "mdoc"
MDL: Final = "org.iso.18013.5.1.mDL"
_PORTRAIT: Final = "portrait"
_WHEN: Final = ("portrait_capture_date", "issue_date", "issuance_date")

DEVICE: Final = Reason(
    "device-not-checked",
    "Whether the document came from its holder's own device was not checked: a file of it can be copied.",
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
        """Of what the issuer signed: the same whatever is disclosed."""
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
        purpose = MDL_SIGNER if signed.doc_type == MDL else None
        vouched = vouch(message, None, trust, KIND, instant, purpose=purpose)
        self._require_agreement(signed, vouched)
        for item in self.document.items:
            signed.require_digest(item)
        require_within(signed.valid_from, signed.valid_until, instant)
        status, age = standing(signed.status, vouched.issuer, trust, instant, max_status_age)
        evidence = CredentialEvidence(vouched.issuer, signed.valid_until, status, age, KIND)
        return MobileAccepted(self.document, signed, vouched, evidence, instant)

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
        named = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
        countries = {str(one.value).upper() for one in named}
        stated = [one.value for one in self.document.items if one.name == "issuing_country"]
        if countries and any(not isinstance(one, str) or one.upper() not in countries for one in stated):
            raise CertificateRefused("The document names another country than its signer's certificate.")


@dataclass(frozen=True, slots=True, repr=False)
class MobileAccepted:
    """A mobile document that may be relied on."""

    document: Mdoc
    signed: SecurityObject
    vouched: Vouched
    evidence: CredentialEvidence
    moment: int

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:  # noqa: ARG002 - nothing is sealed
        """The portrait in it; a mobile document holds no fingers.

        Raises:
            PortraitMissing, PortraitAmbiguous, PortraitUnreadable, PortraitTooLarge: a face was captured, and
                the document discloses not the one portrait that is needed.
        """
        notes = (DEVICE, *((NOT_CHECKED,) if self.evidence.status == "not-checked" else ()))
        if not wanted.face:
            return Reference(None, "portrait", notes=notes)
        stated = Stated(self._taken(), self.vouched.anchor.printed)
        portrait = read_portrait(portrait_of(self.document), stated, model=wanted.model, now=self.moment)
        return Reference(
            portrait.template,
            "portrait",
            portrait=portrait.evidence,
            hindrances=portrait.findings,
            notes=notes,
        )

    def _taken(self) -> int:
        """When the portrait was taken, or the document issued, or at least signed."""
        for name in _WHEN:
            for item in self.document.items:
                found = day_of(item.value) if item.name == name else None
                if found is not None:
                    return found
        return self.signed.signed


def portrait_of(document: Mdoc) -> bytes:
    """The bytes of the one portrait that is disclosed.

    Raises:
        PortraitMissing, PortraitAmbiguous: none, or several that differ.
        PortraitUnreadable: an element of that name that is no byte string.
    """
    found = [one.value for one in document.items if one.name == _PORTRAIT]
    if not found:
        raise PortraitMissing("The mobile document does not disclose a portrait.")
    if not all(isinstance(one, bytes) for one in found):
        raise PortraitUnreadable("The mobile document's portrait is no picture.")
    if len(set(found)) > 1:
        raise PortraitAmbiguous(f"The mobile document holds {len(set(found))} portraits; one is needed.")
    portrait: bytes = found[0]
    return portrait
