"""What is around the face: a sheet that comes up changes it; heads, passers-by and hands that shake don't."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.liveness import parameters
from moiety.liveness.surroundings import Surroundings

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]
Look = Callable[[int], tuple[Pixels, Points]]

FACE: Points = np.array([[140, 110], [180, 110], [160, 130], [145, 150], [175, 150]], np.float64)
TIMES = range(0, 6000, 125)


def room() -> Pixels:
    rng = np.random.default_rng(3)
    coarse = rng.integers(60, 200, (12, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC), np.uint8)


def person(frame: Pixels, points: Points) -> Pixels:
    middle = points.mean(axis=0)
    seen = frame.copy()
    cv2.ellipse(seen, (round(middle[0]), round(middle[1])), (48, 66), 0, 0, 360, (170, 130, 110), -1)
    return seen


def change_of(look: Look) -> float | None:
    around = Surroundings()
    for at in TIMES:
        frame, points = look(at)
        around.add(float(at), frame, points)
    return around.change()


def sheet(at: int) -> tuple[Pixels, Points]:
    frame = person(room(), FACE)
    if 3000 <= at < 3800:
        cv2.rectangle(frame, (65, 15), (255, 239), (225, 225, 225), -1)
    return frame, FACE


def turning(at: int) -> tuple[Pixels, Points]:
    points = FACE + np.array([12 * np.sin(at / 500), 0])
    return person(room(), points), points


def passer_by(at: int) -> tuple[Pixels, Points]:
    frame = room()
    if at >= 3000:
        cv2.rectangle(frame, (200, 0), (319, 239), (30, 30, 90), -1)
    return person(frame, FACE), FACE


def brighter(at: int) -> tuple[Pixels, Points]:
    frame = person(room(), FACE).astype(np.float32) * (1.15 if at >= 3000 else 1.0)
    return np.clip(frame, 0, 255).astype(np.uint8), FACE


def in_the_hand(at: int) -> tuple[Pixels, Points]:
    shift = np.array([5 * np.sin(at / 400), 4 * np.cos(at / 270)])
    moved = cv2.warpAffine(
        person(room(), FACE), np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32), (320, 240)
    )
    return np.asarray(moved, np.uint8), FACE + shift


def test_a_sheet_that_is_held_up_for_a_moment_changes_all_that_is_around_the_face() -> None:
    change = change_of(sheet)
    assert change is not None
    assert change > 10 * parameters.AROUND_MOST


@pytest.mark.parametrize("look", [turning, passer_by, brighter, in_the_hand])
def test_what_a_live_person_does_changes_less(look: Look) -> None:
    change = change_of(look)
    assert change is not None
    assert change < parameters.AROUND_MOST


def test_a_face_that_fills_the_picture_leaves_nothing_to_look_at() -> None:
    large = (FACE - np.array([160, 130])) * 3.5 + np.array([160, 120])
    assert change_of(lambda at: (room(), large)) is None
    few = Surroundings()
    few.add(0.0, room(), FACE)
    assert few.change() is None
