"""Desks: whoever completes is looked up anew, however long their connection has been open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conftest import Picture
from tests.service.conftest import Service

from moiety.errors import CeremonyRefused, NotAllowed, NotSignedIn, PracticeCode
from moiety.practice import Realm
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


def test_a_practice_code_is_completed_at_no_desk(service: Service, picture: Picture) -> None:
    """Neither under a ceremony of its own, which it does not get, nor in place of the code that began one."""
    client = service.operator(Role.VERIFIER)
    practice = Realm(service.state.now()).code_of("101").text
    assert client.post("/v1/verifications", json={"code": practice}).status_code == 422
    begun = client.post("/v1/verifications", json={"code": service.code}).json()

    def again() -> Actor:
        return auth.of_session(service.state, client.cookies["__Host-moiety"])

    order: dict[str, object] = {"do": "open", "nonce": begun["nonce"], "code": practice}
    desk = open_desk(service.state, again(), begun["ceremony"], order, again)
    with pytest.raises((CeremonyRefused, PracticeCode)):
        desk.complete(Taken(faces=[picture("london/101/smiling")]), {})
