"""How recent what a service lives by is: its ledger's checkpoint, its status lists, its last erasure."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from moiety.service.auth import Actor, require
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store import retention
from moiety.store.ledger_reading import head_of, waiting

router = APIRouter(prefix="/v1", tags=["health"], route_class=GuardedRoute)


class Checkpoint(BaseModel):
    """The newest checkpoint of the log. Times in UTC seconds."""

    size: Annotated[int, Field(description="Entries under it.")]
    root: Annotated[str, Field(description="Base64, as in the checkpoint itself.")]
    signed_at: int
    cosigned: Annotated[bool, Field(description="Whether a witness has signed this very checkpoint.")]


class ListAge(BaseModel):
    """One status list of this issuer, or one that was fetched. Times in UTC seconds."""

    list: Annotated[str, Field(description="Its address, as codes name it.")]
    signed_at: int
    expires: int | None


class TrustAge(BaseModel):
    """The trust bundle. Times in UTC seconds."""

    serial: int
    signed_at: int
    expires: int


class Ages(BaseModel):
    """All of it as of `now`, UTC seconds."""

    now: int
    ledger: Annotated[Checkpoint | None, Field(description="None before the first event.")]
    waiting: Annotated[int, Field(description="Events that no checkpoint covers yet.")]
    trust: TrustAge
    lists: list[ListAge]
    most_list_age_s: Annotated[int, Field(description="An older list is not relied on (the policy's).")]
    erased_at: Annotated[int | None, Field(description="When retention last ran; None if it never did.")]


@router.get("/ages", summary="How recent log, lists and erasure are", responses=responses(401, 403))
def ages(state: Shared, _: Annotated[Actor, Depends(require(*Role))]) -> Ages:
    """For whoever watches the service: what is old here says that something has stopped."""
    now = state.now()
    trust = state.trust.current(now)
    lists = trust.status_lists()
    bundle = trust.bundle
    with state.store.reading() as connection:
        head = head_of(connection)
        found = None
        if head is not None:
            cosigned = head.cosigned is not None and head.cosigned.text == head.note.text
            root = b64encode(head.checkpoint.root).decode()
            found = Checkpoint(
                size=head.checkpoint.size, root=root, signed_at=head.signed_at, cosigned=cosigned
            )
        return Ages(
            now=now,
            ledger=found,
            waiting=waiting(connection),
            trust=TrustAge(serial=bundle.serial, signed_at=bundle.issued, expires=bundle.expires),
            most_list_age_s=state.policy.max_status_age_s,
            lists=[ListAge(list=one.uri, signed_at=one.issued, expires=one.expires) for one in lists],
            erased_at=retention.last_run(connection),
        )
