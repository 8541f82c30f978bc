"""Faces are found where they are, at any size of picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from moiety.face.detect import Face as Found
from moiety.face.detect import detect
from moiety.image import Image, load

Face = Callable[[str], Image]


def resized(picture: Image, scale: float) -> Image:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return load(np.asarray(cv2.resize(picture.rgb, None, fx=scale, fy=scale, interpolation=way), np.uint8))


def only(picture: Image) -> Found:
    (one,) = detect(picture)
    return one


def test_the_landmarks_lie_as_their_names_say(face: Face) -> None:
    for name in ("london/005/neutral", "lisa/1"):
        right_eye, left_eye, nose, right_mouth, left_mouth = only(face(name)).landmarks
        assert right_eye[0] < nose[0] < left_eye[0]
        assert right_mouth[0] < nose[0] < left_mouth[0]
        assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


@pytest.mark.parametrize("scale", [0.2, 0.45, 1.7, 4.0])
def test_landmarks_are_in_pixels_of_the_picture_whatever_its_size(scale: float, face: Face) -> None:
    picture = face("london/005/neutral")
    once, again = only(picture), only(resized(picture, scale))
    tolerance = 0.15 * once.eye_distance
    assert np.abs(again.landmarks / scale - once.landmarks).max() < tolerance
    assert again.eye_distance / scale == pytest.approx(once.eye_distance, rel=0.12)


def test_a_face_is_found_off_the_middle(face: Face) -> None:
    picture = face("london/005/neutral")
    wide = np.full((1000, 1600, 3), 90, np.uint8)
    wide[300:940, 900:1540] = picture.rgb
    assert np.abs(only(load(wide)).landmarks - only(picture).landmarks - [900, 300]).max() < 15


def test_the_mirror_image_has_its_landmarks_mirrored(face: Face) -> None:
    picture = face("london/005/neutral")
    mirrored = only(load(np.ascontiguousarray(picture.rgb[:, ::-1]))).landmarks
    straight = only(picture).landmarks
    turned = mirrored[[1, 0, 2, 4, 3]] * [-1, 1] + [picture.width - 1, 0]
    assert np.abs(turned - straight).max() < 0.15 * only(picture).eye_distance


def test_the_largest_comes_first(face: Face) -> None:
    both = np.full((640, 1280, 3), 128, np.uint8)
    both[:320, :320] = cv2.resize(face("london/005/neutral").rgb, (320, 320))
    both[:, 640:] = face("london/101/neutral").rgb
    first, second = detect(load(both))
    assert first.eye_distance > 1.5 * second.eye_distance


def test_the_smallest_picture_is_no_error() -> None:
    assert detect(load(np.zeros((16, 16, 3), np.uint8))) == []
    assert detect(load(np.zeros((16, 3000, 3), np.uint8))) == []
