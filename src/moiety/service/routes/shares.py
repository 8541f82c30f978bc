"""Releasing the service's half of a blind code's key to a verifier elsewhere, while everything allows it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from moiety.credential.blind import BlindCode
from moiety.service.auth import Actor, require
from moiety.service.ceremonies.own_codes import issuer_here
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store.share_release import Wish, release

router = APIRouter(prefix="/v1", tags=["shares"], route_class=GuardedRoute)


class WantedShare(BaseModel):
    """Whose share, and what for."""

    model_config = ConfigDict(extra="forbid")
    issuer: Annotated[str, Field(min_length=1, max_length=255, description="Who signed the code: checked.")]
    cti: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="The code's identifier.")]
    commitment: Annotated[
        str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over what was signed; see the format.")
    ]
    purpose: Annotated[str, Field(min_length=3, max_length=2000, description="As in the person's consent.")]
    pin: Annotated[str | None, Field(min_length=1, max_length=64)] = None


class ReleasedShare(BaseModel):
    """Half of a key. With the seal's half, and the group's key, it opens one code; by itself nothing."""

    share: Annotated[str, Field(description="32 bytes, hexadecimal. Use it once, and drop it.")]


@router.post(
    "/shares/release",
    summary="Release the service's half of a blind code's key",
    responses=responses(401, 403, 422, 429),
)
def release_share(
    body: WantedShare, state: Shared, actor: Annotated[Actor, Depends(require(Role.VERIFIER))]
) -> ReleasedShare:
    """Checked first: that it is a code of this service's issuer, the very one; revocation, consent, purpose,
    attempts, PIN. The service sees no template and no capture; it learns which code is used when and by whom,
    and keeps that under the day's key.
    """
    code = BlindCode(body.issuer, bytes.fromhex(body.cti), bytes.fromhex(body.commitment))
    wish = Wish(code, body.purpose, body.pin, actor.id)
    return ReleasedShare(share=release(state.store, wish, issuer=issuer_here(state), now=state.now()).hex())
