"""Master prints: the same seed gives the same print; ridges are as far apart as a person's; minutiae
arise."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.finger.ridges import ridge_map
from moiety.finger.synthesis import MasterPrint, draw_touch, impression, master_of, master_print
from moiety.finger.synthesis.orientation import draw_pattern, orientation_field


@pytest.fixture(scope="module")
def master() -> MasterPrint:
    return master_of(3, "right-index")


def test_the_same_person_has_the_same_finger(master: MasterPrint) -> None:
    again = master_of(3, "right-index")
    assert np.array_equal(master.ridges, again.ridges)


def test_another_finger_of_the_same_person_differs(master: MasterPrint) -> None:
    other = master_of(3, "left-index")
    correlation = np.corrcoef(master.ridges.ravel(), other.ridges.ravel())[0, 1]
    assert abs(correlation) < 0.2


def test_ridges_lie_as_far_apart_as_was_drawn(master: MasterPrint) -> None:
    seen = ridge_map((128 - 100 * master.ridges).astype(np.uint8))
    assert seen.period == pytest.approx(master.period, rel=0.08)
    assert float(seen.ridged.mean()) > 0.9


@pytest.mark.parametrize(
    ("name", "loops", "deltas"),
    [("left-loop", 1, 1), ("right-loop", 1, 1), ("whorl", 2, 2), ("tented-arch", 1, 1), ("arch", 0, 0)],
)
def test_a_class_has_its_singular_points(name: str, loops: int, deltas: int) -> None:
    rng = np.random.default_rng(1)
    pattern = draw_pattern(rng, 512, 416, name)
    assert (len(pattern.loops), len(pattern.deltas)) == (loops, deltas)
    theta = orientation_field(pattern, rng, 512, 416)
    for x, y in pattern.loops:
        assert _winding(theta, x, y) == pytest.approx(np.pi, abs=0.3)
    for x, y in pattern.deltas:
        assert _winding(theta, x, y) == pytest.approx(-np.pi, abs=0.3)


def _winding(theta: np.ndarray[tuple[int, ...], np.dtype[np.float32]], x: float, y: float) -> float:
    """How far the orientation turns on a small circle, walked anticlockwise with y up (Poincare index)."""
    angles = np.linspace(0, 2 * np.pi, 120)
    columns = np.clip(np.round(x + 4 * np.cos(angles)).astype(int), 0, theta.shape[1] - 1)
    rows = np.clip(np.round(y - 4 * np.sin(angles)).astype(int), 0, theta.shape[0] - 1)
    steps = np.diff(theta[rows, columns])
    return float(np.sum((steps + np.pi / 2) % np.pi - np.pi / 2))


def test_impressions_differ_and_keep_the_period(master: MasterPrint) -> None:
    prints = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        prints.append(impression(master, draw_touch(rng), rng))
    assert prints[0].shape == (480, 384)
    assert prints[0].dtype == np.uint8
    assert not np.array_equal(prints[0], prints[1])
    for one in prints:
        assert ridge_map(one).period == pytest.approx(master.period, rel=0.1)


def test_an_unknown_generator_state_gives_another_finger() -> None:
    one = master_print(np.random.default_rng(10), pattern="whorl")
    two = master_print(np.random.default_rng(11), pattern="whorl")
    assert not np.array_equal(one.ridges, two.ridges)
