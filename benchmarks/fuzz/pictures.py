"""The door through which pictures come in: whatever the bytes, a picture within its limits or a refusal.

The pixel limit is lowered for the search: memory and time grow with the pixels that a header states, and
the real limit has tests of its own (tests/test_image.py). All else is as in use.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image as pillow
from PIL.PngImagePlugin import PngInfo

from moiety import image
from moiety.errors import ImageTooLarge, ImageUnreadable

MAX_PIXELS: Final = 4_000_000

# Decoders warn of odd metadata; that is no find, and a million warnings are no reading matter.
warnings.simplefilter("ignore")
image.MAX_PIXELS = image.MAX_DECODED_PIXELS = MAX_PIXELS  # type: ignore[misc]


def one_case(data: bytes) -> None:
    """Decode `data` as a scan, the door that takes the most kinds.

    Raises nothing but for a find: another error, or pixels that are not as promised.
    """
    try:
        loaded = image.load(data, formats=(*image.SCANS, "JPEG2000"))
    except (ImageUnreadable, ImageTooLarge):
        return
    rgb = loaded.rgb
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.flags.writeable:
        raise AssertionError("not a picture of the promised shape")
    if not 0 < loaded.width * loaded.height <= MAX_PIXELS:
        raise AssertionError("more pixels than allowed")
    if loaded.ppi is not None and not 20 <= loaded.ppi <= 10_000:
        raise AssertionError("an impossible resolution")


def seeds() -> list[bytes]:
    """One small picture of each kind and feature."""
    grey = np.add.outer(np.arange(24) * 5, np.arange(32) * 4).astype(np.uint8)
    rgb = np.dstack([grey, grey[::-1], grey[:, ::-1]])
    exif = pillow.Exif()
    exif[0x0112] = 6
    info = PngInfo()
    info.add_itxt("Comment", "some words", zip=True)
    info.add_text("Title", "others", zip=True)
    colour, wide = pillow.fromarray(rgb), pillow.fromarray(grey.astype(np.uint16) * 257)
    layered = pillow.fromarray(np.dstack([rgb, grey]))
    wanted: list[tuple[pillow.Image, str, dict[str, Any]]] = [
        (colour, "JPEG", {"exif": exif, "dpi": (300, 300)}),
        (colour, "JPEG", {"progressive": True, "quality": 40}),
        (colour.convert("CMYK"), "JPEG", {}),
        (pillow.fromarray(grey), "JPEG", {"restart_marker_rows": 1}),
        (colour, "PNG", {"pnginfo": info, "exif": exif}),
        (wide, "PNG", {}),
        (layered, "PNG", {}),
        (colour.quantize(8), "PNG", {"transparency": 1}),
        (colour.convert("1"), "PNG", {}),
        (colour, "WEBP", {"exif": exif, "quality": 50}),
        (layered, "WEBP", {"lossless": True}),
        (colour, "AVIF", {"quality": 40}),
        (colour, "TIFF", {"compression": "tiff_lzw"}),
        (colour, "TIFF", {"compression": "jpeg"}),
        (wide, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (colour, "BMP", {}),
        (colour.quantize(8), "BMP", {}),
        (colour, "JPEG2000", {}),
        (colour, "PNG", {"save_all": True, "append_images": [colour.rotate(90)]}),
        (colour, "MPO", {"save_all": True, "append_images": [colour.resize((16, 16))]}),
    ]
    return [_saved(picture, kind, options) for picture, kind, options in wanted]


def _saved(picture: pillow.Image, kind: str, options: dict[str, Any]) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()
