"""Verification over HTTP: begin with the code, capture, complete. One code, one capture, one decision."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from moiety.credential.code import Credential
from moiety.liveness import Challenge
from moiety.service.answers import UNSAFE, Answer
from moiety.service.auth import Actor, require
from moiety.service.ceremonies import verification
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.ceremonies.verification import BegunVerification
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routes.form import Language, Nonce, Pin, captured, presented, read
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared, State

router = APIRouter(prefix="/v1", tags=["verification"], route_class=UploadRoute)
Verifier = Annotated[Actor, Depends(require(Role.VERIFIER))]
Presented = Annotated[Credential, Depends(presented)]
Form = Annotated[Captured, Depends(captured)]


class PresentedCode(BaseModel):
    """The one code that the holder presents."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[
        str, Field(min_length=64, max_length=4296, description="Its text, as a scanner reads it (base45).")
    ]


class AboutPresented(BaseModel):
    """What the code says in the open, checked. Times in UTC seconds."""

    short_id: Annotated[str, Field(description="As printed on the card.", examples=["9F2C-11AB"])]
    issuer: str
    expires: int
    status_age_s: int
    profile: Literal["card", "paper", "open"]
    pin: Annotated[bool, Field(description="Whether the holder has to give a PIN.")]


class BegunCeremony(BaseModel):
    """A ceremony that has begun. Times in UTC seconds."""

    ceremony: Annotated[str, Field(description="Its identifier, for the address of complete.")]
    nonce: Annotated[str, Field(description="Kept by the client alone; the challenge is drawn from it.")]
    expires: int
    liveness_required: bool
    challenges: Annotated[
        dict[Literal["turn", "low"], dict[str, Any]],
        Field(description="What to ask for, and when: head turns, or less for who cannot turn their head."),
    ]
    warning: Annotated[str | None, Field(description="Set where liveness is not required.")]
    credential: AboutPresented


@router.post(
    "/verifications",
    summary="Begin a verification",
    status_code=201,
    responses=responses(401, 403, 409, 422, 429),
)
def begin(body: PresentedCode, state: Shared, actor: Verifier) -> BegunCeremony:
    """Checks the code's signature, validity and status. Nothing was captured so far, and nothing is opened.

    The ceremony is good for five minutes, for one capture, and for this code alone.
    """
    code = Credential.from_text(body.code)
    return told(state, code, verification.begin(state, actor, code))


@router.post(
    "/verifications/{ceremony}/complete",
    summary="Complete a verification",
    responses=responses(401, 403, 408, 409, 413, 415, 422),
)
def complete(
    ceremony: str,
    nonce: Nonce,
    code: Presented,
    capture: Form,
    state: Shared,
    actor: Verifier,
    pin: Pin = None,
    language: Language = "en",
) -> Answer:
    """Compares what was captured with the code, once. A non-match is an answer, not an error.

    No score is told, and no false match rate but the one asked for. Pictures and templates are dropped.
    """
    identifier, secret = identifier_of(ceremony), nonce_of(nonce)
    return verification.complete(state, actor, identifier, secret, code, capture, pin=pin, language=language)


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
    return PresentedCode(
        code=await run_in_threadpool(lambda: state.work.run(lambda: Credential.read(data).text))
    )


def told(state: State, code: Credential, under_way: BegunVerification) -> BegunCeremony:
    """What the client needs to go on."""
    begun, checked = under_way.begun, under_way.checked
    required = state.policy.liveness == "required"
    return BegunCeremony(
        ceremony=begun.ceremony.id.hex(),
        nonce=begun.nonce.hex(),
        expires=begun.ceremony.expires,
        liveness_required=required,
        challenges={
            "turn": Challenge.from_nonce(begun.nonce, motion="turn").to_json(),
            "low": Challenge.from_nonce(begun.nonce, motion="low").to_json(),
        },
        warning=None if required else UNSAFE,
        credential=AboutPresented(
            short_id=code.short_id,
            issuer=checked.issuer,
            expires=checked.not_after,
            status_age_s=checked.status_age_s,
            profile=code.claims.profile,
            pin=code.claims.pin,
        ),
    )
