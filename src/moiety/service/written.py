"""The pages that the service writes out whole: their frame, and the language that their reader chose."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from moiety import catalogue

LANGUAGE_COOKIE: Final = "moiety.language"
"""What the pages' scripts write when somebody chooses a language (`js/text.js`)."""

_MARK: Final = (
    "<svg class='mark plain' viewBox='0 0 64 64' aria-hidden='true' focusable='false'>"
    "<path class='half half' d='M30 8 A24 24 0 0 0 30 56 Z'/>"
    "<path class='half open' d='M34 8 A24 24 0 0 1 34 56 Z'/></svg>"
)


def read_language(request: Request) -> str:
    """The reader's language: chosen on this page, chosen before, or as the browser asks."""
    for chosen in (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in catalogue.languages():
            return chosen
    return catalogue.preferred(request.headers.get("accept-language"))


def write_page(
    request: Request,
    title: str,
    content: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    language: str | None = None,
    once: bool = False,
) -> HTMLResponse:
    """A whole page: header with the way home, languages, heading and content.

    Args:
        request: what it answers.
        title: as text; the page's title and heading.
        content: as HTML, below the heading.
        status: of the response.
        headers: of the response.
        language: of a page that is written in one language only, without a choice.
        once: the page can't be asked for again, so that choosing a language would lose it.
    """
    spoken = read_language(request) if language is None else language
    choice = "" if once or language is not None else _languages(spoken)
    heading = html.escape(title)
    return HTMLResponse(
        f"<!doctype html><html lang='{spoken}' dir='{catalogue.direction(spoken)}'><head>"
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        "<link rel='icon' href='/icon.svg'><link rel='stylesheet' href='/style.css'>"
        f"<title>{heading} · Moiety</title></head><body>"
        f"<a class='skip' href='#place'>{_text('pages.skip', spoken)}</a><header class='head'>"
        f"<a class='brand' href='/' aria-label='{_text('pages.home', spoken)}'>{_MARK}<span>Moiety</span></a>"
        f"{choice}</header><main class='sheet' id='place' tabindex='-1'><h1>{heading}</h1>{content}</main>"
        "</body></html>",
        status,
        dict(headers or {}),
    )


def write_link(address: str, key: str, language: str, *, name: str = "action", main: bool = True) -> str:
    """A link that looks like the button it stands for, as HTML."""
    kind = "button main" if main else "button"
    label = _text(key, language)
    return f"<a class='{kind}' href='{html.escape(address)}' id='{name}'>{label}</a>"


def _languages(spoken: str) -> str:
    """The choice of a language: links, since these pages have no script."""
    chosen = {spoken: " aria-current='true'"}
    links = "".join(
        f"<a href='?language={code}' lang='{code}' hreflang='{code}'{chosen.get(code, '')}>"
        f"{_text('language.name', code)}</a>"
        for code in catalogue.languages()
    )
    return f"<nav class='languages' aria-label='{_text('pages.language', spoken)}'>{links}</nav>"


def _text(key: str, language: str) -> str:
    return html.escape(catalogue.text(key, language), quote=True)
