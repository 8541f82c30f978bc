"""The service's log: its key is made once for all processes, and what is done gets its event's receipt."""

from __future__ import annotations

import contextlib

from moiety.credential.layout import Home
from moiety.errors import MoietyError
from moiety.service.answers import Entry
from moiety.service.state import State
from moiety.store import Store
from moiety.store.ledger import LOCK, Log, entered
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


def entry_of(state: State, event: bytes) -> Entry:
    """The receipt of an event in the log. Pending where the log cannot be extended now: what was done stands,
    the event is kept, and gets its place when it can.
    """
    told = Entry(id=event.hex(), event=None, salt=None, proof=None, pending=True)
    try:
        if state.log is not None:
            done = entered(state.store, state.log, event, now=state.now())
        else:
            done = receipt(state.store, event)
    except MoietyError:
        with contextlib.suppress(MoietyError):
            told = Entry.model_validate(receipt(state.store, event).to_json())
        return told
    return Entry.model_validate(done.to_json())
