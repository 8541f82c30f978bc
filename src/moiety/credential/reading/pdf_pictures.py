"""Pictures in a PDF as pixels: JPEGs, faxes (CCITT), rows as PNG filters them, and plain rows of pixels."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety import image
from moiety.errors import ImageTooLarge, ImageUnreadable

_PNG_FILTERS: Final = re.compile(rb"/Predictor\s+1[0-5]\b")
_OTHER_FILTERS: Final = re.compile(rb"/Predictor\s+(?!1\b|1[0-5]\b)\d")
_FAX: Final = re.compile(rb"/(CCITTFaxDecode|CCF)\b")
_JPEG: Final = re.compile(rb"/(DCTDecode|DCT)\b")
_ASCII: Final = re.compile(rb"/(ASCII85Decode|A85|ASCIIHexDecode|AHx)\b")
_PALETTE: Final = re.compile(rb"/(?:Indexed|I)\s*/DeviceRGB\s+(\d{1,3})\s*<([0-9A-Fa-f\s]{6,1600})>")
_PNG_COLOURS: Final = {1: 0, 3: 2}


def is_packed(about: bytes) -> bool:
    """Whether a picture's stream, as it stands, is the inside of a PNG."""
    return _PNG_FILTERS.search(about) is not None and _ASCII.search(about) is None


def picture(about: bytes, data: bytes) -> NDArray[np.uint8] | None:
    """A picture by its dictionary and its stream, shape (height, width, 3); None for what is not read."""
    if _JPEG.search(about):
        return _loaded(data, "JPEG")
    size = _number(about, b"Width"), _number(about, b"Height")
    fits = max(size) <= image.MAX_SIDE and size[0] * size[1] <= image.MAX_DECODED_PIXELS
    if min(size) < image.MIN_SIDE or not fits:
        return None
    if _FAX.search(about):
        return _loaded(_tiff(about, data, *size), "TIFF")
    if is_packed(about):
        return _loaded(_png(about, data, *size), "PNG")
    return None if _OTHER_FILTERS.search(about) else _bitmap(about, data, *size)


def _number(about: bytes, name: bytes, otherwise: int = 0) -> int:
    found = re.search(rb"/" + name + rb"\s+(-?\d{1,5})\b", about)
    return otherwise if found is None else int(found[1])


def _loaded(data: bytes, form: str) -> NDArray[np.uint8] | None:
    try:
        return image.load(data, formats=(form,)).rgb
    except (ImageUnreadable, ImageTooLarge):
        return None


def _tiff(about: bytes, data: bytes, width: int, height: int) -> bytes:
    """A fax as a TIFF of one strip (TIFF 6.0, section 11): group 4 where K is negative, else group 3."""
    kind, one_is_black = _number(about, b"K"), b"/BlackIs1 true" in about
    tags = [
        (256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 4 if kind < 0 else 3),
        (262, 3, int(one_is_black)), (273, 4, 8 + 2 + 9 * 12 + 4), (277, 3, 1), (278, 4, height),
        (279, 4, len(data)),
    ]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", number, form, 1, value) for number, form, value in tags)
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(tags)) + fields + bytes(4) + data


def _png(about: bytes, data: bytes, width: int, height: int) -> bytes:
    """A stream of rows that PNG filters as that PNG (ISO/IEC 15948)."""
    bits = min(max(_number(about, b"BitsPerComponent", 8), 0), 16)
    palette = _colours(about)
    colours = 3 if palette else _PNG_COLOURS.get(_number(about, b"Colors", 1), 0)
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    chunks = [(b"IHDR", header), *([(b"PLTE", palette)] if palette else []), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _colours(about: bytes) -> bytes:
    """The palette, three bytes a colour; empty where there is none in the dictionary itself."""
    found = _PALETTE.search(about)
    if found is None:
        return b""
    digits = b"".join(found[2].split())
    return bytes.fromhex(digits[: len(digits) // 6 * 6].decode("ascii"))[: 3 * 256]


def _bitmap(about: bytes, data: bytes, width: int, height: int) -> NDArray[np.uint8] | None:
    """Rows of pixels: in colour, grey, black and white or of a palette, by how many bytes there are."""
    pixels = np.frombuffer(data, np.uint8)
    if pixels.size == width * height * 3:
        return pixels.reshape(height, width, 3)
    bits = next((one for one in (8, 4, 2, 1) if pixels.size == (width * one + 7) // 8 * height), None)
    if bits is None:
        return None
    rows = np.unpackbits(pixels.reshape(height, -1), axis=1)
    rows = rows[:, : rows.shape[1] // bits * bits].reshape(height, -1, bits)[:, :width]
    values = (rows @ (1 << np.arange(bits)[::-1])).astype(np.uint8)
    palette = np.frombuffer(_colours(about), np.uint8).reshape(-1, 3)
    if len(palette):
        return np.ascontiguousarray(palette[np.minimum(values, len(palette) - 1)])
    grey = (values * (255 // ((1 << bits) - 1))).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
