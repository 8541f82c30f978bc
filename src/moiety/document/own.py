"""A code of ours as one kind of document: checked by `credential.check`, opened with the group's key."""

from __future__ import annotations

from dataclasses import dataclass

from moiety.credential.check import Checked, check, open_contents
from moiety.credential.code import Credential
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document.reference import Reference, Wanted, handle_of
from moiety.errors import TemplateMismatch
from moiety.face.template import FaceTemplate


def handle_of_code(issuer: str, cti: bytes) -> bytes:
    """16 bytes that tell one issuer's code from all others."""
    return handle_of(b"moiety\x00" + issuer.encode() + b"\x00" + cti)


@dataclass(frozen=True, slots=True, repr=False)
class OwnCode:
    """One of our codes, presented."""

    credential: Credential

    @property
    def kind(self) -> str:
        """Always "moiety"."""
        return "moiety"

    @property
    def handle(self) -> bytes:
        """Of issuer and identifier: another issuer's code may have the same identifier."""
        return handle_of_code(self.credential.claims.issuer, self.credential.claims.cti)

    @property
    def copy(self) -> bytes:
        """The same: each code is one of its own."""
        return self.handle

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> OwnAccepted:
        """Trust, signature, validity and status; raises as `credential.check.check`."""
        return OwnAccepted(check(self.credential, trust, now=now, max_status_age=max_status_age))


@dataclass(frozen=True, slots=True, repr=False)
class OwnAccepted:
    """One of our codes that may be relied on."""

    checked: Checked

    @property
    def evidence(self) -> CredentialEvidence:
        """Issuer, last day, status and its age, and how the holder was enrolled."""
        one = self.checked
        return CredentialEvidence(
            one.issuer,
            one.not_after,
            one.status,
            one.status_age_s,
            enrolled=one.credential.claims.enrolled,
        )

    @property
    def notes(self) -> tuple[Reason, ...]:
        """None: all of a code of ours is checked."""
        return ()

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:
        """The sealed templates.

        Raises:
            SealUnopenable, PinRequired, PinWrong: see `credential.check.open_contents`.
            TemplateMismatch: a face was captured and the code holds none, or a malformed one.
        """
        contents = open_contents(self.checked, trust, wanted.pin)
        faces = [one for one in contents.templates if one.modality == "face"]
        face = None
        if wanted.face:
            if len(faces) != 1:
                raise TemplateMismatch(f"The code holds {len(faces)} face templates; one is needed.")
            face = FaceTemplate.from_bytes(faces[0].data, model=faces[0].model, samples=faces[0].samples)
        return Reference(face, fingers=tuple(one for one in contents.templates if one.modality == "finger"))
