"""Codes in an SVG: the rectangles and straight paths that programs draw codes with. Nothing is rendered.

No XML parser is used, so that entities and links mean nothing here; elements are found by their form.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety import image
from moiety.credential.reading.shapes import MOST_BOXES, Box, picture_of
from moiety.errors import ImageTooLarge, ImageUnreadable

MOST_CHARS: Final = 4_000_000
_MOST_PICTURES: Final = 3
_ELEMENT: Final = re.compile(r"<(path|rect)\b([^<>]{0,2000000})>")
_PATH: Final = re.compile(r"""\bd\s*=\s*["']([^"']*)["']""")
_STEP: Final = re.compile(
    r"([MmHhVvLlZz])|([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(?:e[+-]?\d{1,2})?|([a-zA-Z])"
)
_LIGHT: Final = re.compile(
    r"""\bfill\s*[=:]\s*+["']?\s*+(#fff\b|#ffffff|white|none|rgb\(255)""", re.IGNORECASE
)
_STROKE: Final = re.compile(r"""\bstroke\s*[=:]\s*+["']?\s*+(?!none)[#a-z]""", re.IGNORECASE)
_INSIDE: Final = re.compile(r"data:image/[a-z+.-]{1,20};base64,([A-Za-z0-9+/=\s]+)")


def pictures_in(text: str) -> Iterator[tuple[NDArray[np.uint8], bool]]:
    """What may show a code, as pixels, and whether it was drawn: the rectangles, then pictures inside."""
    bounded = text[:MOST_CHARS]
    boxes: list[Box] = []
    for found in _ELEMENT.finditer(bounded):
        if len(boxes) > MOST_BOXES:
            break
        name, attributes = found[1], found[2]
        stroked = _STROKE.search(attributes) is not None
        if _LIGHT.search(attributes) and not stroked:
            continue
        boxes.extend(_rectangle(attributes) if name == "rect" else _path(attributes, stroked=stroked))
    drawn = picture_of(boxes)
    if drawn is not None:
        yield drawn, True
    for found in list(_INSIDE.finditer(bounded))[:_MOST_PICTURES]:
        try:
            data = base64.b64decode("".join(found[1].split()), validate=True)
            yield image.load(data, formats=image.SCANS).rgb, False
        except (ValueError, binascii.Error, ImageUnreadable, ImageTooLarge):
            continue


def _rectangle(attributes: str) -> list[Box]:
    values = []
    for name, otherwise in (("x", "0"), ("y", "0"), ("width", ""), ("height", "")):
        found = re.search(rf"""(?<![\w-]){name}\s*=\s*["']([0-9.+-]{{1,20}})(?:px|mm)?["']""", attributes)
        try:
            values.append(float(otherwise if found is None else found[1]))
        except ValueError:
            return []
    x, y, width, height = values
    return [(x, y, x + width, y + height)]


def _path(attributes: str, *, stroked: bool) -> list[Box]:
    """A path as boxes: lines one unit thick where it is stroked, else closed runs of straight lines."""
    found = _PATH.search(attributes)
    if found is None:
        return []
    pen = _Pen(stroked)
    command, numbers = "", list[float]()
    for step in _STEP.finditer(found[1]):
        if step[3] is not None or len(pen.boxes) > MOST_BOXES:
            return []  # curves: no code is drawn so, or none that is read here
        if step[1] is not None:
            command = step[1]
            numbers.clear()
            if command in "Zz":
                pen.close()
            continue
        numbers.append(float(step[2]))
        if len(numbers) == (1 if command in "HhVv" else 2):
            pen.go(command, numbers)
            command = {"M": "L", "m": "l"}.get(command, command)
            numbers.clear()
    pen.close()
    return pen.boxes


class _Pen:
    """Where a path is, and the boxes that it drew."""

    def __init__(self, stroked: bool) -> None:
        self.boxes: list[Box] = []
        self._stroked = stroked
        self._x = self._y = 0.0
        self._points: list[tuple[float, float]] = []

    def go(self, command: str, numbers: list[float]) -> None:
        """One step of the path: a move, or a straight line."""
        x, y = self._target(command, numbers)
        if command in "Mm":
            self.close()
            self._points = [(x, y)]
        elif self._stroked and y == self._y:
            self.boxes.append((min(x, self._x), y - 0.5, max(x, self._x), y + 0.5))
        else:
            self._points.append((x, y))
        self._x, self._y = x, y

    def close(self) -> None:
        """The end of one shape."""
        if len(self._points) >= 3 and not self._stroked:
            across, down = [x for x, _ in self._points], [y for _, y in self._points]
            self.boxes.append((min(across), min(down), max(across), max(down)))
        if self._points:
            self._x, self._y = self._points[0]
        self._points = self._points[:1]

    def _target(self, command: str, numbers: list[float]) -> tuple[float, float]:
        x, y = (self._x, self._y) if command.islower() else (0.0, 0.0)
        if command in "Hh":
            return x + numbers[0], self._y
        if command in "Vv":
            return self._x, y + numbers[0]
        return x + numbers[0], y + numbers[1]
