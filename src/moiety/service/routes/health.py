"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: str


@router.get("/healthz", summary="Whether the process answers")
def healthz() -> Health:
    """Touches nothing: neither the database nor a key. For a supervisor that restarts what hangs."""
    return Health(status="ok")
