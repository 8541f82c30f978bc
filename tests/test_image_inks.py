"""JPEG pictures in printing inks: the same colours, however their inks are written."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image as pillow
from PIL import ImageChops

from moiety.image import load


def _inks() -> pillow.Image:
    """Orange on the left, light blue on the right, with some black ink."""
    rows = np.zeros((64, 64, 4), np.uint8)
    rows[:, :32] = (0, 120, 220, 10)
    rows[:, 32:] = (120, 30, 0, 40)
    return pillow.fromarray(rows, "CMYK")


def _without_marker(data: bytes) -> bytes:
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def _jpeg(picture: pillow.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize("how", ["marked", "as they are", "marker lost"])
def test_the_colours_are_those_of_the_inks(how: str) -> None:
    data = _jpeg(_inks())  # Pillow writes them inverted, and marks it
    if how == "marker lost":
        data = _without_marker(data)
    elif how == "as they are":
        data = _without_marker(_jpeg(ImageChops.invert(_inks())))
    rgb = load(data).rgb
    assert np.abs(rgb[32, 10].astype(int) - (245, 130, 34)).max() < 25
    assert np.abs(rgb[32, 54].astype(int) - (114, 190, 215)).max() < 25
