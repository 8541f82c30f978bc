"""Who plays: people who agreed to be shown, from the package's pictures, and drawn fingers of nobody."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError
from moiety.finger.synthesis import MasterPrint, draw_touch, impression, master_print
from moiety.image import Image, load

LONDON: Final = ("005", "025", "061", "066", "101", "139")
"""Six people of the Face Research Lab London Set (DeBruine and Jones 2017, CC BY 4.0)."""

CAST: Final = (*LONDON, "lisa")
"""And one whose pictures are CC0."""

FINGER: Final = "right-index"
_SMUDGE: Final = 5.0


def reference_of(person: str) -> list[Image]:
    """The pictures that a person's code was made from.

    Raises:
        UsageError: nobody of that name is in the cast.
    """
    _require(person)
    names = ("lisa/1", "lisa/2") if person == "lisa" else (f"london/{person}/neutral",)
    return [_picture(one) for one in names]


def now_of(person: str) -> Image:
    """Another picture of the person, as they stand there now.

    Raises:
        UsageError: nobody of that name is in the cast.
    """
    _require(person)
    return _picture("lisa/3" if person == "lisa" else f"london/{person}/smiling")


def print_of(person: str, touch: int, *, other: bool = False, smudged: bool = False) -> Image:
    """A drawn fingerprint, 480 x 384 at 500 ppi: the same finger for one person, and a finger of nobody.

    Raises:
        UsageError: nobody of that name is in the cast.
    """
    _require(person)
    seed = CAST.index(person) + (100 if other else 0)
    random = np.random.default_rng([seed, touch])
    drawn = impression(_master(seed), draw_touch(random), random)
    if smudged:
        drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), _SMUDGE), np.uint8)
    return load(drawn)


@cache
def _master(seed: int) -> MasterPrint:
    return master_print(np.random.default_rng([20261124, seed]))


@cache
def _picture(name: str) -> Image:
    return load(files("moiety.demo").joinpath("faces", f"{name}.jpg").read_bytes())


def masked(image: Image, landmarks: NDArray[np.float32]) -> Image:
    """The picture with dark glasses, and a cloth mask over nose and mouth; `landmarks` (5, 2) in pixels."""
    eyes = (landmarks[0] + landmarks[1]) / 2
    mouth = (landmarks[3] + landmarks[4]) / 2
    down = mouth - eyes
    across = np.array([down[1], -down[0]])
    nose = landmarks[2] - 0.25 * down
    corners = [
        nose - 0.95 * across, nose - 0.12 * down, nose + 0.95 * across,
        mouth + 0.85 * across + 0.5 * down, mouth + 1.05 * down, mouth - 0.85 * across + 0.5 * down,
    ]  # fmt: skip
    drawn = image.rgb.copy()
    cv2.fillConvexPoly(drawn, cv2.convexHull(np.array(corners, np.int32)), (143, 176, 196), cv2.LINE_AA)
    radius = int(0.34 * np.hypot(*(landmarks[1] - landmarks[0])))
    for x, y in landmarks[:2].astype(int):
        cv2.circle(drawn, (int(x), int(y)), radius, (22, 22, 26), -1, cv2.LINE_AA)
    first, second = (tuple(int(v) for v in one) for one in landmarks[:2])
    cv2.line(drawn, first, second, (22, 22, 26), max(2, radius // 5), cv2.LINE_AA)
    return load(drawn)


def _require(person: str) -> None:
    if person not in CAST:
        raise UsageError("Nobody of that name is in the cast.", remedy=f"Choose from: {', '.join(CAST)}.")
