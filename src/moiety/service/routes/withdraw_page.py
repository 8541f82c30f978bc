"""The page on which a person withdraws by themselves: one field, one button, no script, no signing in."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from moiety import catalogue
from moiety.errors import ConsentError, RateLimited
from moiety.service.auth import anyone, require_own_page
from moiety.service.consent import withdrawing
from moiety.service.failures import responses
from moiety.service.listening.addresses import address_of
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared
from moiety.service.written import read_language, write_link, write_page

router = APIRouter(
    prefix="/withdraw", tags=["consent"], route_class=UploadRoute, dependencies=[Depends(anyone)]
)


_HTML: Final = {"text/html": {"schema": {"type": "string"}}}
_JSON: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Failed"}}}


def _described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How these routes fail: with a page, or in the one shape for a program that asks for it."""
    told = responses(*statuses)
    for one in told.values():
        del one["model"]  # it would be described as what the route gives otherwise, a page
        one["content"] = {**_JSON, **_HTML}
    return told


@router.get("", summary="The page to withdraw on", response_class=HTMLResponse, responses=_described())
def page(request: Request) -> HTMLResponse:
    """Where receipts send people; in their language, and without a script."""
    return _form(request)


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
    address = address_of(request)
    try:
        withdrawing.by_receipt(state, address, receipt=None, secret=secret)
    except RateLimited as error:
        headers = {"Retry-After": str(error.retry_after_s), "Cache-Control": "no-store"}
        return _form(request, "error.rate-limited", typed=secret, status=429, headers=headers)
    except ConsentError:
        return _form(request, "receipt.wrong-secret", typed=secret, status=422)
    language = read_language(request)
    told = html.escape(catalogue.text("receipt.withdrawn", language))
    way = write_link("/", "pages.to-start", language)
    content = f"<p role='status' id='withdrawn'>{told}</p><div class='actions'>{way}</div>"
    return write_page(request, catalogue.text("receipt.withdraw-title", language), content, once=True)


def _form(
    request: Request,
    wrong: str | None = None,
    *,
    typed: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The form; after a refusal with what is wrong, and with what was typed, for it to be corrected."""
    language = read_language(request)

    def told(key: str) -> str:
        return html.escape(catalogue.text(key, language), quote=False)

    trouble = f"<p role='alert' id='wrong' class='wrong'>{told(wrong)}</p>" if wrong else ""
    marked = " aria-invalid='true' aria-describedby='wrong' autofocus" if wrong else ""
    form = (
        f"<p>{told('receipt.withdraw-lead')}</p>"
        "<form class='panel' method='post' action='/withdraw' enctype='multipart/form-data'>"
        f"<div class='field'><label for='secret'>{told('receipt.withdraw-field')}</label>{trouble}"
        "<input id='secret' type='text' name='secret' required maxlength='80' autocomplete='off'"
        f" spellcheck='false' autocapitalize='characters' dir='ltr' value='{html.escape(typed)}'{marked}>"
        "</div>"
        f"<div class='actions'><button class='button main' id='withdraw'>{told('receipt.withdraw-go')}"
        f"</button></div></form><p class='small'>{told('receipt.withdraw-lost')}</p>"
    )
    title = catalogue.text("receipt.withdraw-title", language)
    return write_page(request, title, form, status=status, headers=headers)
