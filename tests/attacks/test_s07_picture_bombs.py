"""S7: a few bytes of picture never take much memory, whatever their header says."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

ALLOWED_MB = 300
"""A whole phone picture takes 175 MB at the peak; the rest is for what the allocator keeps on the way."""

LOADING = """
import pathlib, re, sys
from moiety.errors import MoietyError
from moiety.image import SCANS, load
def resident():
    return int(re.findall(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[0]) / 1024
before = resident()
try:
    found = repr(load(pathlib.Path(sys.argv[1]).read_bytes(), formats=(*SCANS, "JPEG2000")))
except MoietyError as error:
    found = type(error).__name__
print(found, resident() - before)
"""


def made(size: tuple[int, int], kind: str, mode: str = "RGB", **options: object) -> bytes:
    stream = BytesIO()
    pillow.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()


def avif_that_lies() -> bytes:
    """An AVIF of 30 megapixels whose container says 64 x 64."""
    data = made((6000, 5000), "AVIF", speed=10)
    return data.replace(struct.pack(">II", 6000, 5000), struct.pack(">II", 64, 64))


def tiff_with_a_huge_tile() -> bytes:
    """A TIFF of 100 x 100 pixels in one tile of 16,384 x 16,384."""
    made_small = made((16, 16), "TIFF", compression="tiff_adobe_deflate")
    strip = made_small[8:24]
    entries = [
        (256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1),
        (322, 4, 1, 16384), (323, 4, 1, 16384), (324, 4, 1, 8), (325, 4, 1, len(strip)),
    ]  # fmt: skip
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries)
    return struct.pack("<2sHI", b"II", 42, 8 + len(strip)) + strip + table + bytes(4)


def jpeg_of_many_scans() -> bytes:
    """A progressive JPEG of 12 megapixels whose last scan comes 3,000 times."""
    data = made((4000, 3000), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 3000 + data[-2:]


BOMBS: dict[str, Callable[[], bytes]] = {
    "avif": avif_that_lies,
    "tiff": tiff_with_a_huge_tile,
    "webp": lambda: made((5000, 5000), "WEBP", "RGBA", lossless=True),
    "png-alpha": lambda: made((5000, 5000), "PNG", "RGBA"),
    "png-16": lambda: made((5000, 5000), "PNG", "I;16"),
    "png-palette": lambda: made((5000, 5000), "PNG", "P", transparency=0),
    "jpeg-scans": jpeg_of_many_scans,
    "jpeg-50": lambda: made((7000, 7000), "JPEG", progressive=True),
    "jpeg-cmyk": lambda: made((5000, 5000), "JPEG", "CMYK"),
    "jp2": lambda: made((5000, 5000), "JPEG2000"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_takes_little(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(BOMBS[kind]())
    done = subprocess.run(
        [sys.executable, "-c", LOADING, str(file)], capture_output=True, text=True, check=True, timeout=300
    )
    found, grown = done.stdout.rsplit(maxsplit=1)
    assert float(grown) < ALLOWED_MB, f"{found}: {grown} MB"
    if kind in ("tiff", "jpeg-scans"):  # the AVIF is decoded, within its bounds, and gives what it says
        assert found in ("ImageUnreadable", "ImageTooLarge")


def test_pictures_that_are_turned_and_deep_come_out_as_they_did() -> None:
    from PIL import ImageOps

    from moiety.image import load

    rng = np.random.default_rng(7)
    shown = rng.integers(0, 255, (40, 64, 3), dtype=np.uint8)
    for orientation in range(1, 9):
        exif = pillow.Exif()
        exif[0x0112] = orientation
        for kind in ("PNG", "WEBP", "TIFF"):
            stream = BytesIO()
            options = {"lossless": True} if kind == "WEBP" else {}
            pillow.fromarray(shown).save(stream, kind, exif=exif, **options)
            with pillow.open(BytesIO(stream.getvalue())) as opened:
                wanted = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
            got = load(stream.getvalue(), formats=("PNG", "WEBP", "TIFF")).rgb
            assert np.array_equal(got, wanted), (kind, orientation)
