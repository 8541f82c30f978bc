"""An SD-JWT VC (RFC 9901) as a reference: issuer, validity, disclosures, key binding, portrait."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509

from moiety.credential.claims import status_reference
from moiety.credential.clock import seconds
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Reason
from moiety.document import certificates, jose, key_binding
from moiety.document.disclosures import HASHES, disclosed
from moiety.document.issuers import BROKEN, TRUST, UNTRUSTED, Vouched, named, of_kind, require_signature
from moiety.document.jose import Jws
from moiety.document.key_binding import Expected
from moiety.document.portrait import Stated, read_portrait
from moiety.document.reference import Reference, Wanted, handle_of
from moiety.document.standing import NOT_CHECKED, require_within, standing
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    IssuerUntrusted,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitUnreadable,
    SignatureInvalid,
)

KIND: Final = "sd-jwt-vc"
_TYPES: Final = ("dc+sd-jwt", "vc+sd-jwt")
_PORTRAITS: Final = ("picture", "portrait")
_DATA_URL: Final = re.compile(r"data:image/[a-z0-9.+-]{1,20};base64,")
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
        """Of what the issuer signed: the same whatever is disclosed."""
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
        if self.token.header.get("typ") not in _TYPES or not isinstance(payload.get("vct"), str):
            raise CodeMalformed("The token is no verifiable credential.")
        vouched = _vouch(self.token, trust, moment)
        hash_name = _hash_name(payload)
        claims = disclosed(payload, self.disclosures, hash_name)
        issued, first, last = (_time(payload, name) for name in ("iat", "nbf", "exp"))
        require_within(first, last, moment)
        bound = key_binding.require(
            payload.get("cnf"), self.binding, self.presented, hash_name, self.expected, moment
        )
        stated = payload.get("status")
        known = isinstance(stated, dict) and "status_list" in stated
        reference = status_reference(stated) if known else None
        status, age = standing(reference, vouched.issuer, trust, moment, max_status_age)
        notes = [NOT_CHECKED] if status == "not-checked" else []
        if not bound:
            notes.append(UNBOUND)
        elif self.expected.nonce is None:
            notes.append(NO_NONCE)
        evidence = CredentialEvidence(vouched.issuer, last, status, age, KIND)
        return SdJwtAccepted(claims, Stated(issued, vouched.anchor.printed), evidence, tuple(notes), moment)


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtAccepted:
    """An SD-JWT VC that may be relied on."""

    claims: dict[str, Any]
    stated: Stated
    evidence: CredentialEvidence
    notes: tuple[Reason, ...]
    moment: int

    def open(self, trust: TrustBundle, wanted: Wanted) -> Reference:  # noqa: ARG002 - nothing is sealed
        """The portrait in it; fingers have no claim.

        Raises:
            PortraitMissing, PortraitAmbiguous, PortraitUnreadable, PortraitTooLarge: a face was captured, and
                the document discloses not the one portrait that is needed.
        """
        if not wanted.face:
            return Reference(None, "portrait", notes=self.notes)
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
        raise CodeMalformed("The text is no SD-JWT.")
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
    found = {_picture(one) for one in stated}
    if len(found) > 1:
        raise PortraitAmbiguous(f"The document holds {len(found)} portraits; one is needed.")
    return found.pop()


def _picture(value: object) -> bytes:
    if not isinstance(value, str):
        raise PortraitUnreadable("The document's portrait is no picture.")
    bare = _DATA_URL.sub("", value, count=1) if value.startswith("data:image/") else value
    try:
        return base64.b64decode(
            bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True
        )
    except (ValueError, binascii.Error) as error:
        raise PortraitUnreadable(
            "The document's portrait is not inside it; nothing is fetched from elsewhere."
        ) from error


def _vouch(token: Jws, trust: TrustBundle, now: int) -> Vouched:
    """Who signed the token. With certificates, its issuer must be the one that they name."""
    issuer = token.payload.get("iss")
    if issuer is not None and not isinstance(issuer, str):
        raise CodeMalformed("The document names its issuer by something other than text.")
    if not token.signature or token.header.get("alg") == "none":
        raise SignatureInvalid("The document is not signed.")
    anchors = of_kind(trust, KIND)
    mine = [one for one in anchors if one.key and one.issuer == issuer]
    for one in mine:
        if one.public_key().verifies(token.algorithm, token.signature, token.signed):
            return Vouched(named(one, issuer), one)
    chain = token.chain()
    if not chain:
        if mine:
            raise SignatureInvalid(BROKEN)
        raise IssuerUntrusted(UNTRUSTED, remedy=TRUST)
    roots = [one for one in anchors if one.root and one.issuer in ("", issuer)]
    key, certificate, root = certificates.signer(chain, roots, now)
    require_signature([key], token.algorithm, token.signature, token.signed)
    if issuer is not None and not _certified(certificate, issuer):
        raise CertificateRefused("The document names another issuer than its certificate.")
    return Vouched(root.name if issuer is None else issuer, root, certificate)


def _certified(certificate: x509.Certificate, issuer: str) -> bool:
    """Whether the certificate names this issuer: its URI, or the host in it (SD-JWT VC, section 3.5)."""
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
        raise CodeMalformed(f"The document's {name} is no date.")
    return int(value)
