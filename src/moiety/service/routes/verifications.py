"""Verification over HTTP: begin with the code, capture, complete. One code, one capture, one decision."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from moiety.document import read as document
from moiety.document.own import OwnCode
from moiety.document.reference import Presented
from moiety.errors import CodeUnreadable
from moiety.service.answers import ENROLLED_TEXT, UNSAFE, Answer, written
from moiety.service.auth import Actor, require
from moiety.service.capture.desks import may_use_fingers
from moiety.service.ceremonies import verification
from moiety.service.ceremonies.answering import answers, begins
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.ceremonies.verification import BegunVerification
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routes.form import (
    DOCUMENT_TEXT,
    LEAST_DOCUMENT_TEXT,
    MOST_DOCUMENT_TEXT,
    CodeText,
    Language,
    Nonce,
    Pin,
    pictured,
    read,
)
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared, State

router = APIRouter(prefix="/v1", tags=["verification"], route_class=UploadRoute)
Verifier = Annotated[Actor, Depends(require(Role.VERIFIER))]
Form = Annotated[Captured, Depends(pictured)]


class PresentedCode(BaseModel):
    """The one code, or other signed document, that the holder presents."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[
        str, Field(min_length=LEAST_DOCUMENT_TEXT, max_length=MOST_DOCUMENT_TEXT, description=DOCUMENT_TEXT)
    ]


class AboutPresented(BaseModel):
    """What the code or document says in the open, checked. Times in UTC seconds."""

    kind: Annotated[str, Field(description="moiety, claim-169, mdoc or sd-jwt-vc.")]
    short_id: Annotated[str, Field(description="As printed on the card.", examples=["9F2C-11AB"])]
    issuer: str
    expires: int | None
    document_type: Annotated[
        str | None, Field(description="The docType of a mobile document, the vct of an SD-JWT VC; else null.")
    ]
    status: Annotated[str, Field(description="valid, or not-checked where no list says anything of it.")]
    status_age_s: int | None
    profile: Annotated[
        Literal["card", "paper", "open", "blind"] | None,
        Field(description="Of a code of ours; null for others."),
    ]
    pin: Annotated[bool, Field(description="Whether the holder has to give a PIN.")]
    enrolled: Annotated[Literal["live", "files"] | None, Field(description=ENROLLED_TEXT)] = None


class BegunCeremony(BaseModel):
    """A ceremony that has begun. Times in UTC seconds."""

    ceremony: Annotated[str, Field(description="Its identifier, for the address of complete.")]
    nonce: Annotated[str, Field(description="Kept by the client alone, and shown to complete.")]
    expires: int
    liveness_required: bool
    fingers: Annotated[
        bool, Field(description="Whether fingers can help to meet the policy, if the code holds some.")
    ]
    warning: Annotated[str | None, Field(description="Set where liveness is not required.")]
    audience: Annotated[
        str,
        Field(description="For whom the holder of an SD-JWT VC signs, together with the nonce, to complete."),
    ]
    credential: AboutPresented


@router.post(
    "/verifications",
    summary="Begin a verification",
    status_code=201,
    response_model=BegunCeremony,
    responses=responses(401, 403, 409, 422, 429),
)
async def begin(body: PresentedCode, state: Shared, actor: Verifier) -> Response:
    """Checks the code's signature, validity and status. Nothing was captured so far, and nothing is opened.

    Other signed documents with a portrait are taken as well: a Claim 169 code of another issuer, an SD-JWT
    VC, a mobile document. An SD-JWT VC that is bound to its holder's key begins with or without the holder's
    signature; to complete, the holder signs this ceremony's nonce and audience. The ceremony is good for five
    minutes, for one capture, and for documents with this portrait alone.
    """

    def begun() -> Response:
        shown = document.of_text(body.code, expected=begins())
        return written(told(state, shown, verification.begin(state, actor, shown)), 201)

    return await run_in_threadpool(begun)


@router.post(
    "/verifications/{ceremony}/complete",
    summary="Complete a verification",
    response_model=Answer,
    responses=responses(401, 403, 408, 409, 413, 415, 422),
)
async def complete(
    ceremony: str,
    nonce: Nonce,
    code: CodeText,
    capture: Form,
    state: Shared,
    actor: Verifier,
    pin: Pin = None,
    language: Language = "en",
) -> Response:
    """Compares what was captured with the code, once. A non-match is an answer, not an error.

    No score is told, and no false match rate but the one asked for. Pictures and templates are dropped.
    A live capture goes through the WebSocket /v1/capture/{ceremony}.
    """
    identifier, secret = identifier_of(ceremony), nonce_of(nonce)

    def completed() -> Response:
        shown = document.of_text(code, expected=answers(state, secret))
        done = verification.complete(
            state, actor, identifier, secret, shown, capture, pin=pin, language=language
        )
        return written(done)

    return await run_in_threadpool(completed)


@router.post(
    "/codes/read",
    summary="Read a code from a picture",
    responses=responses(401, 403, 408, 413, 415, 422),
)
async def read_code(
    picture: Annotated[UploadFile, File(description="A photograph of the code.")],
    state: Shared,
    _: Annotated[Actor, Depends(require(Role.VERIFIER, Role.ENROLLER, Role.ADMINISTRATOR))],
) -> PresentedCode:
    """Its text, to begin with. Nothing is checked yet, and the picture is dropped."""
    data = await read(picture)
    text = await run_in_threadpool(lambda: state.work.run(lambda: document.text_form(data)))
    if not LEAST_DOCUMENT_TEXT <= len(text) <= MOST_DOCUMENT_TEXT:  # a text file is taken as well
        raise CodeUnreadable("What was sent holds no code.")
    return PresentedCode(code=text)


def told(state: State, shown: Presented, under_way: BegunVerification) -> BegunCeremony:
    """What the client needs to go on."""
    begun, about = under_way.begun, under_way.about
    own = shown.credential if isinstance(shown, OwnCode) else None
    digits = shown.copy[:4].hex().upper()
    required = state.policy.liveness == "required"
    return BegunCeremony(
        ceremony=begun.ceremony.id.hex(),
        nonce=begun.nonce.hex(),
        expires=begun.ceremony.expires,
        liveness_required=required,
        fingers=may_use_fingers(state.policy.requirement),
        warning=None if required else UNSAFE,
        audience=state.settings.site,
        credential=AboutPresented(
            kind=about.kind,
            short_id=f"{digits[:4]}-{digits[4:]}" if own is None else own.short_id,
            issuer=about.issuer,
            document_type=about.document_type,
            expires=about.not_after,
            status=about.status,
            status_age_s=about.status_age_s,
            profile=None if own is None else own.claims.profile,
            pin=False if own is None else own.claims.pin,
            enrolled=about.enrolled,
        ),
    )
