"""The API as a page: every route with who may call it, what it takes and what it gives; without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from moiety.service.auth import anyone
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.table import authorisation
from moiety.service.written import write_page

router = APIRouter(tags=["api"], route_class=GuardedRoute)
Shape = Mapping[str, Any]
_FORM: Final = "multipart/form-data"
_CONVERTER: Final = re.compile(r":\w+}")
"""How a path says what a part of it may be, which the document leaves out."""

_QUOTED: Final = re.compile(r"`([^`]+)`")
"""What descriptions set apart as Markdown does."""


@router.get(
    "/docs",
    summary="The API as a page",
    dependencies=[Depends(anyone)],
    response_class=HTMLResponse,
    responses=responses(),
)
def page(request: Request) -> HTMLResponse:
    """For people; programs read `/openapi.json`, from which it is made."""
    document = request.app.openapi()
    said = authorisation(request.app).items()
    table = {(method, _CONVERTER.sub("}", path)): who for (method, path), who in said}
    parts: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            who = table[(method.upper(), path)]
            told = _route(document, method.upper(), path, one, who)
            parts.setdefault(one.get("tags", ["other"])[0], []).append(told)
    links = "".join(f"<li><a href='#{_id(tag)}'>{_text(tag.capitalize())}</a></li>" for tag in parts)
    body = "".join(
        f"<section id='{_id(tag)}'><h2>{_text(tag.capitalize())}</h2>{''.join(told)}</section>"
        for tag, told in parts.items()
    )
    about = _text(document["info"].get("description", ""))
    content = (
        f"<p>{about}</p><p>A program sends <code>Authorization: Bearer TOKEN</code>; an administrator makes "
        "the token on the page <a href='/account.html'>Account</a>, under Programs. The same for programs: "
        f"<a href='/openapi.json'>openapi.json</a>.</p><ul>{links}</ul>{body}"
    )
    return write_page(request, "The API", content, language="en")


def _route(document: Shape, method: str, path: str, one: Shape, who: frozenset[Role] | None) -> str:
    allowed = "anyone" if who is None else ", ".join(sorted(who))
    rows = "".join(
        f"<tr><th scope='row'><code>{_text(name)}</code></th><td>{_text(where)}</td><td>{_text(kind)}</td>"
        f"<td>{_text(about)}</td></tr>"
        for name, where, kind, about in _fields(document, one)
    )
    heads = "".join(f"<th scope='col'>{one}</th>" for one in ("Field", "Where", "What", "About"))
    table = (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{_text(method)} {_text(path)}: fields'>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else ""
    )
    answers = "".join(
        f"<li>{_text(status)}: {_text(told.get('description', ''))}</li>"
        for status, told in sorted(one.get("responses", {}).items())
    )
    return (
        f"<h3><code>{_text(method)} {_text(path)}</code></h3><p>{_text(one.get('summary', ''))}. "
        f"For: {_text(allowed)}.</p><p>{_text(one.get('description', ''))}</p>"
        f"<pre dir='ltr'>{_text(_command(document, method, path, one))}</pre>{table}"
        f"<details><summary>Answers</summary><ul>{answers}</ul></details>"
    )


def _fields(document: Shape, one: Shape) -> Iterator[tuple[str, str, str, str]]:
    """Name, place, kind and description of all that a route takes."""
    for field in one.get("parameters", ()):
        yield field["name"], field["in"], _kind(document, field["schema"]), field.get("description", "")
    for media, body in _body(document, one).items():
        needed = body.get("required", ())
        for name, field in body.get("properties", {}).items():
            where = "form" if media == _FORM else "JSON"
            given = where if name in needed else f"{where}, optional"
            yield name, given, _kind(document, field), field.get("description", "")


def _body(document: Shape, one: Shape) -> dict[str, Shape]:
    content = one.get("requestBody", {}).get("content", {})
    return {media: _resolved(document, told["schema"]) for media, told in content.items()}


def _resolved(document: Shape, shape: Shape) -> Shape:
    name = shape.get("$ref")
    if name is None:
        return shape
    found: Shape = document["components"]["schemas"][name.rpartition("/")[2]]
    return found


def _kind(document: Shape, shape: Shape) -> str:
    """A shape in a few words."""
    shape = _resolved(document, shape)
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_kind(document, each) for each in shape["anyOf"]))
    if "enum" in shape:
        return "one of " + ", ".join(map(str, shape["enum"]))
    if shape.get("type") == "array":
        return f"list: {_kind(document, shape.get('items', {}))}"
    if shape.get("contentMediaType") or shape.get("format") == "binary":
        return "file"
    kind = str(shape.get("type", "object"))
    return f"{kind} {shape['pattern']}" if "pattern" in shape else kind


def _command(document: Shape, method: str, path: str, one: Shape) -> str:
    """How to call a route with curl; what is optional is left out."""
    said = ["curl", f'-H "Authorization: Bearer $TOKEN" http://localhost:8000{path}']
    if method not in ("GET", "POST"):
        said.insert(1, f"-X {method}")
    for media, body in _body(document, one).items():
        needed = [name for name in body.get("properties", {}) if name in body.get("required", ())]
        if media == _FORM:
            files = {"face", "picture"}
            said += [f"--form {name}={'@FILE' if name in files else name.upper()}" for name in needed]
        elif needed:
            said.append("--json '{" + ", ".join(f'"{name}": …' for name in needed) + "}'")
    if method == "POST" and len(said) == 2:
        said.insert(1, "-X POST")
    return " ".join(said)


def _id(tag: str) -> str:
    return "part-" + "".join(letter if letter.isalnum() else "-" for letter in tag)


def _text(text: object) -> str:
    return _QUOTED.sub(r"<code>\1</code>", html.escape(" ".join(str(text).split())))
