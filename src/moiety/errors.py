"""Everything that Moiety raises on purpose: one tree.

A comparison that does not match is a result (`Decision`), not an exception. These are for input that is
malformed, tampered with, expired, revoked, unconsented or unreadable::

    MoietyError
    ├── UsageError               the call itself is wrong (also a ValueError)
    │   └── OverBudget           the templates do not fit the chosen code size
    ├── InputError               what was handed in cannot be read
    │   ├── ImageUnreadable      not a picture, truncated, or of an unsupported kind
    │   ├── ImageTooLarge        more bytes or pixels than the limits allow
    │   ├── CodeUnreadable       no code in the picture, or text that is no code
    │   └── DocumentUnreadable   a consent record, trust bundle, policy or table that cannot be parsed
    ├── CredentialRefused        a code was read, and must not be relied on
    │   ├── CodeMalformed        damaged or altered: does not decode as its format demands
    │   ├── SignatureInvalid     the issuer's signature does not hold
    │   ├── IssuerUntrusted      signed by a key outside the trust bundle
    │   │   ├── PracticeCode     a code of the practice range, where people are verified
    │   │   └── LiveCode         a person's code, in the practice range
    │   ├── CredentialExpired
    │   ├── CredentialNotYetValid
    │   ├── CredentialRevoked
    │   ├── CredentialSuspended
    │   ├── StatusUnavailable    no status list, or one older than the policy allows
    │   ├── SealUnopenable       sealed to another group, transplanted, or damaged
    │   ├── PinRequired
    │   ├── PinWrong
    │   ├── PinLocked            the PIN was wrong too often
    │   ├── ShareUnavailable     the service holds no share of a blind code: erased, or not asked
    │   ├── TemplateMismatch     a template of another model, or malformed inside the seal
    │   ├── CertificateRefused   a signer's certificate that may not sign, or not now
    │   ├── DigestMismatch       something disclosed is not what the issuer signed
    │   ├── KeyBindingRefused    the holder's own signature is missing, stale or does not hold
    │   └── PortraitRefused      a document's portrait that can be no reference
    │       ├── PortraitMissing      withheld, or the document never had one
    │       ├── PortraitAmbiguous    more than one
    │       ├── PortraitUnreadable   of a kind that is no portrait, or damaged
    │       └── PortraitTooLarge     more bytes or pixels than the limits allow
    ├── TrustRefused             a trust bundle or status list that must not be relied on
    ├── CaptureRefused           enrolment pictures that cannot become a reference
    │   ├── QualityRefused       a picture fails the enrolment gate
    │   ├── LivenessRefused      the live frames do not show a live person
    │   └── PicturesDisagree     the pictures do not show one and the same person
    ├── ConsentError             no valid consent, hence no capture
    ├── HomeError                the home directory or its keys cannot be used
    │   ├── KeyUnavailable       a key is missing, or belongs to another role
    │   ├── PermissionsTooOpen   others could read a private key
    │   └── ClockSetBack         the clock is earlier than what this home has already seen
    ├── ModelError               a model file is missing, altered or not licensed for this use
    ├── LedgerRefused            an account that must not be relied on
    │   ├── LedgerMalformed      a checkpoint, tile, proof or event that does not decode as its format demands
    │   ├── LedgerTampered       an entry, tile, body or signature is not what was entered
    │   ├── LedgerForked         the log does not follow from what was seen of it before
    │   └── LedgerPending        an event that waits for its place: there is no proof yet
    ├── StorageError             the disk refused: full, read-only, gone
    │   └── StoreUnavailable     the service's database is away, full, or too slow
    └── RequestRefused           the service does not do what was asked of it
        ├── RequestMalformed     not what the route takes: its fields, or their values
        │   ├── RequestTooLarge  more bytes than the route takes
        │   ├── RequestTooSlow   it took too long to arrive
        │   └── MediaTypeRefused a content type that the route does not take
        ├── NotSignedIn          nobody is signed in, or the session or token has ended
        ├── NotAllowed           the role does not allow it, or the request came from another page
        ├── NotFound             there is no such thing, or not for this caller
        ├── Conflict             it is no longer as the caller believed
        ├── CeremonyRefused      a ceremony that is unknown, foreign, used, expired or out of order
        ├── RateLimited          too many attempts
        └── Overloaded           more at once than this machine can do

Each says what is wrong (`str(error)`), what to do (`error.remedy`), and has a stable `error.code` for
programs. No message carries a picture, a template, a key or a PIN.
"""

from __future__ import annotations

from typing import ClassVar


class MoietyError(Exception):
    """The root: everything that Moiety raises on purpose.

    `code` is stable across versions and safe to match on; `remedy` says what to do next.
    """

    code: ClassVar[str] = "error"
    default_remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy: str = self.default_remedy if remedy is None else remedy

    def diagnostics(self) -> str:
        """The message and the remedy, for a person."""
        return f"{self} {self.remedy}".strip()


class UsageError(MoietyError, ValueError):
    """The call itself is wrong."""

    code = "usage"


class OverBudget(UsageError):
    """The templates do not fit the chosen code size."""

    code = "over-budget"
    default_remedy = "Leave something out, or choose a larger profile."


class InputError(MoietyError):
    """What was handed in cannot be read."""

    code = "input"


class ImageUnreadable(InputError):
    """Not a picture, truncated, or of an unsupported kind."""

    code = "image-unreadable"
    default_remedy = "Give a JPEG, PNG, WebP or AVIF picture, whole and unencrypted."


class ImageTooLarge(InputError):
    """More bytes or pixels than the limits allow."""

    code = "image-too-large"
    default_remedy = "Give a picture of at most 25 MB, and 25 megapixels (a JPEG: 50)."


class CodeUnreadable(InputError):
    """No code in the picture, or text that is no code."""

    code = "code-unreadable"
    default_remedy = "Hold the code flat and in focus, fill the picture with it, and try again."


class DocumentUnreadable(InputError):
    """A consent record, trust bundle, policy or table that cannot be parsed."""

    code = "document-unreadable"


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


class TrustRefused(MoietyError):
    """A trust bundle or status list that must not be relied on."""

    code = "trust-refused"
    default_remedy = "Fetch the bundle again from where the issuer publishes it."


class CaptureRefused(MoietyError):
    """Enrolment pictures that cannot become a reference."""

    code = "capture-refused"
    default_remedy = "Take the pictures again."


class QualityRefused(CaptureRefused):
    """A picture fails the enrolment gate."""

    code = "quality-refused"


class LivenessRefused(CaptureRefused):
    """The live frames do not show a live person."""

    code = "liveness-refused"
    default_remedy = "Do it once more, or choose the low-motion way, or the way without biometrics."


class PicturesDisagree(CaptureRefused):
    """The pictures do not show one and the same person."""

    code = "pictures-disagree"
    default_remedy = "Take all pictures again, of the one person who enrols."


class ConsentError(MoietyError):
    """No valid consent, hence no capture."""

    code = "consent"
    default_remedy = "Record consent first: moiety consent new --purpose TEXT --out FILE."


class HomeError(MoietyError):
    """The home directory or its keys cannot be used."""

    code = "home"
    default_remedy = "Make a home with: moiety init --home DIR --issuer-uri URI."


class KeyUnavailable(HomeError):
    """A key is missing, or belongs to another role."""

    code = "key-unavailable"
    default_remedy = "Restore the key from its backup: moiety keys restore."


class PermissionsTooOpen(HomeError):
    """Others could read a private key."""

    code = "permissions-too-open"
    default_remedy = "Let only the owner read it: chmod 600 FILE (and 700 for its directory)."


class ClockSetBack(HomeError):
    """The clock is earlier than what this home has already seen."""

    code = "clock-set-back"
    default_remedy = "Set this machine's clock right."


class ModelError(MoietyError):
    """A model file is missing, altered or not licensed for this use."""

    code = "model"
    default_remedy = "Install again from the lock: make install."


class LedgerRefused(MoietyError):
    """An account that must not be relied on."""

    code = "ledger-refused"
    default_remedy = "Keep what you have as evidence, and ask the log's operator and its witnesses."


class LedgerMalformed(LedgerRefused):
    """A checkpoint, tile, proof or event that does not decode as its format demands."""

    code = "ledger-malformed"
    default_remedy = "Fetch it again; if it stays so, keep it as evidence."


class LedgerTampered(LedgerRefused):
    """An entry, tile, body or signature is not what was entered."""

    code = "ledger-tampered"


class LedgerForked(LedgerRefused):
    """The log does not follow from what was seen of it before."""

    code = "ledger-forked"


class LedgerPending(LedgerRefused):
    """An event that waits for its place in the log: it is kept, and there is no proof of it yet."""

    code = "ledger-pending"
    default_remedy = "Ask for the proof again later."


class StorageError(MoietyError):
    """The disk refused: full, read-only, gone."""

    code = "storage"
    default_remedy = (
        "Make room or choose another place, then run the command again. Nothing was half-written."
    )


class StoreUnavailable(StorageError):
    """The service's database is away, full, or too slow."""

    code = "store-unavailable"
    default_remedy = (
        "Try again in a moment. Nothing was kept of this request; if it goes on, tell the operator."
    )


class RequestRefused(MoietyError):
    """The service does not do what was asked of it."""

    code = "request-refused"


class RequestMalformed(RequestRefused):
    """Not what the route takes: its fields, or their values."""

    code = "request-malformed"
    default_remedy = "See what the route takes: /openapi.json."


class RequestTooLarge(RequestMalformed):
    """More bytes than the route takes."""

    code = "request-too-large"
    default_remedy = "Send fewer or smaller pictures."


class RequestTooSlow(RequestMalformed):
    """It took too long to arrive."""

    code = "request-too-slow"
    default_remedy = "Try again on a better line, with smaller pictures."


class MediaTypeRefused(RequestMalformed):
    """A content type that the route does not take."""

    code = "media-type-refused"


class NotSignedIn(RequestRefused):
    """Nobody is signed in, or the session or token has ended."""

    code = "not-signed-in"
    default_remedy = "Sign in, or send a valid token."


class NotAllowed(RequestRefused):
    """The role does not allow it, or the request came from another page."""

    code = "not-allowed"
    default_remedy = "Ask an administrator for the role that this needs."


class NotFound(RequestRefused):
    """There is no such thing, or not for this caller."""

    code = "not-found"


class Conflict(RequestRefused):
    """It is no longer as the caller believed."""

    code = "conflict"
    default_remedy = "Look again, then decide anew."


class CeremonyRefused(RequestRefused):
    """A ceremony that is unknown, foreign, used, expired or out of order."""

    code = "ceremony-refused"
    default_remedy = "Begin a new ceremony."


class RateLimited(RequestRefused):
    """Too many attempts."""

    code = "rate-limited"
    default_remedy = "Wait, or use the way without biometrics."
    retry_after_s: int = 60


class Overloaded(RequestRefused):
    """More at once than this machine can do."""

    code = "overloaded"
    default_remedy = "Try again in a moment."
