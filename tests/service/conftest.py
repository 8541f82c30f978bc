"""A service over a home with a code, and clients that talk to it inside this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.conftest import Stage

from moiety.service.app import create_app
from moiety.service.settings import Settings


@pytest.fixture
def settings(stage: Stage) -> Settings:
    """The settings of a service on SQLite."""
    return Settings(home=stage.home)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application."""
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI, settings: Settings) -> Iterator[TestClient]:
    """A client that nobody has signed in."""
    with TestClient(app, base_url=settings.site) as opened:
        yield opened
