"""The page on which a person withdraws by themselves: one field, one button, no script, no signing in."""

from __future__ import annotations

import html
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from moiety import catalogue
from moiety.errors import ConsentError, RateLimited
from moiety.service.auth import anyone, require_own_page
from moiety.service.consent import withdrawing
from moiety.service.failures import responses
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared

router = APIRouter(
    prefix="/withdraw", tags=["consent"], route_class=UploadRoute, dependencies=[Depends(anyone)]
)


_JSON: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Failed"}}}
_HTML: Final = {"text/html": {"schema": {"type": "string"}}}


def _described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How these routes fail: in the one shape as everywhere, or with the page again."""
    told = responses(*statuses)
    for status, one in told.items():
        del one["model"]  # it would be described as what the route gives otherwise, a page
        one["content"] = {**_JSON, **_HTML} if status in (422, 429) else _JSON
    return told


@router.get("", summary="The page to withdraw on", response_class=HTMLResponse, responses=_described())
def page(request: Request) -> HTMLResponse:
    """Where receipts send people; in their language, and without a script."""
    return HTMLResponse(_page(_language(request), ""))


@router.post(
    "",
    summary="Withdraw on the page",
    response_class=HTMLResponse,
    responses=_described(403, 408, 413, 415, 422, 429),
)
def withdraw(
    request: Request, state: Shared, secret: Annotated[str, Form(max_length=200)] = ""
) -> HTMLResponse:
    """With the withdrawal code from the receipt. The answer is a page."""
    require_own_page(request)
    language = _language(request)
    address = "" if request.client is None else request.client.host
    try:
        withdrawing.by_receipt(state, address, receipt=None, secret=secret)
    except RateLimited as error:
        told = catalogue.text("error.rate-limited", language)
        return HTMLResponse(
            _page(language, told), 429, {"Retry-After": str(error.retry_after_s), "Cache-Control": "no-store"}
        )
    except ConsentError:
        return HTMLResponse(_page(language, catalogue.text("receipt.wrong-secret", language)), 422)
    return HTMLResponse(_framed(language, f"<p role='status'>{_told('withdrawn', language)}</p>"))


def _page(language: str, wrong: str) -> str:
    trouble = f"<p role='alert'>{html.escape(wrong)}</p>" if wrong else ""
    form = (
        f"<p>{_told('withdraw-lead', language)}</p>{trouble}"
        "<form class='panel' method='post' action='/withdraw' enctype='multipart/form-data'>"
        f"<div class='field'><label for='secret'>{_told('withdraw-field', language)}</label>"
        "<input id='secret' type='text' name='secret' required maxlength='80' autocomplete='off'"
        " spellcheck='false' autocapitalize='characters' dir='ltr'></div>"
        f"<div class='actions'><button class='button main' id='withdraw'>{_told('withdraw-go', language)}"
        f"</button></div></form><p class='small'>{_told('withdraw-lost', language)}</p>"
    )
    return _framed(language, form)


def _framed(language: str, content: str) -> str:
    title = _told("withdraw-title", language)
    return (
        f"<!doctype html><html lang='{language}' dir='{catalogue.direction(language)}'><head>"
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        "<link rel='icon' href='/icon.svg'><link rel='stylesheet' href='/style.css'>"
        f"<title>{title}</title></head>"
        "<body><header class='head'></header>"
        f"<main class='sheet'><h1>{title}</h1>{content}</main></body></html>"
    )


def _told(key: str, language: str) -> str:
    return html.escape(catalogue.text(f"receipt.{key}", language))


def _language(request: Request) -> str:
    return catalogue.preferred(request.headers.get("accept-language"))
