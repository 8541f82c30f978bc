"""The authorisation table, generated from the routes: who may call what, and none that says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from moiety.service.auth import Require, RequireInSocket, anyone
from moiety.service.roles import Role

SOCKET: Final = "WEBSOCKET"
"""Stands in the table where a route of HTTP has its method."""

Table = dict[tuple[str, str], frozenset[Role] | None]
"""(method, path) to the roles that may call it; None where anyone may."""


def authorisation(app: FastAPI) -> Table:
    """Who may call what.

    Raises:
        RuntimeError: a route does not say who may call it, or says it twice.
    """
    table: Table = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, (APIRoute, APIWebSocketRoute)):
            continue
        methods = sorted(route.methods or ()) if isinstance(route, APIRoute) else [SOCKET]
        said = list(_said(route.dependant))
        if len(said) != 1:
            raise RuntimeError(f"{methods} {route.path} must say who may call it, once.")
        for method in methods:
            table[(method, route.path)] = said[0]
    if not table:
        raise RuntimeError("The application has no routes to say who may call them.")
    return table


def _said(dependant: Dependant) -> Iterator[frozenset[Role] | None]:
    for one in dependant.dependencies:
        if isinstance(one.call, (Require, RequireInSocket)):
            yield one.call.roles
        elif one.call is anyone:
            yield None
        else:
            yield from _said(one)
