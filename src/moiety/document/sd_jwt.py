"""An SD-JWT VC (RFC 9901) as a reference: issuer, validity, disclosures, key binding, portrait."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509

from moiety.credential.clock import seconds
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import MAX_TYPE_LENGTH
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document import jose, key_binding
from moiety.document.disclosures import HASHES, disclosed, withholds
from moiety.document.issuers import Signed, Vouched, vouch_signed
from moiety.document.jose import Jws
from moiety.document.key_binding import Expected
from moiety.document.mobile_security import day_of
from moiety.document.picture_bytes import picture_bytes
from moiety.document.portrait import AGE_UNKNOWN, Stated, read_portrait
from moiety.document.reference import Reference, Wanted, handle_of, handle_of_portrait
from moiety.document.standing import (
    StatusClaim,
    require_made,
    require_within,
    standing,
    status_claim,
)
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    CredentialRefused,
    PortraitAmbiguous,
    PortraitMissing,
    SignatureInvalid,
)

KIND: Final = "sd-jwt-vc"
_TYPES: Final = ("dc+sd-jwt", "vc+sd-jwt")
_PORTRAITS: Final = ("picture", "portrait")
_CAPTURED: Final = "portrait_capture_date"
_ISSUED: Final = ("date_of_issuance", "issuance_date", "issue_date")
_UNDATED: Final = ("urn:eudi:pid:", "urn:eu.europa.ec.eudi:pid:")
"""Types that have no date of capture, so that nobody can withhold it; their national forms begin so too."""
_HOST: Final = re.compile(r"https://([A-Za-z0-9.-]{1,253})(?::\d{1,5})?(?:[/?#]|$)")
_LAST_SECOND: Final = 253_402_300_799

NO_NONCE: Final = Reason(
    "nonce-not-checked",
    "The holder's signature is fresh, but has no nonce of this verifier: it may be made for another.",
)
UNBOUND: Final = Reason(
    "holder-key-not-bound", "The document is bound to no key of its holder: a copy of it looks the same."
)


@dataclass(frozen=True, slots=True, repr=False)
class SdJwt:
    """An SD-JWT VC, presented.

    Attributes:
        token: the issuer's JWS.
        disclosures: what the holder discloses, as text.
        presented: what the holder's signature is over: everything before it.
        binding: the holder's signature; empty where there is none.
        expected: what the holder was asked to sign.
    """

    token: Jws
    disclosures: tuple[str, ...]
    presented: str
    binding: str
    expected: Expected = field(default_factory=Expected)

    @property
    def kind(self) -> str:
        """Always "sd-jwt-vc"."""
        return KIND

    @property
    def handle(self) -> bytes:
        """Of the portrait: wallets hold several copies of one document, each to be shown once."""
        try:
            claims = disclosed(self.token.payload, self.disclosures, _hash_name(self.token.payload))
            return handle_of_portrait(portrait_of(claims))
        except CredentialRefused:
            return self.copy

    @property
    def copy(self) -> bytes:
        """Of what the issuer signed: the same whatever is disclosed of this very copy."""
        return handle_of(self.token.signed)

    def accept(self, trust: TrustBundle, *, now: int | None, max_status_age: int | None) -> SdJwtAccepted:
        """Type, issuer, signature, disclosures, validity, key binding, status.

        Raises:
            CodeMalformed: not as its format demands.
            SignatureInvalid, IssuerUntrusted, CertificateRefused: as for other documents.
            DigestMismatch: a disclosure that the issuer did not sign.
            KeyBindingRefused: see `key_binding.require`.
            CredentialNotYetValid, CredentialExpired, CredentialRevoked, CredentialSuspended,
            StatusUnavailable: see `standing`.
        """
        moment = seconds(now)
        trust.require_current(moment)
        payload = self.token.payload
        type_name = _type(self.token)
        vouched = _vouch(self.token, type_name, trust, moment)
        hash_name = _hash_name(payload)
        claims = disclosed(payload, self.disclosures, hash_name)
        issued, first, last = (_time(payload, name) for name in ("iat", "nbf", "exp"))
        require_made(issued, moment)
        require_within(first, last, moment)
        bound = key_binding.require(
            payload.get("cnf"), self.binding, self.presented, hash_name, self.expected, moment
        )
        found = standing(_status(payload), vouched, trust, moment, max_status_age)
        notes = list(found.notes)
        if not bound:
            notes.append(UNBOUND)
        elif self.expected.nonce is None:
            notes.append(NO_NONCE)
        evidence = CredentialEvidence(
            vouched.issuer, last, found.status, found.age_s, KIND, document_type=type_name
        )
        hidden = withholds(payload, self.disclosures, hash_name)
        stated = _stated(claims, vouched, hidden=hidden and not type_name.startswith(_UNDATED))
        return SdJwtAccepted(claims, stated, evidence, tuple(notes), moment)


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtAccepted:
    """An SD-JWT VC that may be relied on."""

    claims: dict[str, Any]
    stated: Stated
    evidence: CredentialEvidence
    found: tuple[Reason, ...]
    moment: int

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader of the decision must know."""
        return (*self.found, *((AGE_UNKNOWN,) if self.stated.unknown else ()))

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:  # noqa: ARG002 - nothing is sealed
        """The portrait in it; fingers have no claim.

        Raises:
            PortraitMissing, PortraitAmbiguous, PortraitUnreadable, PortraitTooLarge: a face was captured, and
                the document discloses not the one portrait that is needed.
        """
        if not wanted.face:
            return Reference(None, "portrait", notes=self.found)
        portrait = read_portrait(portrait_of(self.claims), self.stated, model=wanted.model, now=self.moment)
        return Reference(
            portrait.template,
            "portrait",
            portrait=portrait.evidence,
            hindrances=portrait.findings,
            notes=self.notes,
        )


def decode(text: str, expected: Expected | None = None) -> SdJwt:
    """Take a presentation apart: the issuer's token, disclosures, and the holder's signature.

    Raises:
        CodeMalformed: it is none.
    """
    parts = text.split("~")
    if len(parts) < 2 or not text.isascii():
        raise CodeMalformed("The text isn't an SD-JWT.")
    token, *disclosures, binding = parts
    presented = text[: len(text) - len(binding)]
    return SdJwt(
        jose.decode(token),
        tuple(disclosures),
        presented,
        binding,
        Expected() if expected is None else expected,
    )


def portrait_of(claims: dict[str, Any]) -> bytes:
    """The bytes of the one portrait that is disclosed, in the claim `picture` or `portrait`.

    Raises:
        PortraitMissing, PortraitAmbiguous: none, or several that differ.
        PortraitUnreadable: no picture inside the document: an address of one, or something else.
    """
    stated: list[object] = []
    for name in _PORTRAITS:
        value = claims.get(name)
        stated.extend(value if isinstance(value, list) else [] if value is None else [value])
    if not stated:
        raise PortraitMissing("The document does not disclose a portrait.")
    found = {picture_bytes(one) for one in stated}
    if len(found) > 1:
        raise PortraitAmbiguous(f"The document holds {len(found)} portraits; one is needed.")
    return found.pop()


def _type(token: Jws) -> str:
    """The document's type, its `vct`: in decisions and receipts as it stands."""
    name = token.payload.get("vct")
    if jose.media_type(token.header.get("typ")) not in _TYPES or not isinstance(name, str):
        raise CodeMalformed("The token isn't a verifiable credential.")
    if not 0 < len(name) <= MAX_TYPE_LENGTH or not name.isprintable():
        raise CodeMalformed("The document names its type by something other than a short text.")
    return name


def _status(payload: dict[str, Any]) -> StatusClaim:
    """Where its status is kept; `credentialStatus` is another mechanism, of which nothing is known here."""
    if payload.get("status") is None and "credentialStatus" in payload:
        return StatusClaim(None, strange=True)
    return status_claim(payload.get("status"))


def _stated(claims: dict[str, Any], vouched: Vouched, *, hidden: bool) -> Stated:
    """When the portrait was taken, or else the document issued. A token is signed anew every few weeks, so
    `iat` says neither; and what is withheld (`hidden`) may be an older date of capture."""
    captured, issued = (
        [day for day in (day_of(claims.get(name)) for name in names) if day is not None]
        for names in ((_CAPTURED,), _ISSUED)
    )
    taken = min(captured or issued, default=None)
    return Stated(taken, vouched.anchor.printed, withheld=taken is None or (hidden and not captured))


def _vouch(token: Jws, type_name: str, trust: TrustBundle, now: int) -> Vouched:
    """Who signed the token, under a name that its key, its root's anchor or its certificate says."""
    issuer = token.payload.get("iss")
    if issuer is not None and not isinstance(issuer, str):
        raise CodeMalformed("The document names its issuer by something other than text.")
    if token.header.get("alg") == "none":
        raise SignatureInvalid("The document isn't signed.")
    signed = Signed(issuer, type_name, token.algorithm, token.signature, token.signed, token.chain())
    vouched = vouch_signed(signed, trust, KIND, now)
    # A root that our root bound to this very issuer needs no certificate that repeats the name.
    unnamed = vouched.certificate is not None and issuer is not None and vouched.anchor.issuer != issuer
    if unnamed and not _certified(vouched.certificate, issuer):
        raise CertificateRefused(
            "The document names another issuer than its certificate.",
            remedy="If this root is that issuer's own, add it again with --issuer-uri.",
        )
    return vouched


def _certified(certificate: x509.Certificate | None, issuer: str | None) -> bool:
    """Whether the certificate names this issuer: its URI, or the host in it (SD-JWT VC, section 3.5)."""
    if certificate is None or issuer is None:
        return False
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    hosts = names.get_values_for_type(x509.DNSName)
    host = _HOST.match(issuer)
    return issuer in uris or (host is not None and host[1].lower() in {one.lower() for one in hosts})


def _hash_name(payload: dict[str, Any]) -> str:
    stated = payload.get("_sd_alg", "sha-256")
    name = HASHES.get(stated) if isinstance(stated, str) else None
    if name is None:
        raise CodeMalformed("The document's digests are of a kind that is not taken.")
    return name


def _time(payload: dict[str, Any], name: str) -> int | None:
    value = payload.get(name)
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value <= _LAST_SECOND:
        raise CodeMalformed(f"The document's {name} isn't a date.")
    return int(value)
