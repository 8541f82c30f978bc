"""A code too near the lens: told from a sharp one, from a small one and from what is no code."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.browser import people

from moiety import image
from moiety.credential import base45, inflate, qr
from moiety.guidance.codes import Near, find_patch
from moiety.service.capture.frames import Frame
from moiety.service.capture.scenes import Code

TEXT = base45.encode(inflate.deflate(b"\xd2\x84\x43\xa1\x01\x27" + random.Random(17).randbytes(700)))
WIDTH, HEIGHT = 1280, 720
GROUNDS = {"table": (150, 140, 120), "dark table": (45, 40, 38), "bright wall": (205, 205, 200)}
EVERY_MS = 170


def seen(side: int, blur: float, *, tilt: float = 6, ground: str = "table") -> NDArray[np.uint8]:
    """A frame of a code on paper, `side` pixels wide; a blur of 0 is sharp; a side of 0 is paper alone."""
    frame = np.full((HEIGHT, WIDTH, 3), GROUNDS[ground], np.float32)
    frame += np.linspace(-25, 25, WIDTH)[None, :, None]
    across = round((side or 450) * 1.24)
    paper = np.full((across, across, 3), 235, np.uint8)
    if side:
        edge = (across - side) // 2
        drawn = cv2.resize(image.load(qr.png(TEXT)).rgb, (side, side), interpolation=cv2.INTER_AREA)
        paper[edge : edge + side, edge : edge + side] = 20 + drawn.astype(np.float32) * 215 / 255
    turn = cv2.getRotationMatrix2D((across / 2, across / 2), tilt, 1)
    turn[:, 2] += (WIDTH / 2 - across / 2, HEIGHT / 2 - across / 2)
    covered = cv2.warpAffine(np.ones((across, across), np.float32), turn, (WIDTH, HEIGHT))[..., None]
    frame = np.asarray(frame * (1 - covered) + cv2.warpAffine(paper, turn, (WIDTH, HEIGHT)), np.float32)
    if blur:
        frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), blur), np.float32)
    frame += np.random.default_rng(17).normal(0, 3, frame.shape)
    return np.clip(frame, 0, 255).astype(np.uint8)


def blurred_near(rgb: NDArray[np.uint8]) -> bool:
    patch = find_patch(rgb)
    return patch is not None and patch.blurred_near


@pytest.mark.parametrize("ground", list(GROUNDS))
@pytest.mark.parametrize("blur", [6.0, 10.0, 20.0])
def test_a_large_blurred_code_is_told(ground: str, blur: float) -> None:
    assert blurred_near(seen(520, blur, ground=ground))


@pytest.mark.parametrize(
    ("side", "blur"), [(520, 0.0), (520, 2.0), (250, 0.0), (250, 5.0), (0, 0.0), (0, 10.0)]
)
def test_a_sharp_code_a_small_one_and_empty_paper_are_not(side: int, blur: float) -> None:
    assert not blurred_near(seen(side, blur))


def test_a_face_is_not() -> None:
    for person in ("005", "101"):
        face = image.load(people.seen(person, "neutral")).rgb
        large = np.asarray(cv2.resize(face, (960, 720), interpolation=cv2.INTER_CUBIC), np.uint8)
        assert not blurred_near(large)
        assert not blurred_near(np.asarray(cv2.GaussianBlur(large, (0, 0), 8), np.uint8))


def test_it_is_said_once_it_lasted_and_not_for_a_moment() -> None:
    near, blurred, sharp = Near(), seen(520, 8), seen(520, 0)
    assert not near.see(blurred, 0)
    assert not near.see(blurred, 1000)
    assert not near.see(sharp, 1100)
    assert not near.see(blurred, 1300)
    assert near.see(blurred, 2600)


def test_the_page_is_told_to_hold_it_further_away_and_then_the_code() -> None:
    scene, codes = Code(), []
    blurred = image.load(seen(520, 8))
    for number in range(12):
        told = scene.see(Frame(False, 0, number + 1, number * EVERY_MS, b""), blurred)
        codes.append(told[0]["code"])
    assert codes[0] == "code-none"
    assert codes[-1] == "code-near"
    assert codes.index("code-near") * EVERY_MS >= 1200
    told = scene.see(Frame(False, 0, 13, 13 * EVERY_MS, b""), image.load(seen(560, 0)))
    assert told[-1] == {"say": "code", "text": scene.text}
