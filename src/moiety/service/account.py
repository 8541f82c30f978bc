"""The service's log: its key is made once for all processes, and a decision gets the proof of its event."""

from __future__ import annotations

from moiety.credential.layout import Home
from moiety.errors import MoietyError
from moiety.service.state import State
from moiety.store import Store
from moiety.store.ledger import LOCK, Log, proven
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


def proof_of(state: State, event: bytes) -> str | None:
    """The proof that an event is in the log, as text (C2SP tlog-proof); None where the log cannot be extended
    now. The event is kept all the same, and gets its place when it can.
    """
    if state.log is None:
        return None
    try:
        return proven(state.store, state.log, event, now=state.now()).encode().decode()
    except MoietyError:
        return None  # the decision stands; `moiety ledger prove` gives the proof later
