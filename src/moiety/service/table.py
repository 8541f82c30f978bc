"""The authorisation table, generated from the routes: who may call what, and none that says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from moiety.service.auth import Require, anyone
from moiety.service.roles import Role

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
        if not isinstance(route, APIRoute):
            continue
        said = list(_said(route.dependant))
        if len(said) != 1:
            raise RuntimeError(f"{sorted(route.methods or ())} {route.path} must say who may call it, once.")
        for method in route.methods or ():
            table[(method, route.path)] = said[0]
    if not table:
        raise RuntimeError("The application has no routes to say who may call them.")
    return table


def _said(dependant: Dependant) -> Iterator[frozenset[Role] | None]:
    for one in dependant.dependencies:
        if isinstance(one.call, Require):
            yield one.call.roles
        elif one.call is anyone:
            yield None
        else:
            yield from _said(one)
