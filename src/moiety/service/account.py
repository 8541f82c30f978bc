"""The service's log: its key is made once for all processes, and what is done gets its event's receipt."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from moiety.credential.layout import Home
from moiety.errors import MoietyError
from moiety.ledger.receipt import LedgerReceipt
from moiety.service.answers import Entry
from moiety.service.state import State
from moiety.store import Store
from moiety.store.ledger import LOCK, Log, Placed, entered, place
from moiety.store.ledger_reading import receipt
from moiety.store.log_key import create_log, open_log


def log_of(home: Home, store: Store) -> Log:
    """The log that this home extends; its key is made where there is none, by one process alone.

    Raises:
        KeyUnavailable, PermissionsTooOpen: the key cannot be used.
        StorageError: the disk refused.
    """
    with store.begin() as connection:
        store.lock(connection, f"{LOCK}/key")
        return open_log(home) if any(home.keys.glob("ledger-*.pem")) else create_log(home)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done in a transaction.

    Attributes:
        event: its event's receipt, without a proof so far.
        first: whether the transaction holds the log's lock: then it gives the places.
    """

    event: LedgerReceipt
    first: bool


def kept(state: State, act: Callable[[Connection], Done]) -> LedgerReceipt:
    """Do what an event tells of, in one transaction, and give the event its place there, where nobody else is
    at the log; the receipt of the event, without a proof where it still waits.

    `act` does it and records the event; it is done again, from the beginning, where the log could not be
    extended. What it raises is raised here, and nothing was done.
    """
    try:
        with state.store.begin() as connection:
            done = act(connection)
            placed = _placed(state, connection) if done.first else None
    except _LogStuck:
        with state.store.begin() as connection:
            done, placed = act(connection), None
    return done.event if placed is None else placed.complete(done.event)


def _placed(state: State, connection: Connection) -> Placed | None:
    if state.log is None:
        return None
    try:
        return place(connection, state.log, now=state.now())
    except (MoietyError, SQLAlchemyError) as error:
        raise _LogStuck from error


class _LogStuck(Exception):
    """The log could not be extended; what was to be done with it in one transaction was undone."""


def entry_of(state: State, event: LedgerReceipt | bytes) -> Entry:
    """The receipt of an event in the log, with its proof. Pending where the log cannot be extended now: what
    was done stands, the event is kept, and gets its place when it can.
    """
    try:
        known = receipt(state.store, event) if isinstance(event, bytes) else event
    except MoietyError:
        identifier = event if isinstance(event, bytes) else event.identifier
        return Entry(id=identifier.hex(), event=None, salt=None, proof=None, pending=True)
    if known.proof is None and state.log is not None:
        with contextlib.suppress(MoietyError):
            known = entered(state.store, state.log, known, now=state.now())
    return Entry.model_validate(known.to_json())
