from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.finger.ridges import resample, ridge_map


def stripes(period: float, angle: float, shape: tuple[int, int] = (256, 320)) -> NDArray[np.uint8]:
    """Parallel ridges, `period` pixels apart, with a little noise."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    wave = 90 * np.cos(2 * np.pi / period * (np.cos(angle) * x + np.sin(angle) * y))
    noise = np.random.default_rng(0).normal(0, 8, shape)
    picture: NDArray[np.uint8] = np.clip(128 + wave + noise, 0, 255).astype(np.uint8)
    return picture


@pytest.mark.parametrize("period", [4.0, 6.0, 9.0, 13.0, 18.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, 1.57, 2.4])
def test_measures_the_distance_of_ridges(period: float, angle: float) -> None:
    found = ridge_map(stripes(period, angle))
    assert found.period == pytest.approx(period, rel=0.06)
    assert found.ridged.mean() > 0.9
    assert found.clarity > 0.5


@pytest.mark.parametrize("level", [0, 128, 255])
def test_nothing_in_a_flat_field(level: int) -> None:
    found = ridge_map(np.full((200, 200), level, np.uint8))
    assert (found.period, found.clarity, found.area(500)) == (0, 0, 0)
    assert found.box((200, 200)) == (slice(0, 200), slice(0, 200))


def test_nothing_in_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300)).astype(np.uint8)
    assert not ridge_map(noise).ridged.any()


def test_boxes_the_part_that_shows_ridges() -> None:
    scan = np.full((500, 600), 240, np.uint8)
    scan[150:330, 300:500] = stripes(9, 0.7, (180, 200))
    rows, columns = ridge_map(scan).box((500, 600))
    assert 60 <= rows.start <= 150 and 330 <= rows.stop <= 430
    assert 200 <= columns.start <= 300 and 500 <= columns.stop <= 600
    assert 40 < ridge_map(scan).area(500) < 180  # it has 9.1 by 10.2 mm


@pytest.mark.parametrize("shape", [(16, 16), (40, 200), (65, 64)])
def test_small_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    assert ridge_map(stripes(9, 0.0, shape)).period >= 0


def test_resampling_brings_the_period_along() -> None:
    assert ridge_map(resample(stripes(9, 0.5), 2.0)).period == pytest.approx(18, rel=0.06)
    assert ridge_map(resample(stripes(18, 0.5), 0.5)).period == pytest.approx(9, rel=0.06)
    picture = stripes(9, 0.5)
    assert resample(picture, 1.001) is picture
