"""Enrolment over HTTP: consent first, then begin, capture, complete; and renewal by a live match."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from pydantic import BaseModel, ConfigDict, Field

from moiety.credential.code import Credential, render
from moiety.document.own import OwnCode
from moiety.service.answers import Answer, Entry
from moiety.service.auth import Actor, require
from moiety.service.ceremonies import enrolment, renewal
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routes.form import Matching, Nonce, Pin, matching, pictured
from moiety.service.routes.verifications import BegunCeremony, PresentedCode, told
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared

router = APIRouter(prefix="/v1", tags=["enrolment"], route_class=UploadRoute)
Enroller = Annotated[Actor, Depends(require(Role.ENROLLER))]
ConsentId = Annotated[
    str, Field(pattern="^[0-9a-f]{32}$", description="The identifier of the consent's record.")
]
Format = Literal["png", "svg", "pdf"]


class NewEnrolment(BaseModel):
    """Under which consent a person is enrolled, and for what."""

    model_config = ConfigDict(extra="forbid")
    consent: ConsentId
    modalities: Annotated[list[Literal["face", "finger"]], Field(min_length=1, max_length=2)] = ["face"]
    profile: Annotated[
        Literal["card", "paper", "blind"],
        Field(
            description="`card` fits an ID-1 card, `paper` four fingers; of `blind` half a key stays here."
        ),
    ] = "card"


class BegunEnrolment(BaseModel):
    """An enrolment that has begun. Times in UTC seconds."""

    ceremony: str
    nonce: Annotated[str, Field(description="Kept by the client alone.")]
    expires: int


class Issued(BaseModel):
    """The code that the person takes away. Nothing of it is kept here but its identifier and status."""

    code: Annotated[str, Field(description="The text of the QR symbol.")]
    short_id: str
    expires: Annotated[int, Field(description="UTC seconds.")]
    files: Annotated[dict[Format, str], Field(description="The code to print, base64.")]
    ledger: Annotated[Entry, Field(description="The receipt of the code's event in the log, for keeping.")]


class Renewed(BaseModel):
    """The decision, and the new code where the person matched. The old code is then revoked."""

    decision: Answer
    issued: Issued | None


@router.post(
    "/enrolments",
    summary="Begin an enrolment",
    status_code=201,
    responses=responses(401, 403, 409, 422, 429),
)
def begin(body: NewEnrolment, state: Shared, actor: Enroller) -> BegunEnrolment:
    """No consent, no capture: the person's consent is recorded before this."""
    begun = enrolment.begin(
        state,
        actor,
        bytes.fromhex(body.consent),
        modalities=frozenset(body.modalities),
        profile=body.profile,
    )
    return BegunEnrolment(
        ceremony=begun.ceremony.id.hex(), nonce=begun.nonce.hex(), expires=begun.ceremony.expires
    )


@router.post(
    "/enrolments/{ceremony}/complete",
    summary="Complete an enrolment",
    responses=responses(401, 403, 408, 409, 413, 415, 422),
)
def complete(
    ceremony: str,
    nonce: Nonce,
    consent: Annotated[str, Form(pattern="^[0-9a-f]{32}$")],
    capture: Annotated[Captured, Depends(pictured)],
    state: Shared,
    actor: Enroller,
    pin: Pin = None,
    valid_days: Annotated[int | None, Form(ge=1, le=3660)] = None,
    files: Annotated[list[Format], Form(description="In which forms to give the code.")] = ["png"],  # noqa: B006
) -> Issued:
    """Pictures from files, where this service is set to take them (--enrol-from-files); the code says so.

    They pass the gate and agree with each other, become templates, and are sealed and signed.
    A live capture goes through the WebSocket /v1/capture/{ceremony}.

    What is wrong with a picture is told, with what to do; then begin anew. No picture is kept.
    """
    made = enrolment.complete(
        state,
        actor,
        identifier_of(ceremony),
        nonce_of(nonce),
        bytes.fromhex(consent),
        capture,
        pin=pin,
        valid_days=valid_days,
    )
    return issued(made, files)


@router.post(
    "/renewals",
    summary="Begin to renew a code",
    status_code=201,
    responses=responses(401, 403, 409, 422, 429),
)
def begin_renewal(body: PresentedCode, state: Shared, actor: Enroller) -> BegunCeremony:
    """At a station that holds both keys, for a code whose consent goes on."""
    code = Credential.from_text(body.code)
    return told(state, OwnCode(code), renewal.begin(state, actor, code))


@router.post(
    "/renewals/{ceremony}/complete",
    summary="Complete a renewal",
    responses=responses(401, 403, 408, 409, 413, 415, 422),
)
def complete_renewal(
    shown: Annotated[Matching, Depends(matching)],
    state: Shared,
    actor: Enroller,
    files: Annotated[list[Format], Form(description="In which forms to give the code.")] = ["png"],  # noqa: B006
    identity_checked: Annotated[
        bool, Form(description="An identity document of the holder was seen: needed after a theft.")
    ] = False,
) -> Renewed:
    """A fresh live match; then the same templates are sealed anew, in memory, and the old code is revoked."""
    done = renewal.complete(
        state,
        actor,
        shown.identifier,
        shown.nonce,
        shown.code,
        shown.capture,
        pin=shown.pin,
        language=shown.language,
        identity_checked=identity_checked,
    )
    new = None if done.issued is None else issued(done.issued, files)
    return Renewed(decision=done.answer, issued=new)


def issued(made: enrolment.Issued, formats: list[Format]) -> Issued:
    """A code, with the files to print."""
    credential = made.credential
    return Issued(
        ledger=made.entry,
        code=credential.text,
        short_id=credential.short_id,
        expires=credential.claims.expires,
        files={one: b64encode(render(credential, f".{one}")).decode() for one in formats},
    )
