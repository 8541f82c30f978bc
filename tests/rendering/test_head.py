"""Rendered heads: the detector finds them, they turn as they are told, and the same way each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from moiety.errors import ImageUnreadable
from moiety.face.detect import detect
from moiety.image import Image, load
from moiety.liveness import Challenge
from moiety.rendering import Head, render_turn
from moiety.rendering.attacks import FLAT, INSTRUMENTS, NOT_STOPPED
from moiety.rendering.head import Pose

Face = Callable[[str], Image]


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 15, 0), (0, 0, 20)]
)
def test_the_detector_sees_what_was_rendered(face: Face, yaw: float, pitch: float, roll: float) -> None:
    head = Head.of(face("london/101/neutral"))
    frame = render_turn(head, yaw, pitch, roll=roll)
    assert frame.shape == (480, 640, 3)
    found = detect(load(frame))
    assert len(found) == 1
    truth = head.landmarks(Pose(yaw, pitch, roll))
    eyes = 0.14 * 640
    assert np.abs(found[0].landmarks - truth).max() < 0.3 * eyes
    assert np.abs(found[0].landmarks - truth).mean() < 0.1 * eyes


def test_to_the_left_is_to_the_right_of_the_picture(face: Face) -> None:
    head = Head.of(face("london/101/neutral"))
    middle = head.landmarks(Pose())
    left, tilted = head.landmarks(Pose(yaw=25)), head.landmarks(Pose(roll=20))
    assert left[2, 0] - left[:2, 0].mean() > middle[2, 0] - middle[:2, 0].mean()
    assert tilted[1, 1] > tilted[0, 1], "towards the left shoulder, the left eye is lower"


def test_rendering_is_the_same_each_time(face: Face) -> None:
    picture = face("london/101/neutral")
    assert np.array_equal(
        render_turn(picture, 20, size=(160, 120)), render_turn(picture, 20, size=(160, 120))
    )
    assert not np.array_equal(
        Head.of(picture, seed=1).render(Pose(20), (160, 120)),
        Head.of(picture, seed=2).render(Pose(20), (160, 120)),
    )


def test_a_picture_without_one_face_is_refused() -> None:
    with pytest.raises(ImageUnreadable, match="0 faces"):
        Head.of(np.full((64, 64, 3), 128, np.uint8))


@pytest.mark.parametrize("name", [*INSTRUMENTS, *NOT_STOPPED])
def test_every_instrument_yields_frames_of_a_face(face: Face, name: str) -> None:
    challenge = Challenge.from_nonce(bytes(32), flash=True)
    present = {**INSTRUMENTS, **NOT_STOPPED}[name]
    frames = present(Head.of(face("london/005/neutral")), challenge, np.random.default_rng(3))
    first = [next(frames) for _ in range(3)]
    times = [at for at, _ in first]
    assert times == sorted(times)
    assert all(frame.shape == (240, 320, 3) and frame.dtype == np.uint8 for _, frame in first)
    assert len(detect(load(first[-1][1]))) == 1
    assert set(FLAT) <= set(INSTRUMENTS)
