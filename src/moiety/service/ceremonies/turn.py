"""What all ceremonies share: beginning within the limits, taking a ceremony once, ending it once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection

from moiety.errors import StoreUnavailable
from moiety.service.auth import Actor, require_captures
from moiety.service.parameters import (
    LIMIT_CLIENT,
    LIMIT_CREDENTIAL,
    LIMIT_CREDENTIAL_DAY,
    LIMIT_LIVENESS,
    LIMIT_LIVENESS_DAY,
    LIMIT_OPERATOR,
)
from moiety.service.state import State
from moiety.session import Begun, Ceremony, Kind, begin
from moiety.session import State as Stage
from moiety.session.ceremony import Options, hashed
from moiety.store import ceremonies, limits
from moiety.store.ledger import LOCK
from moiety.store.limits import DAY_S
from moiety.store.together import Write


def started(
    state: State,
    actor: Actor,
    kind: Kind,
    subject: bytes,
    options: Options,
    *,
    credential: bool,
) -> Begun:
    """Begin a ceremony for one subject (a code's cti, or a consent's identifier), within the limits.

    Raises:
        RateLimited: too many for this caller, or (`credential`) for this code; or three challenges failed.
        StoreUnavailable: nothing was begun.
    """
    now = state.now()
    with state.store.begin() as connection:
        limit = LIMIT_OPERATOR if actor.session is not None else LIMIT_CLIENT
        counted = [(limit, limits.pseudonym(connection, actor.id.encode(), now // DAY_S))]
        bound = limits.pseudonym(connection, subject, now // DAY_S)
        if state.policy.liveness == "required":
            limits.require_left(connection, LIMIT_LIVENESS, bound, now)
            limits.require_left(connection, LIMIT_LIVENESS_DAY, bound, now)
        if credential:
            counted += [(LIMIT_CREDENTIAL, bound), (LIMIT_CREDENTIAL_DAY, bound)]
        begun = begin(kind, actor=actor.id, now=now, bound=bound, options=options)
        limits.count_all(connection, counted, now, ceremonies.adding(begun.ceremony))
    return begun


def taken(
    state: State, actor: Actor, kind: Kind, identifier: bytes, nonce: bytes, subject: bytes
) -> tuple[Ceremony, bytes]:
    """Take a ceremony to work on what was captured, once; with the keyed hash of its subject (32 bytes).

    Raises:
        NotAllowed: an API client that no administrator lets send captures.
        CeremonyRefused: unknown, another's, used, expired, or begun for another subject.
    """
    require_captures(actor)
    now = state.now()
    with state.store.single() as connection:
        bound = limits.pseudonym(connection, subject, now // DAY_S)
        taken = ceremonies.take_bound(connection, identifier, kind, actor.id, hashed(nonce), bound, now)
    if taken is not None:
        return taken.capturing(kind, actor.id, nonce, bound, now), bound
    # Begun on another day, or something is wrong with it: looked at in full, and told.
    with state.store.begin() as connection:
        before = ceremonies.take(connection, identifier)
        bound = limits.pseudonym(connection, subject, before.begun_at // DAY_S)
        after = before.capturing(kind, actor.id, nonce, bound, now)  # else the taking is undone
    return after, bound


@contextlib.contextmanager
def working(state: State, ceremony: Ceremony) -> Iterator[None]:
    """Work on what was captured; whatever is raised ends the ceremony as failed."""
    try:
        yield
    except BaseException:
        # A database that is away now cannot be told: the ceremony then runs out by itself, as used.
        with contextlib.suppress(StoreUnavailable), state.store.begin() as connection:
            ended(connection, ceremony, Stage.FAILED, state.now())
        raise


def ended(connection: Connection, ceremony: Ceremony, how: Stage, now: int, *besides: Write) -> None:
    """End a ceremony in the transaction that also keeps what came of it; `besides` is written with it."""
    ceremonies.move(connection, ceremony, ceremony.ended(how, now), *besides)


def completed(state: State, connection: Connection, ceremony: Ceremony, now: int, *besides: Write) -> bool:
    """As `ended`, well, and hold the lock of the log, if there is one and it is free; whether it is held."""
    after = ceremony.ended(Stage.COMPLETED, now)
    if state.log is None:
        ceremonies.move(connection, ceremony, after, *besides)
        return False
    return ceremonies.move_locking(connection, ceremony, after, *besides, lock=LOCK)
