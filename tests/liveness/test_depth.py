"""Depth: how far a nose stands out; in small turns for how far it turned, so that more is no help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.liveness.conftest import levelled

from moiety.liveness import parameters
from moiety.liveness.challenge import MOVES, Motion
from moiety.liveness.depth import judge_depth
from moiety.liveness.motion import Trace
from moiety.liveness.runs import Run, Stepped

FRONTAL = 5
LEAST = {motion: one.standing for motion, one in parameters.TURNING.items()}
WAYS: tuple[Motion, ...] = ("turn", "low")


def stepped(
    yaws: Sequence[float], *, motion: Motion = "low", depth: float = 1.0, landmark: float = 0.5,
    spoilt: Sequence[int] = (),
) -> Stepped:  # fmt: skip
    """What is found of one turn to the left, frame by frame, by so many degrees.

    `depth` is the nose's in the pixels as a share of a head's, `landmark` what the detector makes of it, in
    eye distances; frames in `spoilt` show noise.
    """
    turned = np.radians([0.0] * FRONTAL + list(yaws))
    faces = [levelled(float(one), depth) for one in np.degrees(turned)]
    for number in spoilt:
        rng = np.random.default_rng(number)
        faces[FRONTAL + number] = rng.integers(0, 256, faces[0].shape).astype(np.uint8)
    still = np.zeros(len(turned))
    nose = np.column_stack([landmark * np.tan(turned), still])
    at = 150.0 * np.arange(len(turned), dtype=np.float64)
    trace = Trace(at, nose, still, np.zeros((len(turned), 2)), still, np.cos(turned), FRONTAL)
    found = Stepped()
    judge_depth([Run(MOVES.index("left"), FRONTAL, len(turned) - 1)], trace, np.stack(faces), motion, found)
    return found


@pytest.mark.parametrize("yaw", [27.0, 30.0, 34.0])
def test_a_head_has_about_the_same_depth_however_far_it_turns(yaw: float) -> None:
    found = stepped([yaw] * 8)
    assert found.against == []
    assert 2 * LEAST["low"] < found.measures["standing"] < 5 * LEAST["low"]


@pytest.mark.parametrize("yaw", [14.0, 18.0])
def test_a_head_that_turns_a_little_is_enough(yaw: float) -> None:
    assert stepped([yaw] * 8).against == []


@pytest.mark.parametrize("yaw", [24.0, 30.0, 40.0])
def test_a_head_that_turns_far_stands_out(yaw: float) -> None:
    found = stepped([yaw] * 8, motion="turn")
    assert found.against == []
    assert found.measures["standing"] >= LEAST["turn"]


@pytest.mark.parametrize("motion", WAYS)
@pytest.mark.parametrize("yaw", [18.0, 30.0, 45.0])
def test_what_has_a_fifth_of_the_depth_is_no_head_however_far_it_turns(yaw: float, motion: Motion) -> None:
    """Far turned, it moves further in the pixels than a head that turns a little."""
    found = stepped([yaw] * 8, motion=motion, depth=0.2, landmark=0.3)
    assert [one.code for one in found.against] == ["liveness-flat"]
    assert found.measures["standing"] < LEAST[motion]


def test_a_glimpse_of_a_far_turn_does_not_pass_for_a_small_one() -> None:
    """Most frames are turned a little, and would tell a small angle for the height of the few."""
    found = stepped([12.0] * 20 + [45.0] * 5, depth=0.2, landmark=0.3)
    assert found.measures["relief_1"] > stepped([10.0] * 8).measures["relief_1"]
    assert [one.code for one in found.against] == ["liveness-flat"]


def test_two_frames_that_cannot_be_registered_take_nothing_from_a_head() -> None:
    whole, spoilt = stepped([30.0] * 5), stepped([30.0] * 5, spoilt=(1, 3))
    assert spoilt.measures["standing"] > 0.8 * whole.measures["standing"]


@pytest.mark.parametrize("motion", WAYS)
def test_the_landmark_alone_is_not_enough(motion: Motion) -> None:
    """A detector that sees a whole nose where the pixels have none."""
    found = stepped([35.0] * 8, motion=motion, depth=0.0, landmark=0.8)
    assert [one.code for one in found.against] == ["liveness-flat"]


@pytest.mark.parametrize("motion", WAYS)
def test_any_narrowing_gives_a_finite_depth(motion: Motion) -> None:
    for yaw in (-80.0, 0.0, 89.9):
        assert np.isfinite(stepped([yaw] * 4, motion=motion).measures["standing"])
