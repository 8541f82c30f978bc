"""The colours: a face that follows them is told from one that was lit at another time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.liveness import Challenge, parameters
from moiety.liveness.flash import face_colour, reflection


def lit(challenge: Challenge, at: NDArray[np.float64], share: float, seed: int) -> NDArray[np.float64]:
    """Linear colours of a face in a screen's light, with noise."""
    rng = np.random.default_rng(seed)
    colours = []
    for time in at:
        flash = [one for one in challenge.flash if one.onset_ms <= time][-1]
        light = 1 + share * (np.array(flash.rgb) / 255.0) ** 2.2
        colours.append(np.array([0.3, 0.2, 0.15]) * light * (1 + rng.normal(0, 0.01, 3)))
    return np.array(colours)


AT = np.arange(50, 8000, 130.0)
STILL = np.zeros((len(AT), 1))


@pytest.mark.parametrize("seed", range(5))
def test_a_face_before_the_screen_follows_it(seed: int) -> None:
    challenge = Challenge.from_nonce(seed.to_bytes(32), flash=True)
    found = reflection(challenge.flash, AT, lit(challenge, AT, 0.2, seed), STILL)
    assert found.correlation > parameters.FLASH_LEAST
    assert found.chance <= parameters.FLASH_CHANCE


@pytest.mark.parametrize("seed", range(5))
def test_the_light_of_another_moment_does_not(seed: int) -> None:
    asked, other = (Challenge.from_nonce(i.to_bytes(32), flash=True) for i in (seed, seed + 100))
    found = reflection(asked.flash, AT, lit(other, AT, 0.2, seed), STILL)
    assert found.correlation < parameters.FLASH_LEAST or found.chance > parameters.FLASH_CHANCE
    dark = reflection(asked.flash, AT, lit(other, AT, 0.0, seed), STILL)
    assert dark.correlation < parameters.FLASH_LEAST or dark.chance > parameters.FLASH_CHANCE


def test_what_movement_explains_is_no_reflection() -> None:
    """A face that is darker when turned is not one that follows colours."""
    challenge = Challenge.from_nonce(bytes(32), flash=True)
    turned = np.sin(AT / 900.0)
    colours = np.exp(0.3 * turned)[:, None] ** np.array([[1.0, 0.6, 0.2]])
    found = reflection(challenge.flash, AT, colours, turned[:, None])
    assert abs(found.correlation) < parameters.FLASH_LEAST


def test_a_faces_colour_is_linear() -> None:
    crop = np.full((112, 112, 3), (255, 128, 0), np.uint8)
    assert face_colour(crop) == pytest.approx([1.0, (128 / 255) ** 2.2, 0.0])
