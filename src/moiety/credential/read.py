"""From a photograph of a print, a picture file or a text file to the text of the one code in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from moiety import image
from moiety.credential import base45, inflate
from moiety.credential.parameters import (
    MAX_TEXT_CHARS,
    MIN_TEXT_CHARS,
    SHARPEN_AMOUNT,
    SHARPEN_LARGE_PX,
    SHARPEN_SMALL_PX,
    UPSCALED_PIXELS,
)
from moiety.errors import CodeUnreadable
from moiety.files import read_bounded

_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_CHARACTERS: Final = frozenset(base45.ALPHABET)
_LINE_ENDS: Final = "\r\n\t"  # a space is a character of base45 and stays


def text_of(source: str | Path | bytes) -> str:
    """The code's text in a file's path, in the bytes of a file, or as given itself.

    A string is the text itself where it is longer than any name of a file and has only characters of base45;
    else it is a path. A file is text where it has nothing but ASCII, else a picture.

    Raises:
        CodeUnreadable: no code there, or several.
        ImageUnreadable, ImageTooLarge: a picture that cannot be read.
    """
    if isinstance(source, bytes):
        return _of_bytes(source)
    if isinstance(source, str) and len(source) >= MIN_TEXT_CHARS and _is_base45(source.strip(_LINE_ENDS)):
        return tidy(source)
    data = read_bounded(source, image.MAX_BYTES, what="code", error=CodeUnreadable)
    return _of_bytes(data)


def tidy(text: str) -> str:
    """`text` without line ends around it.

    Raises:
        CodeUnreadable: longer than any code.
    """
    bare = text.strip(_LINE_ENDS)
    if len(bare) > MAX_TEXT_CHARS:
        raise CodeUnreadable(f"The text is longer than any code: over {MAX_TEXT_CHARS:,} characters.")
    return bare


def _of_bytes(data: bytes) -> str:
    if not data:
        raise CodeUnreadable("The file is empty (0 bytes).")
    if data.startswith(b"%PDF-"):
        raise CodeUnreadable(
            "A PDF is not read.",
            remedy="Print it and photograph it, or give the code as a picture or as text.",
        )
    if data.isascii() and b"\x00" not in data:
        return tidy(data.decode("ascii"))
    return in_picture(image.load(data, formats=image.SCANS).rgb)


def in_picture(rgb: NDArray[np.uint8]) -> str:
    """The text of the one Claim 169 code in a picture: uint8, shape (height, width, 3).

    Other QR codes beside it (a poster, a ticket) are passed over.

    Raises:
        CodeUnreadable: none, or two different ones.
    """
    grey = _luma(rgb)
    others = False
    for view in _views(grey):
        texts = {found.text for found in zxingcpp.read_barcodes(view, formats=_QR)}
        ours = _codes(texts)
        others = others or bool(texts - ours)
        if len(ours) > 1:
            raise CodeUnreadable("Two different codes are in the picture.", remedy="Show one code at a time.")
        if ours:
            return ours.pop()
    if others:
        raise CodeUnreadable("The code in the picture is of another kind.")
    raise CodeUnreadable("No code can be read in the picture.")


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rec. 601 luma."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _views(grey: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The picture as it is, then as it reads better when its modules are few pixels wide or out of focus."""
    yield grey
    if grey.size <= UPSCALED_PIXELS:
        doubled = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        yield doubled.astype(np.uint8)
        yield _sharpened(doubled.astype(np.uint8), SHARPEN_SMALL_PX)
    else:
        yield _sharpened(grey, SHARPEN_LARGE_PX)


def _sharpened(grey: NDArray[np.uint8], sd_px: float) -> NDArray[np.uint8]:
    """Unsharp masking with a Gaussian of this standard deviation."""
    soft = cv2.GaussianBlur(grey, (0, 0), sd_px)
    sharp: NDArray[np.uint8] = cv2.addWeighted(grey, 1 + SHARPEN_AMOUNT, soft, -SHARPEN_AMOUNT, 0).astype(
        np.uint8
    )
    return sharp


def _is_base45(text: str) -> bool:
    return _CHARACTERS.issuperset(text)


def _codes(texts: set[str]) -> set[str]:
    """Those that are base45 of something compressed; where one is zlib, what might be Brotli does not count.

    Brotli has no magic number, so nearly any bytes might be, and a ticket beside a code is no second code.
    """
    packed: dict[str, bytes] = {}
    for text in texts:
        if len(text) >= MIN_TEXT_CHARS and _is_base45(text) and not text.startswith(("HTTP://", "HTTPS://")):
            with contextlib.suppress(CodeUnreadable):
                packed[text] = base45.decode(text)
    certain = {text for text, data in packed.items() if inflate.is_zlib(data)}
    return certain if certain else set(packed)
