"""The root of the tree, and what is raised around codes: calls, input, captures, homes, ledgers, disks."""

from __future__ import annotations

from enum import StrEnum
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


class Unread(StrEnum):
    """Why nothing was read, for programs: a camera's hint goes by it."""

    NONE = "none"
    SEVERAL = "several"
    OTHER = "other"
    DAMAGED = "damaged"


class CodeUnreadable(InputError):
    """No code in the picture, or text that is no code.

    For programs, `reason` says which, and `thing` what it is instead: a key of the catalogue after "thing.".
    """

    code = "code-unreadable"
    default_remedy = "Hold the code flat and in focus, fill the picture with it, and try again."

    def __init__(
        self, message: str, *, remedy: str | None = None, reason: Unread = Unread.NONE, thing: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason
        self.thing = thing


class PolicyTooLax(UsageError):
    """A policy that asks for less than the root's."""

    code = "policy-too-lax"
    default_remedy = "Ask for at least as much as the root's policy does."


class DocumentUnreadable(InputError):
    """A consent record, trust bundle, policy or table that cannot be parsed."""

    code = "document-unreadable"


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
