"""The only way pixels come in: bounded, decoded, upright, stripped of everything but colour."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from moiety import image_apart
from moiety.errors import ImageTooLarge, ImageUnreadable
from moiety.files import read_bounded
from moiety.image_decoding import is_see_through, orientation_of, pixels_of, resolution_of, upright

MAX_BYTES: Final = 25_000_000
"""A 50-megapixel phone JPEG is about 15 MB; a lossless scan of a page is under 25 MB."""

MAX_PIXELS: Final = 50_000_000
"""The largest sensors of phones in common use give 50 megapixels."""

MAX_DECODED_PIXELS: Final = 25_000_000
"""Decoded, 25 megapixels take 7 bytes each at the peak, 175 MB: 4 in the decoder, 3 as pixels, whatever their
depth, transparency or orientation (tests/attacks/test_s07_picture_bombs.py). A larger JPEG is decoded at half
its size, which its format offers for less than the cost of the whole, and which loses nothing that we look
for; a larger picture of another kind is refused."""

SEVERAL_SCANS_PIXELS: Final = 13_000_000
SEVERAL_SCANS_WORK: Final = 400_000_000
"""A JPEG in several scans is decoded here up to 13 megapixels (a phone's 12, 6 bytes of coefficients each)
and 30 scans of such a size; libjpeg's own progressive files have 10. Others go to a process of their own."""

MIN_SIDE: Final = 16
"""Below this nothing that we look for can be there."""

MAX_SIDE: Final = 30_000
"""The reader of codes takes 65,535 pixels a side at most, and enlarges some pictures to twice their size.
Phones' panoramas have about 16,000."""

WHITE: Final = 255

PHOTOGRAPHS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
SCANS: Final = (*PHOTOGRAPHS, "TIFF", "BMP")
DOCUMENT_PORTRAITS: Final = (*PHOTOGRAPHS, "JPEG2000")

_HERE: Final = ("JPEG", "PNG", "BMP")
"""Kinds whose header says what they take. Others are decoded in a process of their own."""

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_IN_ONE_SCAN: Final = frozenset({0xC0, 0xC1})  # ITU-T T.81, table B.1: baseline and extended sequential
_IN_SEVERAL: Final = frozenset({0xC2})  # progressive

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WEBP"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypheic", "HEIF"),
    (4, b"ftypheix", "HEIF"),
    (4, b"ftypmif1", "HEIF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG2000"),
)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Image:
    """One picture: upright, 8 bits a channel, nothing else kept.

    Attributes:
        rgb: uint8 array of shape (height, width, 3), red first, read-only.
        ppi: pixels per inch that the file states, or None; only scans of prints need it.
        see_through: whether the file says that parts of it are transparent.
    """

    rgb: NDArray[np.uint8]
    ppi: float | None = None
    see_through: bool = False

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.rgb.shape[1])

    def __repr__(self) -> str:
        return f"Image({self.width}x{self.height})"


_SHAPES: Final = "Give a path, the bytes of a picture file, or a uint8 array of shape (height, width[, 3])."

Source = str | Path | bytes | NDArray[np.uint8] | NDArray[np.uint16] | Image


def load(
    source: Source,
    *,
    formats: tuple[str, ...] = PHOTOGRAPHS,
    max_pixels: int | None = None,
    ground: int = WHITE,
) -> Image:
    """Read one picture from a path, from the bytes of a file, or from an array of pixels.

    JPEG, PNG, WebP and AVIF of 8 or 16 bits, grey or colour; HEIC where the `heic` extra is installed.
    EXIF orientation is applied (CIPA DC-008-2023, tag 0x0112); all other metadata is dropped, save the
    resolution. Transparency is laid on white, or on the grey that `ground` says. The file's header is
    checked against the limits before any pixel is decoded; `max_pixels` lowers them for what cannot be large.

    Raises:
        ImageUnreadable: no picture, truncated, animated, or of a kind that `formats` does not list.
        ImageTooLarge: over `MAX_BYTES`, `MAX_PIXELS` (JPEG) or `MAX_DECODED_PIXELS` (other kinds).
    """
    if isinstance(source, Image):
        return source
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, bytes):
        return _decode(source, formats, max_pixels, ground)
    if isinstance(source, (str, Path)):
        return _decode(_read(Path(source)), formats, max_pixels, ground)
    raise ImageUnreadable("That is not a picture.", remedy=_SHAPES)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0
    if size > MAX_BYTES:
        raise ImageTooLarge(f"The picture {path.name!r} has {size:,} bytes; {MAX_BYTES:,} are allowed.")
    return read_bounded(path, MAX_BYTES, what="picture", error=ImageUnreadable)


def kind_of(data: bytes) -> str | None:
    """What kind of picture the bytes begin as, such as "JPEG"; None for none that is known."""
    return next((kind for at, magic, kind in _MAGIC if data[at : at + len(magic)] == magic), None)


def _decode(data: bytes, formats: tuple[str, ...], max_pixels: int | None, ground: int) -> Image:
    if not data:
        raise ImageUnreadable("The picture is empty (0 bytes).")
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(f"The picture has {len(data):,} bytes; {MAX_BYTES:,} are allowed.")
    kind = kind_of(data)
    if kind is None or kind not in formats:
        found = "This is no picture file" if kind is None else f"{kind} pictures are not taken here"
        raise ImageUnreadable(f"{found}, whatever its name says.")
    most = MAX_PIXELS if kind in ("JPEG", "HEIF") else MAX_DECODED_PIXELS
    most = most if max_pixels is None else min(most, max_pixels)
    if kind not in _HERE or (kind == "JPEG" and _takes_more(data)):
        return _decode_apart(data, kind, most, ground)
    try:
        with pillow.open(BytesIO(data), formats=(kind,)) as picture:
            _bound(picture.width, picture.height, most)
            if picture.width * picture.height > MAX_DECODED_PIXELS:
                picture.draft("RGB", (picture.width // 2, picture.height // 2))
            # A JPEG with more behind it is a phone's (Multi-Picture Format): a depth map or a preview.
            if kind != "JPEG" and getattr(picture, "n_frames", 1) > 1:
                raise ImageUnreadable("This is an animation or has several pages; one picture is needed.")
            ppi, through = resolution_of(picture), is_see_through(picture)
            rgb, turned = pixels_of(picture, ground), orientation_of(picture)
        return Image(_frozen(upright(rgb, turned)), ppi, through)
    except (ImageUnreadable, ImageTooLarge):
        raise
    except (MemoryError, pillow.DecompressionBombError, pillow.DecompressionBombWarning) as error:
        raise ImageTooLarge("The picture is too large to decode.") from error
    except Exception as error:  # a decoder can fail in any way on hostile bytes; all of them mean the same
        raise ImageUnreadable(f"The {kind} picture is truncated or damaged.") from error


def _decode_apart(data: bytes, kind: str, most: int, ground: int) -> Image:
    if kind == "HEIF" and importlib.util.find_spec("pillow_heif") is None:
        raise ImageUnreadable(
            "HEIC pictures need the optional decoder.",
            remedy="Install moiety[heic], or set the phone's camera to 'most compatible' (JPEG).",
        )
    rgb, ppi, through = image_apart.decode(data, kind, max_pixels=most, ground=ground)
    _bound(int(rgb.shape[1]), int(rgb.shape[0]), most)
    return Image(_frozen(rgb), ppi, through)


def _takes_more(data: bytes) -> bool:
    """Whether a JPEG may take more memory or time than one in a single scan: then it's decoded apart.

    Of a file in several scans the decoder holds every coefficient, and it goes over all of them once a scan,
    which is a few bytes. In compressed data 0xFF is never followed by 0xDA, so each scan is counted.
    """
    at, frame, pixels, parts = 2, 0, 0, 0
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA:
            if frame in _IN_ONE_SCAN and data[at + 4] == parts:
                return False
            scans = data.count(b"\xff\xda", at)
            known = frame in _IN_ONE_SCAN or frame in _IN_SEVERAL
            return not known or pixels > SEVERAL_SCANS_PIXELS or pixels * scans > SEVERAL_SCANS_WORK
        if marker in _FRAMES:
            frame, parts = marker, data[at + 9]
            pixels = int.from_bytes(data[at + 5 : at + 7]) * int.from_bytes(data[at + 7 : at + 9])
        at += 1 if marker == 0xFF else 2 + size
    return True  # not as cameras write it


def _bound(width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise ImageTooLarge(
            f"The picture has {width}x{height} pixels; {limit // 1_000_000} megapixels are allowed."
        )
    if max(width, height) > MAX_SIDE:
        raise ImageTooLarge(f"The picture has {width}x{height} pixels; {MAX_SIDE:,} a side are allowed.")
    if min(width, height) < MIN_SIDE:
        raise ImageUnreadable(
            f"The picture has only {width}x{height} pixels.", remedy="Give a real photograph."
        )


def _grey_to_rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _from_array(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Image:
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ImageUnreadable("That array is not a picture.", remedy=_SHAPES)
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        raise ImageUnreadable(f"That array has {pixels.shape[2]} channels, not 3.", remedy=_SHAPES)
    _bound(int(pixels.shape[1]), int(pixels.shape[0]), MAX_PIXELS)
    eight = pixels if pixels.dtype == np.uint8 else np.rint(pixels / 257.0)
    eight = eight.astype(np.uint8, copy=True)
    return Image(_frozen(_grey_to_rgb(eight) if eight.ndim == 2 else eight))


def _frozen(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    solid = np.ascontiguousarray(rgb)
    solid.setflags(write=False)
    return solid
