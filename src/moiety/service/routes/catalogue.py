"""The texts that pages show, by language; open to everybody, since the sign-in page shows some."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from moiety import catalogue
from moiety.catalogue import Direction
from moiety.service.auth import anyone
from moiety.service.routing import GuardedRoute

router = APIRouter(prefix="/v1", tags=["catalogue"], route_class=GuardedRoute)
KEPT_S = 300


class Texts(BaseModel):
    """All texts of one language."""

    language: str
    direction: Annotated[Direction, Field(description="How it is written, as HTML's `dir`.")]
    texts: dict[str, str]


@router.get("/catalogue/{language}", summary="Texts in a language", dependencies=[Depends(anyone)])
def texts(language: Literal["en", "ar", "es"], response: Response) -> Texts:
    """By their stable keys; `{name}` stands for a value."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    direction = catalogue.direction(language)
    return Texts(language=language, direction=direction, texts=dict(catalogue.texts(language)))
