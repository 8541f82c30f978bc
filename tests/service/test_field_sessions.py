"""A phone that joined stays for a shift: after a rest its own key wakes the session, nothing else does."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.testclient import TestClient
from tests.conftest import Stage
from tests.service.conftest import SITE, Clock, Service, open_service

from moiety.service.parameters import SESSION_IDLE_S, SESSION_S
from moiety.service.roles import Role
from moiety.service.routes.operators import invitation


class Phone:
    """A phone's browser: its cookies, and a key that does not leave it."""

    def __init__(self, service: Service) -> None:
        self.client: TestClient = service.client()
        self.key = ec.generate_private_key(ec.SECP256R1())
        given = frozenset({Role.ENROLLER, Role.VERIFIER})
        self.code = invitation(service.state, "Phone", given, 3600)[0]

    def join(self, *, bound: bool = True) -> Any:
        raw = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        device = {"device": urlsafe_b64encode(raw).decode().rstrip("=")} if bound else {}
        return self.client.post("/v1/session/join", json={"code": self.code, **device})

    def wake(self, key: ec.EllipticCurvePrivateKey | None = None, site: str = SITE) -> int:
        begun = self.client.post("/v1/session/wake/begin")
        if begun.status_code != 200:
            return int(begun.status_code)
        message = b"moiety/wake/1\x00" + site.encode() + b"\x00" + bytes.fromhex(begun.json()["challenge"])
        r, s = decode_dss_signature((key or self.key).sign(message, ec.ECDSA(hashes.SHA256())))
        answer = {"sign_in": begun.json()["sign_in"], "signature": f"{r:064x}{s:064x}"}
        return int(self.client.post("/v1/session/wake/complete", json=answer).status_code)

    def here(self) -> bool:
        return bool(self.client.get("/v1/session").status_code == 200)


@pytest.fixture
def field(stage: Stage, clock: Clock, database_url: str) -> Iterator[Service]:
    opened = open_service(stage, clock, unsafe_no_liveness=True, lan=True, database=database_url)
    yield opened
    opened.state.work.close()
    opened.state.store.close()


def test_a_phone_that_joined_stays_for_a_shift(field: Service, clock: Clock) -> None:
    phone = Phone(field)
    assert phone.join().status_code == 200
    for hour in range(1, 12):
        clock.ahead = hour * 3600
        assert not phone.here()  # it rested for longer than half an hour
        assert phone.wake() == 200
        assert phone.here()
    clock.ahead = SESSION_S + 1
    assert phone.wake() == 401


def test_a_copied_cookie_does_not_wake_it(field: Service, clock: Clock) -> None:
    phone = Phone(field)
    phone.join()
    clock.ahead = SESSION_IDLE_S + 1
    assert phone.wake(ec.generate_private_key(ec.SECP256R1())) == 401
    assert phone.wake(site="https://elsewhere.example") == 401
    assert not phone.here()
    assert phone.wake() == 200


def test_a_session_without_a_device_ends_after_its_rest(field: Service, clock: Clock) -> None:
    phone = Phone(field)
    phone.join(bound=False)
    assert phone.here()
    clock.ahead = SESSION_IDLE_S + 1
    assert phone.wake() == 401


def test_an_administrator_ends_it(field: Service) -> None:
    phone, administrator = Phone(field), field.operator(Role.ADMINISTRATOR)
    identifier = phone.join().json()["id"]
    assert administrator.delete(f"/v1/operators/{identifier}/sessions").status_code == 204
    assert not phone.here()
    assert phone.wake() == 401


@pytest.mark.parametrize("device", ["A" * 87, "x", "B" * 88, 5])
def test_a_key_that_is_none_is_refused_before_the_code_is_used(field: Service, device: object) -> None:
    phone = Phone(field)
    refused = phone.client.post("/v1/session/join", json={"code": phone.code, "device": device})
    assert refused.status_code == 422
    assert phone.join().status_code == 200
