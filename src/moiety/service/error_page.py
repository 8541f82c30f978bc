"""An error as a page: for a browser that asked for one, in its reader's language, with a way on."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from moiety import catalogue
from moiety.service.written import read_language, write_link, write_page

_FORMS: Final = frozenset({"/withdraw"})
"""Pages with a form: after an error the way on leads back to it."""

_SIGN_IN: Final = frozenset({"not-signed-in"})


def wants_page(request: Request) -> bool:
    """Whether the answer is shown to a person: a browser opens an address, or sends a form."""
    accept = request.headers.get("accept", "").lower()
    if "text/html" in accept:
        return True
    route = request.scope.get("route")
    written = getattr(route, "response_class", None) is HTMLResponse
    return written and "application/json" not in accept


def write_error_page(
    request: Request, code: str, status: int, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """What went wrong, what to do about it, and the link that does it."""
    language = read_language(request)
    path = request.url.path
    back = path in _FORMS and request.method != "GET"
    if code in _SIGN_IN:
        way = write_link("/", "pages.signin.go", language)
    elif back or status in (429, 503, 507):
        way = write_link(path, "pages.again", language)
    else:
        way = write_link("/", "pages.to-start", language)
    more = "" if "'/'" in way else write_link("/", "pages.to-start", language, name="to-start", main=False)
    return write_page(
        request,
        _said("error", code, language),
        f"<div class='trouble' role='alert' data-code='{html.escape(code)}'>"
        f"<p class='remedy'>{html.escape(_said('remedy', code, language))}</p></div>"
        f"<div class='actions'>{way}{more}</div>",
        status=status,
        headers={**(headers or {}), "Cache-Control": "no-store"},
        once=back,
    )


def _said(kind: str, code: str, language: str) -> str:
    key = f"{kind}.{code}"
    return catalogue.text(key if catalogue.holds(key) else f"{kind}.error", language)
