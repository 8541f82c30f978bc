"""Decision receipts: what a verifier decided and when, signed by its device key, checkable offline.

A COSE_Sign1 (RFC 9052) of a map in canonical CBOR. It names no person and no code: the code stands in it as
HMAC(daily key, cti), whose key is deleted after two days, so that receipts of two days cannot be joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

from moiety.credential import envelope
from moiety.credential.contents import Enrolled
from moiety.decision.decision import Decision, Liveness, Outcome
from moiety.errors import TrustRefused
from moiety.keys import Signer, VerifyingKey

RECEIPT_TYPE: Final = "application/vnd.moiety.decision-receipt+cbor"
VERSION: Final = 1
MAX_BYTES: Final = 8192
_WHAT: Final = "decision receipt"
_SHAPE: Final[dict[str, type | tuple[type, ...]]] = {
    "version": int,
    "at": int,
    "ceremony": bytes,
    "code": bytes,
    "outcome": str,
    "reasons": list,
    "liveness": str,
    "liveness_required": bool,
    "target_fmr": str,
    "issuer": str,
    "status": str,
    "status_age_s": (int, type(None)),
}
_LATER: Final[dict[str, type | tuple[type, ...]]] = {
    "document_type": (str, type(None)),
    "enrolled": (str, type(None)),
}
"""What receipts of earlier versions don't have."""
_MADE_WITH: Final = "made_with"
"""Receipts of earlier versions say nothing of it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a decision receipt says. Times in UTC seconds.

    Attributes:
        at: when it was decided.
        ceremony: the ceremony's identifier, 16 bytes.
        code: keyed hash of the code's identifier, 32 bytes; the same for one code on one day.
        outcome, reasons, liveness, target_fmr: the decision, its reasons by their stable codes.
        liveness_required: whether liveness had to be shown for an acceptance.
        issuer, status, status_age_s: what was known of the code.
        document_type: a document's docType or `vct`; None for codes.
        made_with: the calibration tables and models behind the comparisons, as NAME:SHA-256.
        enrolled: how the holder of a code was enrolled, "live" or from "files"; None where that isn't stated.
    """

    at: int
    ceremony: bytes
    code: bytes
    outcome: Outcome
    reasons: tuple[str, ...]
    liveness: Liveness
    liveness_required: bool
    target_fmr: str
    issuer: str
    status: str
    status_age_s: int | None
    document_type: str | None = None
    made_with: tuple[str, ...] = ()
    enrolled: Enrolled | None = None

    @classmethod
    def of(
        cls, decision: Decision, *, ceremony: bytes, code: bytes, liveness_required: bool, now: int
    ) -> Receipt:
        """The receipt of a decision."""
        about = decision.credential
        return cls(
            at=now,
            ceremony=ceremony,
            code=code,
            outcome=decision.outcome,
            reasons=tuple(one.code for one in decision.reasons),
            liveness=decision.liveness,
            liveness_required=liveness_required,
            target_fmr=f"{decision.target_fmr:g}",
            issuer=about.issuer,
            status=about.status,
            status_age_s=about.status_age_s,
            document_type=about.document_type,
            made_with=decision.made_with(),
            enrolled=about.enrolled,
        )

    def sign(self, device: Signer) -> bytes:
        """The receipt as a tagged COSE_Sign1."""
        body: dict[str, Any] = {
            "version": VERSION,
            "at": self.at,
            "ceremony": self.ceremony,
            "code": self.code,
            "outcome": self.outcome.value,
            "reasons": list(self.reasons),
            "liveness": self.liveness.value,
            "liveness_required": self.liveness_required,
            "target_fmr": self.target_fmr,
            "issuer": self.issuer,
            "status": self.status,
            "status_age_s": self.status_age_s,
            "document_type": self.document_type,
            _MADE_WITH: list(self.made_with),
            "enrolled": self.enrolled,
        }
        return envelope.sign(body, device, typ=RECEIPT_TYPE)


def read(data: bytes, device: VerifyingKey) -> Receipt:
    """Verify a receipt with the public key of the device that should have signed it.

    Raises:
        TrustRefused: no receipt, altered, or another device's.
    """
    if len(data) > MAX_BYTES:
        raise TrustRefused("The decision receipt is longer than any.")
    body = envelope.decode(data, typ=RECEIPT_TYPE, what=_WHAT).require(device)
    if not isinstance(body, dict) or set(body) - set(_LATER) - {_MADE_WITH} != set(_SHAPE):
        raise TrustRefused("The decision receipt is malformed.")
    body = {**dict.fromkeys(_LATER), **body}
    shape = {**_SHAPE, **_LATER}
    fits = all(isinstance(body[name], kind) for name, kind in shape.items())
    made_with = body.get(_MADE_WITH, [])
    fits = fits and isinstance(made_with, list) and all(isinstance(one, str) for one in made_with)
    fits = fits and body["enrolled"] in (None, *get_args(Enrolled))
    if not fits or body["version"] != VERSION or not all(isinstance(one, str) for one in body["reasons"]):
        raise TrustRefused("The decision receipt is malformed, or of another version.")
    try:
        outcome, liveness = Outcome(body["outcome"]), Liveness(body["liveness"])
    except ValueError as error:
        raise TrustRefused("The decision receipt names an outcome that there is not.") from error
    rest = {name: body[name] for name in shape if name not in ("version", "outcome", "liveness", "reasons")}
    return Receipt(
        **rest,
        outcome=outcome,
        liveness=liveness,
        reasons=tuple(body["reasons"]),
        made_with=tuple(made_with),
    )
