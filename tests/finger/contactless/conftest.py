"""Synthetic hands at a quarter of a phone's pixels: enough for every gate, quick enough for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from moiety.finger.synthesis import MasterPrint, Scene, SyntheticPhotograph, master_of, photograph

GOOD = Scene(height=1500, width=1640, scale=15.0, centre=(0.5, 0.32), defocus=0.4, noise=2.0, tone=4.0)

Take = Callable[..., SyntheticPhotograph]


@pytest.fixture(scope="session")
def masters() -> dict[str, MasterPrint]:
    return {f"right-{name}": master_of(7, f"right-{name}") for name in ("index", "middle", "ring", "little")}


@pytest.fixture(scope="session")
def take(masters: dict[str, MasterPrint]) -> Take:
    """Photograph the right hand of synthetic person 7 in a good scene with some things changed."""

    def shoot(seed: int = 5, **changes: Any) -> SyntheticPhotograph:
        return photograph(GOOD.but(**changes), masters, np.random.default_rng(seed))

    return shoot
