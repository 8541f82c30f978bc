"""Desks: whoever completes is looked up anew, however long their connection has been open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.service.conftest import Service

from moiety.errors import NotAllowed, NotSignedIn
from moiety.service import auth
from moiety.service.auth import Actor
from moiety.service.capture.desk import Taken
from moiety.service.capture.desks import open_desk
from moiety.service.roles import Role
from moiety.store import operators


def test_nobody_completes_after_their_session_or_their_role_has_ended(service: Service) -> None:
    client = service.operator(Role.VERIFIER)
    begun = client.post("/v1/verifications", json={"code": service.code}).json()
    order: dict[str, object] = {"do": "open", "nonce": begun["nonce"], "code": service.code}

    def again() -> Actor:
        return auth.of_session(service.state, client.cookies["__Host-moiety"])

    def enroller() -> Actor:
        return replace(again(), roles=frozenset({Role.ENROLLER}))

    other = open_desk(service.state, again(), begun["ceremony"], order, enroller)
    with pytest.raises(NotAllowed, match="verifier"):
        other.complete(Taken(), {})
    desk = open_desk(service.state, again(), begun["ceremony"], order, again)
    with service.state.store.begin() as connection:
        operators.end_sessions(connection, client.headers["X-Test-Operator"], service.state.now())
    with pytest.raises(NotSignedIn):
        desk.complete(Taken(), {})
