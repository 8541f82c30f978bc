"""From an opened picture to its pixels, a band at a time; and the program of the process that decodes apart.

Run as a program (see `image_apart`), it takes pictures from standard input and gives their pixels back, with
little memory and time for each. It then imports Pillow, NumPy and little of ours.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
import os
import select
import struct
import sys
import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import ImageChops

from moiety.image_inks import is_unmarked, stands_inverted

REQUEST: Final = struct.Struct(">16sIIQB")
"""Kind, the most pixels, the bytes that follow, the memory for them, the grey behind what is transparent."""

ANSWER: Final = struct.Struct(">BIIdBB")
"""What it came to, width, height, pixels per inch (NaN: not stated), orientation, whether parts are
transparent; then the pixels."""

DONE, DAMAGED, TOO_LARGE, ANIMATED, OUT_OF_MEMORY = range(5)

SECONDS: Final = 10
"""Of processor time, for one picture. A phone's largest takes one."""
IDLE_S: Final = 60
DRAFT_PIXELS: Final = 25_000_000
ADDRESSES: Final = 4_000_000_000
BAND_PIXELS: Final = 1_000_000
_WITH_ALPHA: Final = ("LA", "PA", "RGBA", "La", "RGBa")
_ORIENTATION: Final = 0x0112
_TILE_SIDES: Final = (322, 323)  # TIFF 6.0, section 15: TileWidth and TileLength


def pixels_of(picture: pillow.Image, ground: int) -> NDArray[np.uint8]:
    """Its pixels as (height, width, 3), not turned yet. Above the decoded picture they take 3 bytes each."""
    picture.load()
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return np.array(picture, dtype=np.uint8)
    deep = picture.mode.startswith("I;16") or (picture.mode in ("I", "F") and _is_deep(picture))
    rgb = np.empty((picture.height, picture.width, 3), np.uint8)
    inverted = picture.format == "JPEG" and is_unmarked(picture) and stands_inverted(picture)
    rows = max(1, BAND_PIXELS // max(1, picture.width))
    for top in range(0, picture.height, rows):
        under = min(picture.height, top + rows)
        band = picture.crop((0, top, picture.width, under))
        rgb[top:under] = _rgb_of(ImageChops.invert(band) if inverted else band, ground, deep=deep)
    return rgb


def is_see_through(picture: pillow.Image) -> bool:
    """Whether the file says that parts of it are transparent."""
    return picture.mode in _WITH_ALPHA or "transparency" in picture.info


def orientation_of(picture: pillow.Image) -> int:
    """The stated orientation (CIPA DC-008-2023, tag 0x0112), 1 to 8."""
    stated = picture.getexif().get(_ORIENTATION, 1)
    return stated if type(stated) is int and 1 <= stated <= 8 else 1


def upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The picture turned and mirrored as its orientation says."""
    if orientation >= 5:
        rgb = rgb.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return rgb


def resolution_of(picture: pillow.Image) -> float | None:
    """The stated pixels per inch, where both axes agree and the figure is possible."""
    stated: Any = picture.info.get("dpi")
    try:
        across, down = (float(value) for value in stated)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return across if 20 <= across <= 10_000 and abs(across - down) < 1 else None


def _is_deep(picture: pillow.Image) -> bool:
    most: Any = picture.getextrema()[1]
    return float(most) > 255


def _rgb_of(band: pillow.Image, ground: int, *, deep: bool) -> NDArray[np.uint8]:
    if band.mode in ("I", "F") or band.mode.startswith("I;16"):
        grey = np.asarray(band).astype(np.float64) * (255.0 / (65535.0 if deep else 255.0))
        eight = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        return np.repeat(eight[:, :, None], 3, axis=2)
    if is_see_through(band):
        layered = band.convert("RGBA")
        behind = pillow.new("RGBA", layered.size, (ground, ground, ground, 255))
        band = pillow.alpha_composite(behind, layered)
    return np.asarray(band if band.mode == "RGB" else band.convert("RGB"), dtype=np.uint8)


# --- the process -------------------------------------------------------------------------------------------
def _decoded(kind: str, data: bytes, most: int, ground: int) -> tuple[bytes, NDArray[np.uint8] | None]:
    with pillow.open(io.BytesIO(data), formats=(kind,)) as picture:
        if picture.width * picture.height > most or _largest_tile(picture) > most:
            return ANSWER.pack(TOO_LARGE, picture.width, picture.height, math.nan, 1, 0), None
        if kind != "JPEG" and getattr(picture, "n_frames", 1) > 1:
            return ANSWER.pack(ANIMATED, 0, 0, math.nan, 1, 0), None
        if kind == "JPEG" and picture.width * picture.height > DRAFT_PIXELS:
            picture.draft("RGB", (picture.width // 2, picture.height // 2))
        ppi = resolution_of(picture)
        through = is_see_through(picture)
        rgb = pixels_of(picture, ground)
        turned = orientation_of(picture)  # after its pixels: Pillow turns a TIFF while it loads
    height, width = rgb.shape[:2]
    return ANSWER.pack(DONE, width, height, math.nan if ppi is None else ppi, turned, through), rgb


def _largest_tile(picture: pillow.Image) -> int:
    """Pixels of a TIFF's tile: it is decoded whole, however small the picture says it is."""
    tags: Any = getattr(picture, "tag_v2", {})
    return math.prod(int(tags.get(side, 0)) for side in _TILE_SIDES)


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError):  # no such thing on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        until = math.ceil(time.process_time()) + SECONDS
        for what, most in ((resource.RLIMIT_CPU, until), (resource.RLIMIT_DATA, memory)):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _serve() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        if os.name == "posix" and not select.select([source], [], [], IDLE_S)[0]:
            return
        head = source.read(REQUEST.size)
        if len(head) < REQUEST.size:
            return
        named, most, size, memory, ground = REQUEST.unpack(head)
        kind, data = named.rstrip(b"\0").decode("ascii"), source.read(size)
        _limit(memory)
        rgb: NDArray[np.uint8] | None = None
        try:
            if kind == "HEIF":
                heif = importlib.import_module("pillow_heif")
                heif.register_heif_opener(thumbnails=False)
            answer, rgb = _decoded(kind, data, most, ground)
        except (MemoryError, pillow.DecompressionBombError, pillow.DecompressionBombWarning):
            answer = ANSWER.pack(OUT_OF_MEMORY, 0, 0, math.nan, 1, 0)
        except Exception:  # a decoder can fail in any way on hostile bytes; all of them mean the same
            answer = ANSWER.pack(DAMAGED, 0, 0, math.nan, 1, 0)
        sink.write(answer)
        if rgb is not None:
            sink.write(np.ascontiguousarray(rgb).data.cast("B"))
        sink.flush()
        rgb = None


if __name__ == "__main__":
    _serve()
