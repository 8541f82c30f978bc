"""The status of codes that this service issued: revoke for good, suspend for now, restore."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from moiety.credential.code import Credential
from moiety.credential.issuer import Issuer
from moiety.service.auth import Actor, require
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store import events
from moiety.store.places import StoredPlaces

router = APIRouter(prefix="/v1", tags=["status"], route_class=GuardedRoute)
_KINDS = {"revoked": "revoked", "suspended": "suspended", "valid": "restored"}


class NewStatus(BaseModel):
    """Which code, by its text or its identifier, and what it is to be."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str | None, Field(min_length=64, max_length=4296)] = None
    cti: Annotated[str | None, Field(pattern="^[0-9a-f]{32}$", description="For a code that is lost.")] = None
    status: Literal["revoked", "suspended", "valid"]

    @model_validator(mode="after")
    def _one(self) -> NewStatus:
        if (self.code is None) == (self.cti is None):
            raise ValueError("Give the code's text or its identifier.")
        return self


class StatusNow(BaseModel):
    """The status from now on."""

    status: Literal["revoked", "suspended", "valid"]


@router.post(
    "/credentials/status",
    summary="Revoke, suspend or restore a code",
    responses=responses(401, 403, 422),
)
def change(
    body: NewStatus,
    state: Shared,
    actor: Annotated[Actor, Depends(require(Role.ENROLLER, Role.ADMINISTRATOR))],
) -> StatusNow:
    """A revocation is for good. This service knows it at once, other verifiers with their next list."""
    now = state.now()
    code = bytes.fromhex(body.cti) if body.cti is not None else Credential.from_text(body.code or "")
    cti = code if isinstance(code, bytes) else code.claims.cti
    with state.store.begin() as connection:
        places = StoredPlaces(connection, now=now)
        issuer = Issuer.open(state.settings.home, places=places.kept, now=now)
        acts = {"revoked": issuer.revoke, "suspended": issuer.suspend, "valid": issuer.restore}
        acts[body.status](code, now=now)
        events.record(connection, _KINDS[body.status], {"code": cti.hex(), "by": actor.id}, now)
    return StatusNow(status=body.status)
