"""Consent over HTTP: the notice, the record with its receipt, and every way to withdraw."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from moiety import catalogue
from moiety.consent.iso27560 import Relation
from moiety.credential.code import Credential
from moiety.document.own import OwnCode
from moiety.errors import NotFound
from moiety.service.answers import Answer, Entry
from moiety.service.auth import Actor, anyone, require
from moiety.service.ceremonies.captured import identifier_of
from moiety.service.consent import asking, withdrawing
from moiety.service.failures import responses
from moiety.service.listening.addresses import address_of
from moiety.service.roles import Role
from moiety.service.routes.form import Matching, matching
from moiety.service.routes.verifications import BegunCeremony, PresentedCode, told
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared
from moiety.store import consents

router = APIRouter(prefix="/v1", tags=["consent"], route_class=UploadRoute)
Enroller = Annotated[Actor, Depends(require(Role.ENROLLER))]
AtDesk = Annotated[Actor, Depends(require(Role.ENROLLER, Role.VERIFIER))]
Reader = Annotated[Actor, Depends(require(Role.ENROLLER, Role.AUDITOR, Role.ADMINISTRATOR))]
LanguageCode = Literal["en", "ar", "es"]


class AskedConsent(BaseModel):
    """What a person is asked to agree to."""

    model_config = ConfigDict(extra="forbid")
    purpose: Annotated[
        str,
        Field(min_length=2, max_length=500, description="One of the site's purposes, by name or in words."),
    ]
    modalities: Annotated[list[Literal["face", "finger"]], Field(min_length=1, max_length=2)] = ["face"]
    language: Annotated[
        LanguageCode | None, Field(description="In which they read; else the request's own language.")
    ] = None
    guardian: Annotated[Relation | None, Field(description="Who agrees for a child.")] = None
    days: Annotated[int | None, Field(ge=1, le=3660, description="At most what the site allows.")] = None

    def question(self, request: Request) -> asking.Question:
        """The question, in the language that was asked for."""
        language = self.language or catalogue.preferred(request.headers.get("accept-language"))
        modalities = tuple(sorted(set(self.modalities)))
        return asking.Question(self.purpose, modalities, language, self.guardian, self.days)


class GivenConsent(AskedConsent):
    """That the person agreed, to the notice that they read."""

    notice: Annotated[str, Field(max_length=120, description="The `version` of the notice that was read.")]


class SitePurpose(BaseModel):
    """What for, by its name and as a person reads it."""

    name: str
    text: str


class SitePurposes(BaseModel):
    """The site's purposes in one language, and whether an operator may state another in words."""

    purposes: list[SitePurpose]
    other: bool


class NoticeParagraph(BaseModel):
    """A paragraph, and what it is about."""

    key: str
    text: str


class NoticeToRead(BaseModel):
    """The notice, whole. Its `version` names its very words."""

    version: str
    language: str
    direction: str
    title: str
    paragraphs: list[NoticeParagraph]
    agree: str
    decline: str
    days: int


class ConsentFacts(BaseModel):
    """A consent as it stands. Times in UTC seconds; nobody is named."""

    id: str
    state: str
    given_at: int
    expires_at: int
    ended_at: int | None


class RecordedConsent(BaseModel):
    """What the person takes away: the receipt as a file, and its words for paper."""

    consent: ConsentFacts
    receipt: Annotated[
        dict[str, Any],
        Field(description="A JWS (RFC 7515), and beside it the `ledger` receipt; to be saved as a file."),
    ]
    secret: Annotated[str, Field(description="The withdrawal code. It is shown this once.")]
    lines: list[str]


class Withdrawal(BaseModel):
    """A receipt, or the withdrawal code typed from it."""

    model_config = ConfigDict(extra="forbid")
    receipt: Annotated[dict[str, Any] | None, Field(description="The receipt's file, as it was given.")] = (
        None
    )
    secret: Annotated[str | None, Field(max_length=80)] = None


LEDGER_TEXT: Final = "The receipt of the withdrawal in the log, for keeping; null where it had ended before."


class Withdrawn(BaseModel):
    """That the consent has ended, in the person's language."""

    consent: ConsentFacts
    text: str
    ledger: Annotated[Entry | None, Field(description=LEDGER_TEXT)] = None


class MatchedWithdrawal(BaseModel):
    """The decision, and whether the consent has ended."""

    decision: Answer
    withdrawn: bool
    ledger: Annotated[Entry | None, Field(description=LEDGER_TEXT)] = None


@router.get("/purposes", summary="The site's purposes", responses=responses(401, 403, 422))
def purposes(
    request: Request,
    state: Shared,
    _: Enroller,
    language: Annotated[LanguageCode | None, Query(description="In which the person reads.")] = None,
) -> SitePurposes:
    """Those that are written in the language, and whether an operator may state another in words."""
    settings = asking.settings_of(state)
    chosen = language or catalogue.preferred(request.headers.get("accept-language"))
    written = [
        SitePurpose(name=name, text=told[chosen])
        for name, told in settings.purposes.items()
        if chosen in told
    ]
    return SitePurposes(purposes=written, other=settings.other_purposes)


@router.post(
    "/notices", summary="The notice to be read", responses=responses(401, 403, 422), tags=["consent"]
)
def ask(body: AskedConsent, request: Request, state: Shared, _: Enroller) -> NoticeToRead:
    """In the words and the language of the person who reads it. Nothing is recorded."""
    made, days = asking.ask(state, body.question(request))
    return NoticeToRead.model_validate({**made.to_json(), "version": made.reference, "days": days})


@router.post(
    "/consents", summary="Record a consent", status_code=201, responses=responses(401, 403, 409, 422)
)
def record(body: GivenConsent, request: Request, state: Shared, actor: Enroller) -> RecordedConsent:
    """The person has read the notice of this `version` and agreed. No capture begins without it."""
    given = asking.record(state, body.question(request), body.notice, by=actor.id)
    return RecordedConsent(
        consent=ConsentFacts(**asking.facts(given.record)),
        receipt=given.receipt,
        secret=given.secret,
        lines=list(given.lines),
    )


@router.get("/consents/{consent}", summary="A consent's record", responses=responses(401, 403, 404))
def read(consent: str, state: Shared, _: Reader) -> dict[str, Any]:
    """The record of ISO/IEC TS 27560, in JSON-LD with the terms of the Data Privacy Vocabulary."""
    with state.store.reading() as connection:
        found = consents.find(connection, identifier_of(consent))
    if found is None:
        raise NotFound("There is no such consent.")
    return found.record.to_jsonld(asking.settings_of(state))


@router.post(
    "/consents/{consent}/withdrawal",
    summary="Withdraw on the person's word",
    responses=responses(401, 403, 404),
)
def withdraw_for(consent: str, request: Request, state: Shared, actor: AtDesk) -> Withdrawn:
    """For a person at the desk for whom neither the receipt nor a live match works."""
    return _withdrawn(state, request, withdrawing.by_operator(state, actor, identifier_of(consent)))


@router.post(
    "/withdrawals",
    summary="Withdraw with the receipt",
    dependencies=[Depends(anyone)],
    responses=responses(422, 429),
)
def withdraw(body: Withdrawal, request: Request, state: Shared) -> Withdrawn:
    """By the person alone, with the receipt's file or its withdrawal code. The code is revoked with it.

    Whoever has withdrawn already is told the same again.
    """
    address = address_of(request)
    done = withdrawing.by_receipt(state, address, receipt=body.receipt, secret=body.secret)
    return _withdrawn(state, request, done)


@router.post(
    "/withdrawals/begin",
    summary="Begin to withdraw by a live match",
    status_code=201,
    responses=responses(401, 403, 409, 422, 429),
)
def begin(body: PresentedCode, state: Shared, actor: AtDesk) -> BegunCeremony:
    """For a person whose receipt is lost: their code, and then themselves."""
    code = Credential.from_text(body.code)
    return told(state, OwnCode(code), withdrawing.begin(state, actor, code))


@router.post(
    "/withdrawals/{ceremony}/complete",
    summary="Complete a withdrawal by a live match",
    responses=responses(401, 403, 408, 409, 413, 415, 422),
)
def complete(
    shown: Annotated[Matching, Depends(matching)], state: Shared, actor: AtDesk
) -> MatchedWithdrawal:
    """Where the person matches, the consent ends and the code is revoked, together."""
    done = withdrawing.complete(
        state,
        actor,
        shown.identifier,
        shown.nonce,
        shown.code,
        shown.capture,
        pin=shown.pin,
        language=shown.language,
    )
    return MatchedWithdrawal(decision=done.answer, withdrawn=done.withdrawn, ledger=done.entry)


def _withdrawn(state: Shared, request: Request, done: withdrawing.Withdrawal) -> Withdrawn:
    with state.store.reading() as connection:
        now = consents.find(connection, done.consent.record_id)
    record = done.consent.record if now is None else now.record
    language = catalogue.preferred(request.headers.get("accept-language", record.language))
    return Withdrawn(
        consent=ConsentFacts(**asking.facts(record)),
        text=catalogue.text("receipt.withdrawn", language),
        ledger=done.entry,
    )
