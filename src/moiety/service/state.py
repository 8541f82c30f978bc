"""What the routes of one process share: settings, store, clock. Nothing of one request stays in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from moiety.service.settings import Settings
from moiety.store import Store


@dataclass(frozen=True, slots=True)
class State:
    """Shared by all requests. `clock` gives UTC seconds."""

    settings: Settings
    store: Store
    clock: Callable[[], float] = field(default=time.time)

    def now(self) -> int:
        """UTC seconds."""
        return int(self.clock())


def state_of(request: Request) -> State:
    """The state of the application that got this request."""
    state: State = request.app.state.moiety
    return state


Shared = Annotated[State, Depends(state_of)]
"""The parameter of a route that needs the state."""
