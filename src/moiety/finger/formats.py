"""Finger minutiae records of ISO/IEC 19794-2:2005: strict writing; reading with quirks tolerated by name.

The layout agrees with records that nbis-py writes and with an open reader (robertvazan/fingerprintio-java).
The text of the standard was not at hand, so that no clause of it is cited.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import DocumentUnreadable, UsageError
from moiety.finger.parameters import MAX_MINUTIAE
from moiety.finger.positions import FingerPosition
from moiety.finger.template import FingerTemplate, Minutiae, minutiae_of

MAX_RECORD_BYTES: Final = 65_535
"""Far over the largest honest record (ten fingers of 255 minutiae: 15,400 bytes)."""

_IDENTIFIER: Final = b"FMR\x00"
_VERSION: Final = b" 20\x00"
_HEADER: Final = struct.Struct(">4s4sIHHHHHBB")
_VIEW: Final = struct.Struct(">BBBB")
_MINUTIA_BYTES: Final = 6
_VIEW_COUNT_BYTES: Final = 2  # number of views and a reserved byte, at the header's end
_EXTENDED: Final = struct.Struct(">H")
_AREA: Final = struct.Struct(">HH")
_ANGLE: Final = 2 * np.pi / 256  # units of 1.40625 degrees, anticlockwise
_ENDING: Final = 1
_MAX_VIEWS_A_FINGER: Final = 16
_LIVE_SCAN_PLAIN: Final = 0
_CONTACTLESS: Final = 9  # the number that later parts of ISO/IEC 19794 give to contactless scans
_IMPRESSIONS: Final = frozenset({0, 1, 2, 3, 8, 9})
WRITTEN_PIXELS_PER_CM: Final = 197
"""500 pixels an inch, as nearly as the field can say it."""

QUIRKS: Final = {
    "length-field": "the record length in the header is not the record's length",
    "no-extended-length": "the last view lacks the two bytes that give the length of its extended data",
    "trailing-zeros": "zero bytes follow the last view",
    "quality-over-100": "a quality is over 100; the whole view's qualities were taken as not reported",
    "reserved-bits": "bits that the standard reserves are set",
    "outside-image": "minutiae lie outside the stated image",
    "no-resolution": "the resolution is given as 0; 197 pixels a centimetre were assumed",
    "no-view-count": "the header lacks its last two bytes, number of views and reserved; there is one view",
}
"""What other writers do that the standard does not allow, and that leaves no doubt about what is meant.

nbis-py 0.1.3 does the last two, and leaves the length of the extended data out."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FingerRecord:
    """A record as read: one template a view, in order, and the names of the quirks that were tolerated."""

    templates: tuple[FingerTemplate, ...]
    quirks: tuple[str, ...]

    def __repr__(self) -> str:
        return f"FingerRecord({len(self.templates)} views, quirks={list(self.quirks)})"


def write(templates: Sequence[FingerTemplate], *, width: int = 0, height: int = 0) -> bytes:
    """One record with one view a template, at 197 pixels a centimetre, without extended data.

    `width` and `height` are the scan's size in pixels; without them the least size that holds the minutiae.
    Qualities are written as not reported (0). A contactless print is written only with the handedness of a
    contact print, since the format has no way to say otherwise.

    Raises:
        UsageError: no template, over 16 of one finger, mirrored wrongly, or a size that does not hold them.
    """
    if not templates or any(not one.agrees_with_contact for one in templates):
        raise UsageError("A record takes one or more templates that agree with contact prints.")
    counts: dict[int, int] = {}
    views, reach_x, reach_y = [], 1, 1
    for one in templates:
        number = counts[one.position] = counts.get(one.position, -1) + 1
        if number >= _MAX_VIEWS_A_FINGER:
            raise UsageError("A record takes at most 16 views of one finger.")
        view, far_x, far_y = _view(one, number)
        views.append(view)
        reach_x, reach_y = max(reach_x, far_x), max(reach_y, far_y)
    size = (width if width else reach_x, height if height else reach_y)
    if not (reach_x <= size[0] < 1 << 14 and reach_y <= size[1] < 1 << 14):
        raise UsageError("The stated size of the scan does not hold the minutiae.")
    body = b"".join(views)
    ppcm = WRITTEN_PIXELS_PER_CM
    header = _HEADER.pack(
        _IDENTIFIER, _VERSION, _HEADER.size + len(body), 0, *size, ppcm, ppcm, len(views), 0
    )
    return header + body


def _view(template: FingerTemplate, number: int) -> tuple[bytes, int, int]:
    minutiae = minutiae_of(template)
    x = np.rint(minutiae.x * (WRITTEN_PIXELS_PER_CM / 10)).astype(np.int64)
    y = np.rint(minutiae.y * (WRITTEN_PIXELS_PER_CM / 10)).astype(np.int64)
    angle = np.rint(minutiae.angle / _ANGLE).astype(np.int64) % 256
    kind = np.where(minutiae.ending, 1, 2)
    impression = _LIVE_SCAN_PLAIN if template.kind == "contact" else _CONTACTLESS
    head = _VIEW.pack(template.position, (number << 4) | impression, 0, len(minutiae))
    rows = b"".join(
        struct.pack(">HHBB", (k << 14) | a, b, t, 0) for k, a, b, t in zip(kind, x, y, angle, strict=True)
    )
    return head + rows + _EXTENDED.pack(0), int(x.max()) + 1, int(y.max()) + 1


def read(data: bytes, *, model: str) -> FingerRecord:
    """Read a record; `model` names what found its minutiae, since the format cannot.

    A view with more than 50 minutiae keeps the 50 of highest quality, in file order where none is reported.
    Extended data (ridge counts, cores, zones) is checked for its lengths and passed over. Minutiae of kind
    "other" count as bifurcations.

    Raises:
        DocumentUnreadable: not such a record, of another version or standard, or wrong beyond `QUIRKS`.
    """
    quirks: set[str] = set()
    width, height, scale, count = _read_header(data, quirks)
    at = _HEADER.size - (_VIEW_COUNT_BYTES if "no-view-count" in quirks else 0)
    templates = []
    for index in range(count):
        minutiae, facts, at = _read_view(data, at, scale, (width, height), index == count - 1, quirks)
        position, impression = facts
        contactless = impression == _CONTACTLESS
        templates.append(
            FingerTemplate.from_minutiae(
                minutiae,
                model=model,
                position=position,
                kind="contactless" if contactless else "contact",
                mirrored=contactless,
            )
        )
    if data[at:].strip(b"\x00"):
        raise _refused("bytes follow the last view")
    if at != len(data):
        quirks.add("trailing-zeros")
    return FingerRecord(tuple(templates), tuple(sorted(quirks)))


def _refused(why: str) -> DocumentUnreadable:
    return DocumentUnreadable(
        f"The finger minutiae record cannot be read: {why}.", remedy="Export it as ISO/IEC 19794-2:2005."
    )


def _read_header(data: bytes, quirks: set[str]) -> tuple[int, int, tuple[float, float], int]:
    if len(data) > MAX_RECORD_BYTES:
        raise _refused("it is too large")
    if len(data) < _HEADER.size or data[:4] != _IDENTIFIER:
        raise _refused("it does not begin as one")
    if data[4:8] != _VERSION:
        raise _refused("it is of another version than 2005")
    if data[8:10] != b"\x00\x00":
        raise _refused("its length field is that of ANSI INCITS 378, not of ISO/IEC 19794-2")
    _, _, length, _, width, height, across, down, count, reserved = _HEADER.unpack_from(data)
    if length != len(data):
        quirks.add("length-field")
    if reserved:
        quirks.add("reserved-bits")
    if across == down == 0:
        quirks.add("no-resolution")
        across = down = WRITTEN_PIXELS_PER_CM
    if not (39 <= across <= 800 and 39 <= down <= 800):  # 99 to 2,032 pixels an inch
        raise _refused("its resolution is impossible")
    if count == 0:
        short = _HEADER.size - _VIEW_COUNT_BYTES
        if (
            len(data) < short + _VIEW.size
            or len(data) != short + _VIEW.size + data[short + 3] * _MINUTIA_BYTES
        ):
            raise _refused("it holds no view")
        quirks.add("no-view-count")
        count = 1
    return width, height, (10.0 / across, 10.0 / down), count


def _read_view(
    data: bytes, at: int, scale: tuple[float, float], size: tuple[int, int], last: bool, quirks: set[str]
) -> tuple[Minutiae, tuple[int, int], int]:
    if len(data) < at + _VIEW.size:
        raise _refused("it ends before its views do")
    position, number, _, count = _VIEW.unpack_from(data, at)
    if position > FingerPosition.LEFT_LITTLE or (number & 15) not in _IMPRESSIONS:
        raise _refused("a view states an impossible finger or impression")
    at += _VIEW.size
    end = at + count * _MINUTIA_BYTES
    if count == 0 or len(data) < end:
        raise _refused("a view holds no minutiae" if count == 0 else "it ends within its minutiae")
    rows = np.frombuffer(data, np.uint8, count * _MINUTIA_BYTES, at).reshape(count, _MINUTIA_BYTES)
    minutiae = _minutiae(rows.astype(np.int64), scale, size, quirks)
    return minutiae, (position, number & 15), _skip_extended(data, end, last, quirks)


def _minutiae(
    rows: NDArray[np.int64], scale: tuple[float, float], size: tuple[int, int], quirks: set[str]
) -> Minutiae:
    kind = rows[:, 0] >> 6
    x = ((rows[:, 0] & 63) << 8) | rows[:, 1]
    y = ((rows[:, 2] & 63) << 8) | rows[:, 3]
    quality = rows[:, 5]
    if np.any(kind == 3):
        raise _refused("a minutia is of a kind that the standard reserves")
    if np.any(rows[:, 2] >> 6):
        quirks.add("reserved-bits")
    if np.any(x >= size[0]) or np.any(y >= size[1]):
        quirks.add("outside-image")
    if np.any(quality > 100):
        quirks.add("quality-over-100")
        quality = np.zeros_like(quality)
    order = np.argsort(-quality, kind="stable")[:MAX_MINUTIAE]
    found = Minutiae(
        x=(x * scale[0]).astype(np.float64),
        y=(y * scale[1]).astype(np.float64),
        angle=(rows[:, 4] * _ANGLE).astype(np.float64),
        ending=kind == _ENDING,
        quality=(quality / 100.0).astype(np.float64),
    )
    return found.take(order)


def _skip_extended(data: bytes, at: int, last: bool, quirks: set[str]) -> int:
    """Where the next view begins, after the extended data areas (7.5), each with its own length."""
    if last and len(data) == at:
        quirks.add("no-extended-length")
        return at
    if len(data) < at + _EXTENDED.size:
        raise _refused("it ends before its extended data do")
    end = at + _EXTENDED.size + int(_EXTENDED.unpack_from(data, at)[0])
    at += _EXTENDED.size
    if end > len(data):
        raise _refused("it ends within its extended data")
    while at < end:
        if end - at < _AREA.size:
            raise _refused("an extended data area is cut off")
        length = _AREA.unpack_from(data, at)[1]
        if not _AREA.size <= length <= end - at:
            raise _refused("an extended data area states an impossible length")
        at += length
    return end
