"""A reference that the holder presents: read, checked, and opened last, whatever kind of document it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from moiety.credential.contents import SealedTemplate
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, PortraitEvidence, Reason
from moiety.face.template import FaceTemplate
from moiety.findings import Finding

_HANDLE_BYTES: Final = 16  # as many as a code's own identifier has


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was captured, so that no more of a document is opened than can be compared."""

    face: bool
    fingers: bool
    model: str
    pin: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """What one document gives to compare with; it lives for one comparison.

    Attributes:
        face: the face template, or None where none was wanted or the document holds none.
        family: the calibration tables that the face is judged by: "face", or "portrait" for a picture that an
            issuer shrank and compressed.
        fingers: one template a finger.
        foreign: positions of fingers whose minutiae another program found.
        portrait: what the portrait is like, where the face came from one.
        hindrances: why the portrait cannot be compared with; empty where it can.
        notes: what a reader of the decision must know.
    """

    face: FaceTemplate | None
    family: str = "face"
    fingers: tuple[SealedTemplate, ...] = ()
    foreign: frozenset[int] = frozenset()
    portrait: PortraitEvidence | None = None
    hindrances: tuple[Finding, ...] = ()
    notes: tuple[Reason, ...] = ()

    def __repr__(self) -> str:
        return f"Reference({self.family}, {len(self.fingers)} fingers)"


def handle_of(signed: bytes) -> bytes:
    """16 bytes of a document of another issuer: the head of a SHA-256 under a prefix of its own."""
    return hashlib.sha256(b"moiety/document-handle/1\x00" + signed).digest()[:_HANDLE_BYTES]


def handle_of_portrait(data: bytes) -> bytes:
    """16 bytes of a portrait, under a prefix of its own: attempts are counted by it, under the day's key."""
    return hashlib.sha256(b"moiety/portrait-handle/1\x00" + data).digest()[:_HANDLE_BYTES]


class Accepted(Protocol):
    """A document that may be relied on. Nothing of it has been opened yet."""

    @property
    def evidence(self) -> CredentialEvidence:
        """What was checked of it."""
        ...

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What wasn't checked of it, or isn't known, as a reader of the decision must know."""
        ...

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:
        """What there is to compare with: the last step, and the one that touches the key.

        Raises:
            CredentialRefused: it cannot be opened here, or what is inside is unfit to be a reference.
        """
        ...


class Presented(Protocol):
    """A document as it was read: nothing in it may be relied on before `accept`."""

    @property
    def kind(self) -> str:
        """ "moiety", "claim-169", "mdoc" or "sd-jwt-vc"."""
        ...

    @property
    def handle(self) -> bytes:
        """16 bytes for limits and ceremonies: the same for every copy that holds the same portrait."""
        ...

    @property
    def copy(self) -> bytes:
        """16 bytes that tell this very copy from others."""
        ...

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> Accepted:
        """Check signature, issuer, validity and status, in that order.

        Raises:
            CredentialRefused: it must not be relied on; the subclass says why.
            HomeError, TrustRefused: this verifier is not fit to verify.
        """
        ...
