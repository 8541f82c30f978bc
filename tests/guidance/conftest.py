"""Small frames as a page would send them, made from the packaged faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import PEOPLE, Face

from moiety.face.detect import detect
from moiety.image import Image, load

NAMES = (
    *(f"london/{one}/{how}" for one in PEOPLE for how in ("neutral", "smiling")),
    *(f"lisa/{i}" for i in range(1, 5)),
)
LIGHT_SKIN = "london/101/neutral"

Framed = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session")
def framed(face: Face) -> Framed:
    """A packaged face in a 320x240 frame: its height in parts of the frame's, its place in pixels."""
    cache: dict[str, tuple[Image, Any]] = {}

    def make(name: str, *, tall: float = 0.55, x: float = 0, y: float = 0) -> NDArray[np.uint8]:
        if name not in cache:
            picture = face(name)
            cache[name] = picture, detect(picture)[0]
        picture, found = cache[name]
        scale = tall * 240 / found.box[3]
        matrix = np.array(
            [[scale, 0, 160 + x - scale * found.centre[0]], [0, scale, 120 + y - scale * found.centre[1]]]
        )
        # A camera does not alias: low-pass as much as shrinking asks for.
        pixels = cv2.GaussianBlur(picture.rgb, (0, 0), 0.4 / scale) if scale < 1 else picture.rgb.copy()
        small = cv2.warpAffine(pixels, matrix, (320, 240), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(small, np.uint8)

    return make


def sent(pixels: NDArray[np.uint8]) -> Image:
    """As the service gets it: through a JPEG of the quality that pages use."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return load(data.tobytes())
