"""The status of codes that this service issued: find a code, revoke it, suspend it for now, restore it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from moiety.credential.code import Credential
from moiety.credential.issuer import Issuer
from moiety.credential.short import only, read_identifier, write_short
from moiety.credential.status import Status
from moiety.errors import NotFound
from moiety.service.auth import Actor, require
from moiety.service.ceremonies.own_codes import require_signed_here
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store import consents, events
from moiety.store.places import StoredPlaces

_STATUSES: Final[dict[Status, Literal["revoked", "suspended", "valid"]]] = {
    Status.VALID: "valid",
    Status.SUSPENDED: "suspended",
    Status.REVOKED: "revoked",
}
router = APIRouter(prefix="/v1", tags=["status"], route_class=GuardedRoute)
Reason = Literal["in-force", "suspended", "revoked", "withdrawn", "consent-ended", "expired"]
_BY_PERSON: Final = frozenset({"receipt", "operator", "live-match"})
Desk = Annotated[Actor, Depends(require(Role.ENROLLER, Role.ADMINISTRATOR))]
_KINDS: Final = {"revoked": "revoked", "suspended": "suspended", "valid": "restored"}


class Named(BaseModel):
    """Which code: by its text, by its identifier, or by the short one that its card shows."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str | None, Field(min_length=64, max_length=4296)] = None
    cti: Annotated[str | None, Field(pattern="^[0-9a-f]{32}$", description="For a code that is lost.")] = None
    short_id: Annotated[
        str | None,
        Field(
            pattern="^[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}$",
            description="As printed on the card; taken where exactly one code has it.",
            examples=["3151-FF21"],
        ),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.code, self.cti, self.short_id].count(None) != 2:
            raise ValueError("Give one of: the code's text, its identifier, its short identifier.")
        return self

    def found(self, places: StoredPlaces) -> Credential | bytes:
        """The code, or its identifier.

        Raises:
            CodeUnreadable, CodeMalformed: the text is no code's.
            NotFound: no code here has the short identifier. SeveralCodes: more than one has it.
        """
        if self.code is not None:
            return Credential.from_text(self.code)
        if self.short_id is not None:
            return only(places.starting(read_identifier(self.short_id)))
        return bytes.fromhex(self.cti or "")


class NewStatus(Named):
    """Which code, and what it is to be."""

    status: Literal["revoked", "suspended", "valid"]


class FoundCode(BaseModel):
    """A code that was issued here: its identifiers, its status and why. Times in UTC seconds."""

    cti: str
    short_id: str
    status: Literal["revoked", "suspended", "valid"]
    reasons: Annotated[
        list[Reason],
        Field(description="Why: what a desk did, what the person did, or what time did."),
    ]
    expires: int | None


class StatusNow(BaseModel):
    """The status from now on."""

    status: Literal["revoked", "suspended", "valid"]


@router.post(
    "/credentials/status",
    summary="Revoke, suspend or restore a code",
    responses=responses(401, 403, 404, 409, 422),
)
def change(
    body: NewStatus,
    state: Shared,
    actor: Desk,
) -> StatusNow:
    """A revocation is for good. This service knows it at once, other verifiers with their next list."""
    now = state.now()
    with state.store.begin() as connection:
        places = StoredPlaces(connection, now=now)
        code = body.found(places)
        cti = code if isinstance(code, bytes) else code.claims.cti
        issuer = Issuer.open(state.settings.home, places=places.kept, now=now)
        acts = {"revoked": issuer.revoke, "suspended": issuer.suspend, "valid": issuer.restore}
        acts[body.status](code, now=now)
        events.record(connection, _KINDS[body.status], {"code": cti.hex(), "by": actor.id}, now)
    return StatusNow(status=body.status)


@router.post("/credentials/find", summary="Find a code", responses=responses(401, 403, 404, 409, 422))
def find(body: Named, state: Shared, _: Desk) -> FoundCode:
    """Of one code that was issued here: its identifiers, its status and why. Nothing is changed."""
    now = state.now()
    with state.store.reading() as connection:
        places = StoredPlaces(connection, now=now, holding=False)
        code = body.found(places)
        if isinstance(code, Credential):  # else a forged text would be told the status of the code it copies
            require_signed_here(state, code)
        cti = code if isinstance(code, bytes) else code.claims.cti
        place = places.find(cti)
        if place is None:
            raise NotFound(
                "No such code was issued here.", remedy="Check it, or ask the site that issued it."
            )
        expires = places.expiry(cti)
        consent = consents.find_by_code(connection, cti)
    ending = None if consent is None else consent.ending
    return FoundCode(
        cti=cti.hex(),
        short_id=write_short(cti),
        status=_STATUSES[place.status],
        reasons=_reasons(place.status, ending, over=expires is not None and expires <= now),
        expires=expires,
    )


def _reasons(status: Status, ending: str | None, *, over: bool) -> list[Reason]:
    """Why a code has its status, the weightiest first."""
    found: list[Reason] = []
    if ending in _BY_PERSON:
        found.append("withdrawn")
    elif ending is not None:
        found.append("consent-ended")
    elif status is Status.REVOKED:
        found.append("revoked")
    if status is Status.SUSPENDED:
        found.append("suspended")
    if over:
        found.append("expired")
    return found or ["in-force"]
