"""A service over a home with a code, and people who are signed in to it, inside this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.conftest import Stage
from tests.store.test_consents import agreed

from moiety.consent.secret import new_secret, secret_hash
from moiety.service import roles, sign_in, tokens
from moiety.service.app import create_app
from moiety.service.auth import CSRF_HEADER
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.service.state import State
from moiety.store import consents, operators
from moiety.store.operators import Operator

SITE = "https://verify.example.org"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        import time

        self.ahead = 0.0
        self._now: Callable[[], float] = time.time

    def __call__(self) -> float:
        return self._now() + self.ahead


@dataclass
class Service:
    """A running service, and how to come to it as somebody."""

    app: FastAPI
    stage: Stage
    clock: Clock

    @property
    def state(self) -> State:
        state: State = self.app.state.moiety
        return state

    @property
    def code(self) -> str:
        return self.stage.credential.text

    def client(self) -> TestClient:
        """Nobody."""
        return TestClient(self.app, base_url=SITE, raise_server_exceptions=False)

    def operator(self, *given: Role, name: str = "Somebody") -> TestClient:
        """A new operator in a session, whose client sends the page's token."""
        now = self.state.now()
        operator = Operator(tokens.new_id(), name, roles.encode(given), None, None, now, None)
        with self.state.store.begin() as connection:
            operators.add(connection, operator)
            opened = sign_in.open_session(connection, operator, now)
        client = self.client()
        client.cookies.set("__Host-moiety", opened.cookie)
        client.headers[CSRF_HEADER] = tokens.csrf_of(opened.cookie)
        client.headers["X-Test-Operator"] = operator.id
        return client

    def consent(self, days: int = 90, modalities: tuple[str, ...] = ("face",)) -> str:
        """A person's consent, recorded now; returns its identifier."""
        now = self.state.now()
        record, notice = agreed(now=now, days=days)
        record = replace(record, consent=replace(record.consent, modalities=modalities))
        with self.state.store.begin() as connection:
            consents.give(connection, record, notice, secret_hash(new_secret()), now)
        return record.consent.record_id


def open_service(stage: Stage, clock: Clock, **options: Any) -> Service:
    settings = Settings(home=stage.home, origin=SITE, workers=2, **options)
    return Service(create_app(settings, clock=clock), stage, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(stage: Stage, clock: Clock) -> Iterator[Service]:
    """A service on SQLite that requires no liveness, and enrols from files: its tests hold pictures alone."""
    opened = open_service(stage, clock, unsafe_no_liveness=True, enrol_from_files=True)
    yield opened
    opened.state.store.close()
    opened.state.work.close()


@pytest.fixture
def each_service(stage: Stage, clock: Clock, database_url: str) -> Iterator[Service]:
    """The same, once on SQLite and once on PostgreSQL."""
    opened = open_service(stage, clock, unsafe_no_liveness=True, enrol_from_files=True, database=database_url)
    yield opened
    opened.state.store.close()
    opened.state.work.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    """A client that nobody has signed in."""
    return service.client()


@pytest.fixture
def app(service: Service) -> FastAPI:
    return service.app
