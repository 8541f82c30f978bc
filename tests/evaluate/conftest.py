"""People who exist only as numbers: clouds of int8 vectors, so that rates can be known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

People = tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int64]]


def make_people(subjects: int, samples: int, *, spread: float, seed: int, dimensions: int = 32) -> People:
    """References, probes and ascending subject numbers; people of 1 to `samples` samples."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, samples + 1, subjects)
    counts[:2] = samples
    subject_of = np.repeat(np.arange(subjects), counts).astype(np.int64)
    centres = random.standard_normal((subjects, dimensions))

    def vectors() -> NDArray[np.int8]:
        rows = centres[subject_of] + spread * random.standard_normal((len(subject_of), dimensions))
        scaled: NDArray[np.int8] = np.rint(rows / np.abs(rows).max(axis=1, keepdims=True) * 127).astype(
            np.int8
        )
        return scaled

    return vectors(), vectors(), subject_of


@pytest.fixture
def people() -> Callable[..., People]:
    """A maker of made-up people."""
    return make_people
