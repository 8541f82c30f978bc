"""What a remote caller is told of a decision: no score and no precise false match rate.

From scores alone templates can be rebuilt (arXiv 2601.17620 needs accept and reject only, and many attempts:
hence the limits as well). What is told is the outcome, reasons and findings by code and in words without
numbers, the rate that was asked for, and what is known of the code.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.responses import Response

from moiety import catalogue
from moiety.decision.decision import Decision
from moiety.errors import UsageError

ENROLLED_TEXT: str = (
    "How the holder of a code of ours was enrolled: by a live capture, or from uploaded files; null where "
    "the code does not say."
)
UNSAFE: str = "Liveness is not required here: a printed photograph would pass."


class Told(BaseModel):
    """A stable code for programs, a sentence without numbers for people."""

    code: str
    text: str


class Shown(BaseModel):
    """What is known of liveness, and whether it had to be shown."""

    level: Literal["none", "shown", "not_shown", "inconclusive"]
    required: bool
    warning: Annotated[str | None, Field(description="Set where liveness is not required.")] = None


class AboutCode(BaseModel):
    """What was checked of the code or document. Times in UTC seconds."""

    kind: Annotated[str, Field(description="moiety, claim-169, mdoc or sd-jwt-vc.")]
    issuer: str
    document_type: Annotated[
        str | None, Field(description="The docType of a mobile document, the vct of an SD-JWT VC; else null.")
    ]
    expires: int | None
    status: str
    status_age_s: int | None
    enrolled: Annotated[Literal["live", "files"] | None, Field(description=ENROLLED_TEXT)] = None


class Entry(BaseModel):
    """A ledger receipt: what was entered in the log, and the proof; `moiety ledger verify` checks it."""

    id: Annotated[str, Field(description="The event's identifier.")]
    event: Annotated[
        str | None,
        Field(description="What was entered, word for word (JSON); null where it could not be read again."),
    ]
    salt: Annotated[str | None, Field(description="What the log's commitment to it was salted with.")]
    proof: Annotated[
        str | None, Field(description="That it is in the log (C2SP tlog-proof); null while it is pending.")
    ]
    pending: Annotated[
        bool,
        Field(description="Whether it still waits for its place; then GET /ledger/proof/{id} has it later."),
    ]


class Answer(BaseModel):
    """A decision, as far as it is told."""

    outcome: Literal["accept", "reject", "inconclusive"]
    reasons: list[Told]
    findings: Annotated[
        list[Told], Field(description="What stood in the way of a comparison, and what to do.")
    ]
    liveness: Shown
    target_fmr: Annotated[float, Field(description="The false match rate that was asked for.")]
    credential: AboutCode
    receipt: Annotated[
        str | None, Field(description="The signed decision receipt: COSE_Sign1, base64url without padding.")
    ] = None
    proof: Annotated[
        str | None,
        Field(description="That the decision's event is in the log (C2SP tlog-proof); null where it waits."),
    ] = None
    event: Annotated[str | None, Field(description="The event's identifier in the log.")] = None
    ledger: Annotated[
        Entry | None, Field(description="The whole ledger receipt of the event, for keeping.")
    ] = None

    def entered(self, entry: Entry) -> Answer:
        """The same, with the receipt of its event."""
        return self.model_copy(update={"event": entry.id, "proof": entry.proof, "ledger": entry})


def written(told: BaseModel, status: int = 200) -> Response:
    """What a route of many requests answers, written out where it was made: a thread, not the event loop."""
    return Response(told.model_dump_json(), status, media_type="application/json")


def answer(decision: Decision, *, language: str, liveness_required: bool, receipt: bytes | None) -> Answer:
    """Reduce a decision to what is told."""
    captures = [decision.face, *(one.capture for one in decision.fingers)]
    found = [one.code for capture in captures if capture is not None for one in capture.findings]
    about = decision.credential
    return Answer(
        outcome=decision.outcome.value,
        reasons=told((one.code for one in decision.reasons), language),
        findings=told(found, language),
        liveness=Shown(
            level=decision.liveness.value,
            required=liveness_required,
            warning=None if liveness_required else UNSAFE,
        ),
        target_fmr=decision.target_fmr,
        credential=AboutCode(
            kind=about.kind,
            issuer=about.issuer,
            document_type=about.document_type,
            expires=about.not_after,
            status=about.status,
            status_age_s=about.status_age_s,
            enrolled=about.enrolled,
        ),
        receipt=None if receipt is None else urlsafe_b64encode(receipt).rstrip(b"=").decode(),
    )


def told(codes: Iterable[str], language: str) -> list[Told]:
    """Codes with their words, each once, in their order."""
    return [Told(code=one, text=_words(one, language)) for one in dict.fromkeys(codes)]


def _words(code: str, language: str) -> str:
    try:
        return catalogue.reason_text(code, language)
    except UsageError:
        return code.replace("-", " ")
