"""The log of a home: its key lies with the home's other keys, and its origin names that key.

A new key is a new log: no two logs ever share an origin, and a checkpoint says by itself which key made it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from moiety.credential.layout import Home
from moiety.errors import KeyUnavailable
from moiety.keys import Signer, SigningKey
from moiety.store.known_head import FILE_NAME, KnownHead
from moiety.store.ledger import Log

_NO_ISSUER: Final = "moiety.invalid"  # RFC 2606: a name that nobody can own


def open_log(home: Home) -> Log:
    """The log of a home.

    Raises:
        KeyUnavailable: the home has no log key, or more than one.
        PermissionsTooOpen: others could read it.
    """
    files = sorted(home.keys.glob("ledger-*.pem"))
    if len(files) != 1:
        how_many = "no log key" if not files else "more than one log key"
        raise KeyUnavailable(
            f"This home has {how_many}.", remedy="Make one: moiety ledger init --home DIR; or leave only one."
        )
    return _log(home, SigningKey.read(files[0]))


def create_log(home: Home) -> Log:
    """Make the log key of a home.

    Raises:
        KeyUnavailable: it has one already.
        StorageError: the disk refused.
    """
    if any(home.keys.glob("ledger-*.pem")):
        raise KeyUnavailable(
            "This home has a log key already.",
            remedy="A log keeps its key. Take it out to begin another log.",
        )
    key = SigningKey.generate()
    home.add_key("ledger", key)
    return _log(home, key)


def _log(home: Home, signer: Signer) -> Log:
    host = None if home.issuer_uri is None else urlsplit(home.issuer_uri).hostname
    name = _NO_ISSUER if host is None else host
    origin = f"{name}/ledger/{signer.verifying_key.key_id.hex()}"
    return Log(origin, signer, KnownHead(home.path / FILE_NAME))
