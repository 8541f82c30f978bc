"""The trust of one process: the home's bundle, with the status lists as the store has them this second.

Several processes change the lists. Each signs the same bytes from the same places, so that what one of them
publishes all of them serve.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.credential.lists import known_statuses, list_uri
from moiety.credential.status import StatusList, StatusToken, sign_status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import STATUS_TTL_S
from moiety.errors import NotFound, TrustRefused
from moiety.store import Store
from moiety.store.places import StoredPlaces, signed_lists

_Versions = tuple[tuple[int, tuple[int, int]], ...]


@dataclass(slots=True)
class _Held:
    """What is kept between requests: all of it public, none of it of one request."""

    stamp: tuple[int, int, int] | None = None
    trust: TrustBundle | None = None
    versions: _Versions = ()
    tokens: dict[int, StatusToken] = field(default_factory=dict)


class Trust:
    """Whom this process believes. Safe for several threads."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home: Final = home
        self._store: Final = store
        self._held = _Held()
        self._lock: Final = threading.Lock()

    def current(self, now: int) -> TrustBundle:
        """The bundle and the newest lists, fit to verify with.

        Raises:
            HomeError, TrustRefused: this home is not fit to verify.
            StoreUnavailable: the database is away; what is withdrawn cannot be known.
        """
        home = Home.open(self._home)
        with self._store.reading() as connection:
            signed = signed_lists(connection)
            with self._lock:
                trust = self._read(home, connection, signed)
        trust.require_current(now)
        return trust

    def token(self, number: int, now: int) -> StatusToken:
        """One of this home's own status lists, signed.

        Raises:
            NotFound: there is no such list.
        """
        home, trust = Home.open(self._home), self.current(now)
        uri = "" if home.issuer_uri is None else list_uri(home.issuer_uri, number)
        token = None if home.issuer_uri is None else trust.status_list(home.issuer_uri, uri)
        if token is None:
            raise NotFound("There is no such status list.")
        return token

    def keep_fresh(self, now: int) -> bool:
        """Sign this home's lists anew if they are a day old; returns whether that was so."""
        home = Home.open(self._home)
        if not home.issues or home.issuer_uri is None:
            return False
        trust = self.current(now)
        own = [one for one in trust.status_lists() if trust.owner_of(one) == home.issuer_uri]
        if own and all(now - one.issued < STATUS_TTL_S for one in own):
            return False
        with self._store.begin() as connection:
            opened = StoredPlaces(connection, now=now)
            Issuer.open(self._home, places=opened.kept, now=now).refresh_lists(now=now)
        return True

    def _read(self, home: Home, connection: Connection, signed: dict[int, tuple[int, int]]) -> TrustBundle:
        try:
            status = home.trust_file.stat()
        except OSError as error:
            raise TrustRefused("This home has no trust bundle.") from error
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        versions = tuple(sorted(signed.items()))
        held = self._held
        if held.trust is not None and held.stamp == stamp and held.versions == versions:
            return held.trust
        trust = TrustBundle.held(home)
        tokens = {}
        for number, version in versions:
            same = dict(held.versions).get(number) == version and held.stamp == stamp
            token = held.tokens[number] if same else self._sign(home, trust, connection, number, version[0])
            if token is not None:
                tokens[number] = token
                trust = trust.with_list(token.encoded)
        self._held = _Held(stamp, trust, versions, tokens)
        return trust

    def _sign(
        self, home: Home, trust: TrustBundle, connection: Connection, number: int, issued: int
    ) -> StatusToken | None:
        """The list as of its last signing; None where another key has to sign it, which publishing does."""
        if home.issuer_uri is None:
            return None
        if trust.bundle.voids(issued):  # by a clock that ran ahead, as the root says
            issued = trust.bundle.issued
        uri = list_uri(home.issuer_uri, number)
        before = trust.status_list(home.issuer_uri, uri)
        moment = issued if before is None else max(issued, before.issued)
        issuer = Issuer.open(self._home, now=max(moment, trust.floor))
        if not issuer.key.not_before <= moment <= issuer.key.not_after:
            return None
        known = known_statuses(StoredPlaces(connection, now=moment, holding=False), number, before)
        return sign_status(uri, StatusList.of(known), issuer.signer, now=moment)
