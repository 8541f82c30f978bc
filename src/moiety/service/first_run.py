"""The first operator: whoever starts the service gets a code on the terminal, and nobody else can see it."""

from __future__ import annotations

from moiety.service.parameters import FIRST_RUN_S
from moiety.service.roles import Role
from moiety.service.routes.operators import invitation
from moiety.service.state import State
from moiety.store.operators import any_administrator

NAME = "Administrator"


def first_run_code(state: State, *, again: bool = False) -> str | None:
    """A code that makes one administrator, within the hour; None where there is one already.

    Args:
        state: the service's.
        again: also where there is one, who cannot sign in any more: whoever may start the service on this
            machine could change the database as well.
    """
    with state.store.reading() as connection:
        if any_administrator(connection) and not again:
            return None
    # All but auditing: one person at the start does everything, and whoever audits should be another.
    given = frozenset({Role.ADMINISTRATOR, Role.ENROLLER, Role.VERIFIER})
    return invitation(state, NAME, given, FIRST_RUN_S)[0]
