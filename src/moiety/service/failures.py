"""The one shape of every error: `{"error": {"code", "text", "remedy"}}`, its status; a page for browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from moiety import errors
from moiety.errors import MoietyError
from moiety.service.error_page import wants_page, write_error_page
from moiety.store.causes import GENERAL

STATUSES: Final[Sequence[tuple[type[MoietyError], int]]] = (
    (errors.RequestTooLarge, 413),
    (errors.RequestTooSlow, 408),
    (errors.MediaTypeRefused, 415),
    (errors.RequestMalformed, 422),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.CeremonyRefused, 409),
    (errors.RateLimited, 429),
    (errors.Overloaded, 503),
    (errors.RequestRefused, 400),
    (errors.StoreUnavailable, 503),
    (errors.StorageError, 507),
    (errors.ImageTooLarge, 413),
    (errors.ClockSetBack, 503),
    (errors.HomeError, 503),
    (errors.TrustRefused, 503),
    (errors.ModelError, 503),
    (errors.UsageError, 422),
    (errors.MoietyError, 422),  # what was captured or carried in cannot be relied on
)
"""The first that fits counts."""

_PLAIN: Final = {
    400: ("request-malformed", "The request cannot be read.", "See what the route takes: /openapi.json."),
    404: ("not-found", "There is nothing at this address.", "See /openapi.json."),
    405: ("method-not-allowed", "This address does not take that method.", "See /openapi.json."),
}
INTERNAL: Final = {
    "code": "internal",
    "text": "Something went wrong inside the service. Nothing was decided.",
    "remedy": "Try again; if it goes on, report it with the time, without any picture or code.",
}


def status_of(error: MoietyError) -> int:
    """The HTTP status that stands for an error."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def body_of(error: MoietyError) -> dict[str, Any]:
    """The body that tells of an error. Why the database is away is for the log, not for whoever asks."""
    if isinstance(error, errors.StoreUnavailable):
        return shaped(error.code, GENERAL, errors.StoreUnavailable.default_remedy)
    body = shaped(error.code, str(error), error.remedy)
    if isinstance(error, errors.CodeUnreadable) and error.thing:
        body["error"]["thing"] = error.thing
    return body


def shaped(code: str, text: str, remedy: str) -> dict[str, Any]:
    """The one shape."""
    return {"error": {"code": code, "text": text, "remedy": remedy}}


def answer(error: MoietyError, request: Request | None = None) -> Response:
    """The response that tells of an error: a page where the request asks for one; no cache keeps it."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, (errors.RateLimited, errors.Overloaded, errors.StoreUnavailable)):
        headers["Retry-After"] = str(getattr(error, "retry_after_s", 5))
    if isinstance(error, errors.NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if request is not None and wants_page(request):
        return write_error_page(request, error.code, status_of(error), headers)
    return JSONResponse(body_of(error), status_of(error), headers)


def internal(request: Request) -> Response:
    """The response to what nobody expected."""
    if wants_page(request):
        return write_error_page(request, INTERNAL["code"], 500)
    return JSONResponse({"error": INTERNAL}, 500)


class Failure(BaseModel):
    """What went wrong: a stable code for programs, what is wrong, and what to do."""

    code: str
    text: str
    remedy: str
    thing: Annotated[
        str | None,
        Field(
            description="With code-unreadable: what it is instead, as the catalogue's `thing.` texts name it."
        ),
    ] = None


class Failed(BaseModel):
    """The one shape of every error."""

    error: Failure


_MEANS: Final = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or no longer.",
    403: "The role does not allow it, or the request came from another page.",
    404: "There is no such thing.",
    408: "The request took too long to arrive.",
    409: "It is no longer as the caller believed, or the ceremony cannot go on.",
    413: "More bytes than this route takes.",
    415: "A content type that this route does not take.",
    422: "A field is missing or not as it should be; or what was captured or carried in cannot be relied on.",
    429: "Too many attempts.",
    503: "The database, the home or the machine cannot do this now.",
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route can fail, for the OpenAPI document; what every route can do is added."""
    return {
        status: {"model": Failed, "description": _MEANS[status]}
        for status in sorted({*statuses, 400, 408, 413, 503})
    }


def install(app: FastAPI) -> None:
    """Have the application tell all of its errors in the one shape."""

    def ours(request: Request, error: Exception) -> Response:
        if not isinstance(error, MoietyError):
            raise error
        request.app.state.moiety.metrics.refused(error.code)
        return answer(error, request)

    def malformed(request: Request, error: Exception) -> Response:
        # Where and what, and never the value: it could be a code or a PIN.
        found = error.errors() if isinstance(error, RequestValidationError) else ()
        where = sorted({".".join(str(part) for part in one["loc"]) for one in found})
        told = f"These fields are missing or not as they should be: {', '.join(where[:8])}."
        return answer(errors.RequestMalformed(told[:400]), request)

    def plain(request: Request, error: Exception) -> Response:
        if isinstance(error.__cause__, MoietyError):  # raised while the framework read the body
            return answer(error.__cause__, request)
        status = error.status_code if isinstance(error, HTTPException) else 500
        code, text, remedy = _PLAIN.get(status, _PLAIN[400])
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if wants_page(request):
            return write_error_page(request, code, status, headers)
        return JSONResponse(shaped(code, text, remedy), status, {**headers, "Cache-Control": "no-store"})

    app.add_exception_handler(MoietyError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
