"""Pictures that must be refused, each a named file: run this to write `pictures/` anew.

    python tests/bad_inputs/generate_pictures.py

`pictures/index.json` says for each which error of `moiety.errors` it must raise, and why; both commands that
take a face exit with 4 on every one. All are made here, of no one's face.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image as pillow

FOLDER: Final = Path(__file__).parent / "pictures"
UNREADABLE: Final = "ImageUnreadable"
TOO_LARGE: Final = "ImageTooLarge"


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its name, its bytes, the error it must raise, and why."""

    name: str
    data: bytes
    error: str
    why: str


def _colour(width: int = 48, height: int = 32) -> pillow.Image:
    rows, columns = np.mgrid[0:height, 0:width]
    return pillow.fromarray(np.dstack([rows * 5, columns * 4, (rows + columns) * 2]).astype(np.uint8))


def _saved(picture: pillow.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, data: bytes, *, bits: int = 1, more: bytes = b"") -> bytes:
    """A grey PNG (ISO/IEC 15948) of these stated sides, with `data` as its compressed rows."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + more + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _rows(width: int, height: int) -> bytes:
    return zlib.compress(bytes((width // 8 + 1) * height), 9)


def _named() -> Iterator[Case]:
    yield Case("zero-byte.jpg", b"", UNREADABLE, "an empty file")
    yield Case("text.jpg", b"A letter, renamed.\n" * 30, UNREADABLE, "text with a picture's name")
    yield Case("page.jpg", b"<html><body>404</body></html>", UNREADABLE, "a web page saved as a picture")
    yield Case("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', UNREADABLE, "a vector drawing")
    yield Case("document.jpg", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", UNREADABLE, "a document")
    yield Case("archive.png", b"PK\x03\x04" + bytes(60), UNREADABLE, "an archive")
    yield Case("beginning-only.jpg", b"\xff\xd8\xff", UNREADABLE, "the first three bytes of a JPEG")
    yield Case("beginning-only.png", b"\x89PNG\r\n\x1a\n", UNREADABLE, "the first eight bytes of a PNG")
    yield Case("zeros.jpg", b"\xff\xd8\xff\xe0" + bytes(500), UNREADABLE, "zeros behind a JPEG's beginning")


def _truncated() -> Iterator[Case]:
    for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("AVIF", "avif")):
        whole = _saved(_colour(), kind)
        yield Case(f"cut-in-half.{suffix}", whole[: len(whole) // 2], UNREADABLE, f"half of a {kind} file")
        yield Case(f"header-only.{suffix}", whole[:30], UNREADABLE, f"30 bytes of a {kind} file")


def _corrupt() -> Iterator[Case]:
    whole = bytearray(_saved(_colour(), "PNG"))
    at = whole.index(b"IDAT") + 12
    whole[at] ^= 255
    yield Case("bad-checksum.png", bytes(whole), UNREADABLE, "one byte altered inside the pixels")
    yield Case(
        "bad-stream.png", _png(48, 32, b"no zlib stream"), UNREADABLE, "pixels that are not compressed"
    )
    yield Case("no-pixels.png", _png(48, 32, b""), UNREADABLE, "no pixels at all")
    yield Case("zero-width.png", _png(0, 32, _rows(8, 32)), UNREADABLE, "a width of 0")
    yield Case("tiny.png", _saved(_colour(15, 64), "PNG"), UNREADABLE, "15 pixels wide")
    jpeg = bytearray(_saved(_colour(), "JPEG"))
    marker = jpeg.index(b"\xff\xc0")
    del jpeg[marker : marker + 19]
    yield Case("no-frame.jpg", bytes(jpeg), UNREADABLE, "a JPEG without its frame header")


def _bombs() -> Iterator[Case]:
    yield Case("bomb.png", _png(7200, 7200, _rows(7200, 7200)), TOO_LARGE, "52 megapixels in 6 KB")
    yield Case("bomb-wide.png", _png(60_000_000, 16, b""), TOO_LARGE, "960 megapixels stated, 16 rows")
    yield Case(
        "bomb-huge.png", _png(2**31 - 1, 2**31 - 1, b""), TOO_LARGE, "the largest sides a PNG can state"
    )
    note = b"Comment\x00\x00" + zlib.compress(bytes(30_000_000), 9)
    text = _png(48, 32, _rows(48, 32), more=_chunk(b"zTXt", note))
    yield Case("bomb-text.png", text, UNREADABLE, "30 MB of text beside the pixels")
    jpeg = bytearray(_saved(_colour(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    yield Case("bomb.jpg", bytes(jpeg), TOO_LARGE, "65,535 by 65,535 pixels stated")


def _other_kinds() -> Iterator[Case]:
    frames = [_colour().rotate(90 * turn) for turn in range(3)]
    for kind, suffix in (("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png")):
        data = _saved(frames[0], kind, save_all=True, append_images=frames[1:])
        yield Case(f"animated.{suffix}", data, UNREADABLE, f"an animation ({kind})")
    for kind, suffix in (
        ("TIFF", "tif"),
        ("BMP", "bmp"),
        ("ICO", "ico"),
        ("PPM", "ppm"),
        ("JPEG2000", "jp2"),
    ):
        yield Case(
            f"other-kind.{suffix}", _saved(_colour(), kind), UNREADABLE, f"{kind} is not taken for a face"
        )
    yield Case("phone.heic", b"\x00\x00\x00\x18ftypheic" + bytes(80), UNREADABLE, "HEIC that is none")


def cases() -> list[Case]:
    """All of them, by name."""
    every = [*_named(), *_truncated(), *_corrupt(), *_bombs(), *_other_kinds()]
    return sorted(every, key=lambda case: case.name)


def main() -> None:
    """Write the files and their index."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for case in cases():
        (FOLDER / case.name).write_bytes(case.data)
    index = {case.name: {"error": case.error, "exit": 4, "why": case.why} for case in cases()}
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
