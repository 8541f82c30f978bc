"""The status of codes at a service, in its database and in its home's file: suspended, restored, revoked."""

from __future__ import annotations

import json
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection
from tests.store.crash_stories import CONTENTS, Done, Story, left_behind

from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.credential.lists import list_uri
from moiety.credential.trust import TrustBundle
from moiety.service.auth import Actor
from moiety.service.ceremonies.enrolment import issuing
from moiety.service.roles import Role
from moiety.service.routes.credentials import NewStatus, change
from moiety.service.settings import Settings
from moiety.service.state import State
from moiety.service.trust import Trust
from moiety.store import Store
from moiety.store import events as store_events
from moiety.store.ledger import Log
from moiety.store.tables.events import events
from moiety.store.tables.status import places

ACTOR = Actor("0" * 32, "crash", frozenset({Role.ENROLLER}), None)
AFTER = {"enrolled": 0, "suspended": 2, "restored": 0, "revoked": 1}
"""The status of which an event tells."""


def _tell(store: Store, log: Log, folder: Path, done: Done) -> None:
    """The service's own route and its own way of issuing, below HTTP; the home's file follows each change."""
    state = State.open(Settings(home=folder / "home"), store, None, None, log=log)
    now = state.now()

    def finish(connection: Connection, cti: bytes) -> None:
        store_events.record(connection, "enrolled", {"code": cti.hex()}, now)

    issuer = Issuer.open(folder / "home", places=issuing(state, finish, now), now=now)
    cti = issuer.issue(CONTENTS, now=now).claims.cti.hex()
    done(f"enrolled {cti}")
    for status, kind in (("suspended", "suspended"), ("valid", "restored"), ("revoked", "revoked")):
        change(NewStatus.model_validate({"cti": cti, "status": status}), state, ACTOR)
        done(f"{kind} {cti}")


def _check(store: Store, folder: Path, told: list[str]) -> list[str]:
    """The database says of each code what its events say; the service shows just that; the file of the home
    may lag behind, and says nothing that no event tells of."""
    home = Home.open(folder / "home")
    with store.reading() as connection:
        rows = connection.execute(sa.select(places)).all()
        known = connection.execute(sa.select(events.c.kind, events.c.body).order_by(events.c.id)).all()
    told_of: dict[str, list[str]] = {}
    for kind, body in known:
        if kind in AFTER:
            told_of.setdefault(_code_of(body), []).append(kind)
    wrong = ["an event of a code that is not there"] * len(told_of.keys() - {row.cti.hex() for row in rows})
    believed = _shown(Trust(home.path, store).current(int(time.time())), home)
    filed = _shown(TrustBundle.held(home), home)
    for row in rows:
        kinds = told_of.get(row.cti.hex(), [])
        if not kinds or AFTER[kinds[-1]] != row.status:
            wrong.append(f"a code has the status {row.status} after {kinds}")
        if believed.pop(row.place, 0) != row.status:
            wrong.append("the service believes another status than its database has")
        if filed.pop(row.place, 0) not in {0, *(AFTER[kind] for kind in kinds)}:
            wrong.append(f"the file of the home tells a status that {kinds} do not tell of")
    wrong += ["a status of a code that was never issued"] * (len(believed) + len(filed))
    for line in told:
        kind, cti = line.split()
        if kind not in told_of.get(cti, []):
            wrong.append(f"{kind}, which was reported, is lost")
    return wrong + left_behind(home.path)


def _code_of(body: bytes) -> str:
    """Of which code an event tells."""
    return str(json.loads(body)["code"])


def _shown(trust: TrustBundle, home: Home) -> dict[int, int]:
    """What this trust holds of the issuer's first list: place to status, where it is not valid."""
    if home.issuer_uri is None:
        raise AssertionError("the home of the story issues")
    token = trust.status_list(home.issuer_uri, list_uri(home.issuer_uri, 1))
    return {} if token is None else dict(token.statuses.not_valid())


SERVICE = Story(_tell, _check, has_home=True)
