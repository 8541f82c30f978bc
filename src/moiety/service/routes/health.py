"""Whether the process lives, whether it can do its work, and what it has counted."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from moiety.errors import MoietyError
from moiety.service.auth import Actor, anyone, require
from moiety.service.failures import responses
from moiety.service.metrics import CONTENT_TYPE
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store.migrate import is_current

router = APIRouter(tags=["health"], route_class=GuardedRoute)


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """What the work needs, each with "ok" or the code of what is wrong."""

    ready: bool
    store: str
    trust: str
    liveness: Literal["required", "none"]


@router.get("/healthz", summary="Whether the process answers", dependencies=[Depends(anyone)])
def healthz() -> Health:
    """Touches nothing: neither the database nor a key. For a supervisor that restarts what hangs."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Whether it can do its work",
    dependencies=[Depends(anyone)],
    responses={503: {"model": Readiness, "description": "It cannot."}},
)
def readyz(state: Shared, response: Response) -> Readiness:
    """The database answers and has this version's tables; the home's trust is current. For a balancer."""
    told = {"store": "ok", "trust": "ok"}
    try:
        if not is_current(state.store):
            told["store"] = "of-another-version"
    except MoietyError as error:
        told["store"] = error.code
    try:
        state.trust.current(state.now())
    except MoietyError as error:
        told["trust"] = error.code
    state.metrics.store_up(told["store"] == "ok")
    ready = set(told.values()) == {"ok"}
    response.status_code = 200 if ready else 503
    return Readiness(ready=ready, liveness=state.policy.liveness, **told)


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **responses(401, 403)},
)
def metrics(
    state: Shared, _: Annotated[Actor, Depends(require(Role.AUDITOR, Role.ADMINISTRATOR))]
) -> Response:
    """Counts and durations; no label names a person, a code or an address. Scrape with an auditor's token."""
    return Response(state.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
