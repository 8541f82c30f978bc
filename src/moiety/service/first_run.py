"""The first operator: whoever starts the service gets a code on the terminal, and nobody else can see it."""

from __future__ import annotations

from sqlalchemy import Connection

from moiety.service import roles, tokens
from moiety.service.parameters import FIRST_RUN_S
from moiety.service.roles import Role
from moiety.service.state import State
from moiety.store.operators import LOCK, Invitation, any_administrator, end_first_run, invite

NAME = "Administrator"


def first_run_code(state: State, *, again: bool = False) -> str | None:
    """A code that makes one administrator, within the hour; None where there is one already.

    It replaces every such code from before, of this process or another.

    Args:
        state: the service's.
        again: also where there is one, who cannot sign in any more: whoever may start the service on this
            machine could change the database as well.
    """
    with state.store.begin() as connection:
        # With other processes that start now: one code at a time, and none once there is an administrator.
        state.store.lock(connection, LOCK)
        end_first_run(connection)
        if any_administrator(connection) and not again:
            return None
        return _kept(state, connection)


def _kept(state: State, connection: Connection) -> str:
    # All but auditing: one person at the start does everything, and whoever audits should be another.
    given = frozenset({Role.ADMINISTRATOR, Role.ENROLLER, Role.VERIFIER})
    code = tokens.new_code()
    invited = Invitation(NAME, roles.encode(given), None)
    invite(connection, tokens.hashed(code), invited, state.now() + FIRST_RUN_S)
    return code
