"""The branch of the tree for what a holder presents, and must not be relied on."""

from __future__ import annotations

from moiety.errors.base import MoietyError


class CredentialRefused(MoietyError):
    """A code was read, and must not be relied on."""

    code = "credential-refused"
    default_remedy = "Do not rely on this code. Offer the way without biometrics."


class CodeMalformed(CredentialRefused):
    """Damaged or altered: does not decode as its format demands."""

    code = "code-malformed"
    default_remedy = "Scan it again; if it fails again, ask the issuer for a new code."


class SignatureInvalid(CredentialRefused):
    """The issuer's signature does not hold."""

    code = "signature-invalid"


class IssuerUntrusted(CredentialRefused):
    """Signed by a key outside the trust bundle."""

    code = "issuer-untrusted"
    default_remedy = "If the issuer should be trusted, import a trust bundle that names it."


class PracticeCode(IssuerUntrusted):
    """A code of the practice range, where people are verified."""

    code = "practice-code"
    default_remedy = "It belongs to nobody. Ask the person for their own code."


class LiveCode(IssuerUntrusted):
    """A person's code, in the practice range."""

    code = "live-code"
    default_remedy = "Practise with the codes of the practice range; a person's own is not opened here."


class CredentialExpired(CredentialRefused):
    """Past its last day."""

    code = "expired"
    default_remedy = "Ask the issuer for a new code."


class CredentialNotYetValid(CredentialRefused):
    """Before its first day."""

    code = "not-yet-valid"
    default_remedy = "Check this machine's clock, or wait until the code's first day."


class CredentialRevoked(CredentialRefused):
    """Withdrawn for good by the issuer."""

    code = "revoked"
    default_remedy = "Ask the issuer for a new code. Offer the way without biometrics."


class CredentialSuspended(CredentialRefused):
    """Withdrawn for now by the issuer."""

    code = "suspended"
    default_remedy = "Ask the issuer to restore it. Offer the way without biometrics."


class StatusUnavailable(CredentialRefused):
    """No status list, or one older than the policy allows."""

    code = "status-unavailable"
    default_remedy = "Import a fresh trust bundle from the issuer."


class SealUnopenable(CredentialRefused):
    """Sealed to another group, transplanted, or damaged."""

    code = "seal-unopenable"
    default_remedy = "Only a verifier of the group that the code was issued for can open it."


class PinRequired(CredentialRefused):
    """The code has a PIN, and none was given."""

    code = "pin-required"
    default_remedy = "Ask the holder for the PIN."


class PinWrong(CredentialRefused):
    """The PIN does not open the code."""

    code = "pin-wrong"
    default_remedy = "Ask the holder to enter the PIN again."


class PinLocked(CredentialRefused):
    """The PIN was wrong too often."""

    code = "pin-locked"
    default_remedy = "Ask the issuer for a new code. Offer the way without biometrics."


class ShareUnavailable(CredentialRefused):
    """The service holds no share of a blind code: it was erased, or nobody asked a service."""

    code = "share-unavailable"
    default_remedy = "Verify where the issuer's key-share service answers. Offer the way without biometrics."


class TemplateMismatch(CredentialRefused):
    """A template of another model, or malformed inside the seal."""

    code = "template-mismatch"
    default_remedy = "Verify with the model that the code was issued for, or issue a new code."


class CertificateRefused(CredentialRefused):
    """A signer's certificate that may not sign, or not now."""

    code = "certificate-refused"


class DigestMismatch(CredentialRefused):
    """Something disclosed is not what the issuer signed."""

    code = "digest-mismatch"


class KeyBindingRefused(CredentialRefused):
    """The holder's own signature is missing, stale or does not hold."""

    code = "key-binding-refused"
    default_remedy = "Ask the holder to present the document anew from their own device."


class PortraitRefused(CredentialRefused):
    """A document's portrait that can be no reference."""

    code = "portrait-refused"
    default_remedy = "Ask for another document, or enrol. Offer the way without biometrics."


class PortraitMissing(PortraitRefused):
    """Withheld, or the document never had one."""

    code = "portrait-missing"
    default_remedy = "Ask the holder to disclose the portrait, or for another document."


class PortraitAmbiguous(PortraitRefused):
    """More than one portrait."""

    code = "portrait-ambiguous"


class PortraitUnreadable(PortraitRefused):
    """Of a kind that is no portrait, or damaged."""

    code = "portrait-unreadable"


class PortraitTooLarge(PortraitRefused):
    """More bytes or pixels than the limits allow."""

    code = "portrait-too-large"
