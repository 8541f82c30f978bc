"""Codes in a PDF: those that cards of ours draw, and scans that are one picture a page. Nothing is executed.

Streams are inflated within bounds and searched for filled rectangles and for pictures. Fonts, scripts, forms,
links and whatever else a PDF can hold are not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.credential.reading import pdf_pictures
from moiety.credential.reading.shapes import MOST_BOXES, Box, picture_of

_MOST_STREAMS: Final = 60
_MOST_STREAM_BYTES: Final = 12_000_000
_MOST_BYTES: Final = 40_000_000
_MOST_PICTURES: Final = 6
_MOST_OPERATORS: Final = 400_000
_MOST_STATES: Final = 64
"""A card has 7 streams at most and one page of 40 kB; a page of 150 pixels an inch in grey has 2 MB."""

_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_FILTER: Final = re.compile(rb"/(ASCII85Decode|A85|ASCIIHexDecode|AHx|FlateDecode|Fl)\b")
_OTHER_FILTER: Final = re.compile(rb"/(LZWDecode|JBIG2Decode|JPXDecode|RunLengthDecode|Crypt)\b")
_WORD: Final = re.compile(rb"[^\s\[\]()<>/]+")
_NUMBER: Final = re.compile(rb"[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})")
_DARK: Final = 0.5

Matrix = tuple[float, float, float, float, float, float]


def pictures_in(data: bytes) -> Iterator[tuple[NDArray[np.uint8], bool]]:
    """What may show a code, and whether it was drawn: rectangles as pixels, then pictures in the PDF."""
    budget = _MOST_BYTES
    scans: list[tuple[bytes, bytes]] = []
    for number, found in enumerate(_STREAM.finditer(data)):
        if number >= _MOST_STREAMS or budget <= 0:
            break
        about = _dictionary(data, found.start())
        end = data.find(b"endstream", found.end())
        if about is None or end < 0:
            continue
        raw = data[found.end() : end]
        decoded = _decoded(raw, about)
        budget -= len(decoded)
        if b"/Image" in about:
            # Where filters of a PNG or a fax are left to undo, the packed stream is taken as such a picture.
            scans.append((about, raw if pdf_pictures.is_packed(about) else decoded))
            continue
        drawn = picture_of(_boxes(decoded))
        if drawn is not None:
            yield drawn, True
    for about, stream in scans[:_MOST_PICTURES]:
        scan = pdf_pictures.picture(about, stream)
        if scan is not None:
            yield scan, False


def is_locked(data: bytes) -> bool:
    """Whether a password or rights lock the PDF: then nothing in it can be read."""
    return b"/Encrypt" in data


def _dictionary(data: bytes, at: int) -> bytes | None:
    before = data[max(0, at - 3_000) : at]
    start = before.rfind(b"obj")
    return None if start < 0 else before[start:]


def _decoded(raw: bytes, about: bytes) -> bytes:
    """A stream without its wrappings, down to a JPEG or a fax; empty where one is not taken."""
    if _OTHER_FILTER.search(about) or len(raw) > _MOST_STREAM_BYTES:
        return b""
    for found in _FILTER.finditer(about):
        name = found[1]
        try:
            if name in (b"ASCII85Decode", b"A85"):
                raw = base64.a85decode(raw.strip().removeprefix(b"<~").removesuffix(b"~>"))
            elif name in (b"ASCIIHexDecode", b"AHx"):
                digits = b"".join(raw.split()).partition(b">")[0]
                raw = binascii.unhexlify(digits + b"0" * (len(digits) % 2))
            else:
                raw = zlib.decompressobj().decompress(raw, _MOST_STREAM_BYTES)
        except (ValueError, zlib.error):
            return b""
    return raw


def _boxes(content: bytes) -> list[Box]:
    """The rectangles that a page's content fills with dark colour."""
    page = _Page()
    numbers: list[float] = []
    for count, found in enumerate(_WORD.finditer(content)):
        if count > _MOST_OPERATORS or len(page.filled) > MOST_BOXES:
            break
        word = found[0]
        if _NUMBER.fullmatch(word):
            numbers.append(float(word))
            if len(numbers) > 8:
                del numbers[0]
            continue
        page.run(word, numbers)
        numbers.clear()
    return page.filled


class _Page:
    """What of a page's state tells where a rectangle lies, and whether it is dark."""

    def __init__(self) -> None:
        self.filled: list[Box] = []
        self._path: list[Box] = []
        self._matrix: Matrix = (1, 0, 0, 1, 0, 0)
        self._grey = 0.0
        self._kept: list[tuple[Matrix, float]] = []

    def run(self, word: bytes, numbers: list[float]) -> None:
        """One operator (ISO 32000-1, annex A) with the numbers before it."""
        if word == b"re" and len(numbers) >= 4:
            if len(self._path) <= MOST_BOXES:
                self._path.append(self._placed(*numbers[-4:]))
        elif word in (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"):
            if self._grey < _DARK:
                self.filled.extend(self._path)
            self._path = []
        elif word in (b"n", b"S", b"s"):
            self._path = []
        elif word == b"q" and len(self._kept) < _MOST_STATES:
            self._kept.append((self._matrix, self._grey))
        elif word == b"Q" and self._kept:
            self._matrix, self._grey = self._kept.pop()
        elif word == b"cm" and len(numbers) >= 6:
            self._move(*numbers[-6:])
        elif word in (b"g", b"rg", b"k", b"sc", b"scn") and numbers:
            self._colour(numbers)

    def _placed(self, x: float, y: float, width: float, height: float) -> Box:
        a, b, c, d, e, f = self._matrix
        corners = [(x, y), (x + width, y + height)]
        across = [a * u + c * v + e for u, v in corners]
        down = [-(b * u + d * v + f) for u, v in corners]  # up is up in a PDF
        return min(across), min(down), max(across), max(down)

    def _move(self, a: float, b: float, c: float, d: float, e: float, f: float) -> None:
        m = self._matrix
        self._matrix = (
            a * m[0] + b * m[2], a * m[1] + b * m[3], c * m[0] + d * m[2], c * m[1] + d * m[3],
            e * m[0] + f * m[2] + m[4], e * m[1] + f * m[3] + m[5],
        )  # fmt: skip

    def _colour(self, numbers: list[float]) -> None:
        # Four numbers are inks, whose sum is dark; else light, whose mean is bright.
        self._grey = 1 - min(1.0, sum(numbers)) if len(numbers) == 4 else sum(numbers) / len(numbers)
