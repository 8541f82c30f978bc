"""Operators' models are forgotten after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from moiety.models import manifest


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(manifest, "_operators", {})
    yield
