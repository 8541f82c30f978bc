"""Everything that Moiety raises on purpose: one tree.

A comparison that does not match is a result (`Decision`), not an exception. These are for input that is
malformed, tampered with, expired, revoked, unconsented or unreadable::

    MoietyError
    ├── UsageError               the call itself is wrong (also a ValueError)
    │   ├── OverBudget           the templates do not fit the chosen code size
    │   └── PolicyTooLax         a policy that asks for less than the root's
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
        │   └── OtherPage        a browser says that it came from a page of another address
        ├── NotFound             there is no such thing, or not for this caller
        ├── Conflict             it is no longer as the caller believed
        │   └── SeveralCodes     a short identifier that more than one code has
        ├── CeremonyRefused      a ceremony that is unknown, foreign, used, expired or out of order
        ├── RateLimited          too many attempts
        └── Overloaded           more at once than this machine can do

Each says what is wrong (`str(error)`), what to do (`error.remedy`), and has a stable `error.code` for
programs. No message carries a picture, a template, a key or a PIN.
"""

from moiety.errors.base import CaptureRefused as CaptureRefused
from moiety.errors.base import ClockSetBack as ClockSetBack
from moiety.errors.base import CodeUnreadable as CodeUnreadable
from moiety.errors.base import ConsentError as ConsentError
from moiety.errors.base import DocumentUnreadable as DocumentUnreadable
from moiety.errors.base import HomeError as HomeError
from moiety.errors.base import ImageTooLarge as ImageTooLarge
from moiety.errors.base import ImageUnreadable as ImageUnreadable
from moiety.errors.base import InputError as InputError
from moiety.errors.base import KeyUnavailable as KeyUnavailable
from moiety.errors.base import LedgerForked as LedgerForked
from moiety.errors.base import LedgerMalformed as LedgerMalformed
from moiety.errors.base import LedgerPending as LedgerPending
from moiety.errors.base import LedgerRefused as LedgerRefused
from moiety.errors.base import LedgerTampered as LedgerTampered
from moiety.errors.base import LivenessRefused as LivenessRefused
from moiety.errors.base import ModelError as ModelError
from moiety.errors.base import MoietyError as MoietyError
from moiety.errors.base import OverBudget as OverBudget
from moiety.errors.base import PermissionsTooOpen as PermissionsTooOpen
from moiety.errors.base import PicturesDisagree as PicturesDisagree
from moiety.errors.base import PolicyTooLax as PolicyTooLax
from moiety.errors.base import QualityRefused as QualityRefused
from moiety.errors.base import StorageError as StorageError
from moiety.errors.base import StoreUnavailable as StoreUnavailable
from moiety.errors.base import TrustRefused as TrustRefused
from moiety.errors.base import Unread as Unread
from moiety.errors.base import UsageError as UsageError
from moiety.errors.credential import CertificateRefused as CertificateRefused
from moiety.errors.credential import CodeMalformed as CodeMalformed
from moiety.errors.credential import CredentialExpired as CredentialExpired
from moiety.errors.credential import CredentialNotYetValid as CredentialNotYetValid
from moiety.errors.credential import CredentialRefused as CredentialRefused
from moiety.errors.credential import CredentialRevoked as CredentialRevoked
from moiety.errors.credential import CredentialSuspended as CredentialSuspended
from moiety.errors.credential import DigestMismatch as DigestMismatch
from moiety.errors.credential import IssuerUntrusted as IssuerUntrusted
from moiety.errors.credential import KeyBindingRefused as KeyBindingRefused
from moiety.errors.credential import LiveCode as LiveCode
from moiety.errors.credential import PinLocked as PinLocked
from moiety.errors.credential import PinRequired as PinRequired
from moiety.errors.credential import PinWrong as PinWrong
from moiety.errors.credential import PortraitAmbiguous as PortraitAmbiguous
from moiety.errors.credential import PortraitMissing as PortraitMissing
from moiety.errors.credential import PortraitRefused as PortraitRefused
from moiety.errors.credential import PortraitTooLarge as PortraitTooLarge
from moiety.errors.credential import PortraitUnreadable as PortraitUnreadable
from moiety.errors.credential import PracticeCode as PracticeCode
from moiety.errors.credential import SealUnopenable as SealUnopenable
from moiety.errors.credential import ShareUnavailable as ShareUnavailable
from moiety.errors.credential import SignatureInvalid as SignatureInvalid
from moiety.errors.credential import StatusUnavailable as StatusUnavailable
from moiety.errors.credential import TemplateMismatch as TemplateMismatch
from moiety.errors.request import CeremonyRefused as CeremonyRefused
from moiety.errors.request import Conflict as Conflict
from moiety.errors.request import MediaTypeRefused as MediaTypeRefused
from moiety.errors.request import NotAllowed as NotAllowed
from moiety.errors.request import NotFound as NotFound
from moiety.errors.request import NotSignedIn as NotSignedIn
from moiety.errors.request import OtherPage as OtherPage
from moiety.errors.request import Overloaded as Overloaded
from moiety.errors.request import RateLimited as RateLimited
from moiety.errors.request import RequestMalformed as RequestMalformed
from moiety.errors.request import RequestRefused as RequestRefused
from moiety.errors.request import RequestTooLarge as RequestTooLarge
from moiety.errors.request import RequestTooSlow as RequestTooSlow
from moiety.errors.request import SeveralCodes as SeveralCodes
