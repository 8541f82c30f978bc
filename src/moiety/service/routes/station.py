"""What this station can do, by its home's keys and its trust: the pages offer that and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from moiety.credential.layout import Home
from moiety.errors import TrustRefused
from moiety.service.auth import SIGNED_IN, Actor
from moiety.service.failures import responses
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared

router = APIRouter(prefix="/v1", tags=["health"], route_class=GuardedRoute)


class Station(BaseModel):
    """What the home's keys and its trust allow."""

    issues: Annotated[bool, Field(description="Whether it holds an issuer's key: people can enrol here.")]
    verifies: Annotated[bool, Field(description="Whether it holds a device's key: people are verified here.")]
    trusts: Annotated[bool, Field(description="Whether it trusts an issuer, so that a code can be accepted.")]


@router.get("/station", summary="What this station can do", responses=responses(401, 403))
def station(state: Shared, _: Annotated[Actor, Depends(SIGNED_IN)]) -> Station:
    """For the pages, which offer nobody what would end in an error."""
    try:
        trusts = bool(state.trust.current(state.now()).bundle.issuers)
    except TrustRefused:
        trusts = False
    issues = Home.open(state.settings.home).issues
    return Station(issues=issues, verifies=state.device is not None, trusts=trusts)
