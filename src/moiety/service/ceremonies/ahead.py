"""A look at the ceremony of a large body, before any of it is read."""

from __future__ import annotations

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from moiety.errors import CeremonyRefused
from moiety.service.auth import Actor
from moiety.service.ceremonies.captured import identifier_of
from moiety.service.parameters import LARGE_BODY
from moiety.service.state import State
from moiety.service.uploads import stated_size
from moiety.session import State as Stage
from moiety.session.ceremony import unknown
from moiety.store import ceremonies


async def look_ahead(state: State, actor: Actor, request: Request) -> None:
    """Refuse a large body whose ceremony can't take it, before any of it is read.

    Raises:
        RequestMalformed, CeremonyRefused: as after the body.
    """
    named = request.path_params.get("ceremony")
    if named is None or stated_size(request) <= LARGE_BODY:
        return
    identifier = identifier_of(named)

    def looked_at() -> None:
        with state.store.reading() as connection:
            found = ceremonies.find(connection, identifier)
        if found.actor != actor.id:
            raise unknown()
        now = found.seen(state.now())
        if now.state is not Stage.BEGUN:
            raise CeremonyRefused(f"This ceremony is {now.state.value} already: each is used once.")

    await run_in_threadpool(looked_at)
