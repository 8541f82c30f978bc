"""Claim 169 codes of other issuers (MOSIP, version 1.2.2 and older): a signed portrait, and fingers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from moiety import image
from moiety.credential import claim169, claims, cose
from moiety.credential.claim169 import Attribute, Biometric
from moiety.credential.claims import Statement
from moiety.credential.clock import seconds
from moiety.credential.code import Credential
from moiety.credential.document_types import CLAIM_169
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document import fingers as finger_references
from moiety.document.issuers import Vouched, vouch
from moiety.document.picture_bytes import picture_bytes
from moiety.document.portrait import AGE_UNKNOWN, Portrait, Stated, read_portrait
from moiety.document.reference import Reference, Wanted, handle_of, handle_of_portrait
from moiety.document.standing import StatusClaim, require_made, require_within, standing
from moiety.errors import PortraitAmbiguous, PortraitMissing, PortraitRefused, PortraitUnreadable

KIND: Final = "claim-169"
_IMAGE: Final = 0


@dataclass(frozen=True, slots=True, repr=False)
class ForeignCode:
    """A Claim 169 code of another issuer, as it was read."""

    credential: Credential

    @property
    def kind(self) -> str:
        """Always "claim-169"."""
        return KIND

    @property
    def handle(self) -> bytes:
        """Of the portrait, which a code that is issued again holds again; else of what the issuer signed."""
        try:
            return handle_of_portrait(portrait_of(self.credential.statement.attributes))
        except PortraitRefused:
            return self.copy

    @property
    def copy(self) -> bytes:
        """Of what the issuer signed."""
        return handle_of(self.credential.message.payload)

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> ForeignAccepted:
        """Issuer, signature, validity and status, in that order.

        Raises:
            SignatureInvalid, IssuerUntrusted, CertificateRefused: see `issuers.vouch`.
            CredentialNotYetValid, CredentialExpired, CredentialRevoked, CredentialSuspended,
            StatusUnavailable: see `standing`.
        """
        moment = seconds(now)
        trust.require_current(moment)
        # What the signature is over, and nothing that may have been put beside it since.
        said = claims.decode(self.credential.message.payload)
        vouched = vouch(self.credential.message, said.issuer, trust, KIND, moment, type_name=CLAIM_169)
        require_made(said.issued, moment)
        require_within(said.not_before, said.expires, moment)
        found = standing(StatusClaim(said.status), vouched, trust, moment, max_status_age)
        evidence = CredentialEvidence(vouched.issuer, said.expires, found.status, found.age_s, KIND)
        return ForeignAccepted(said, vouched, evidence, found.notes, moment)


@dataclass(frozen=True, slots=True, repr=False)
class ForeignAccepted:
    """A Claim 169 code of another issuer that may be relied on."""

    said: Statement
    vouched: Vouched
    evidence: CredentialEvidence
    found: tuple[Reason, ...]
    moment: int

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader of the decision must know; no attribute says when a portrait was taken."""
        return (*self.found, AGE_UNKNOWN)

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:  # noqa: ARG002 - nothing is sealed
        """The portrait and the fingers in it.

        Raises:
            PortraitMissing, PortraitAmbiguous, PortraitUnreadable, PortraitTooLarge: a face was captured, and
                the code has not the one portrait that is needed.
        """
        said = self.said
        portrait: Portrait | None = None
        if wanted.face:
            stated = Stated(None, self.vouched.anchor.printed)
            data = portrait_of(said.attributes)
            portrait = read_portrait(data, stated, model=wanted.model, now=self.moment)
        found = finger_references.of_attributes(said.attributes) if wanted.fingers else None
        notes = self.notes if wanted.face else self.found
        return Reference(
            face=None if portrait is None else portrait.template,
            family="portrait",
            fingers=() if found is None else found.templates,
            foreign=frozenset() if found is None else found.foreign,
            portrait=None if portrait is None else portrait.evidence,
            hindrances=() if portrait is None else portrait.findings,
            notes=(*notes, *(() if found is None else found.notes)),
        )


def portrait_of(attributes: Mapping[str, Attribute]) -> bytes:
    """The bytes of the one portrait: attribute 62, or 16 of versions before 1.2.2.

    What counts is what the bytes are: the specification's own example marks a picture as a template. Where
    both attributes hold the same bytes it is one portrait.

    Raises:
        PortraitMissing: there is none, or an empty one.
        PortraitAmbiguous: there are two.
        PortraitUnreadable: what stands there is no picture.
    """
    entries = attributes.get("face", ())
    faces = [one for one in entries if isinstance(one, Biometric)] if isinstance(entries, tuple) else []
    pictures = {picture_bytes(one.data) for one in faces if _may_be_picture(one)}
    photo = attributes.get("photo")
    if photo is not None:
        pictures.add(picture_bytes(photo))
    if len(pictures) > 1:
        raise PortraitAmbiguous(f"The code holds {len(pictures)} different portraits; one is needed.")
    if pictures:
        return pictures.pop()
    if faces:
        named = {
            claim169.FORMATS.get(-1 if one.format is None else one.format, "something unknown")
            for one in faces
        }
        raise PortraitUnreadable(f"The code's face isn't a picture, but: {', '.join(sorted(named))}.")
    raise PortraitMissing("The code holds no portrait.")


def _may_be_picture(one: Biometric) -> bool:
    return one.format in (_IMAGE, None) or image.kind_of(one.data) is not None


def of_message(text: str, message: cose.Sign1) -> ForeignCode:
    """A code from its COSE_Sign1, as an encrypted one holds it.

    Raises:
        CodeMalformed: its payload is not as its format demands.
    """
    return ForeignCode(Credential(text, claims.decode(message.payload), message))
