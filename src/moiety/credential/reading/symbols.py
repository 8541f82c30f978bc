"""Codes in pictures: the plain look first, and where it finds nothing, what cameras and editors call for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from moiety.credential.parameters import (
    BORDER_SHARE,
    COLOUR_APART,
    CONTRAST_LOW,
    LEVELLED_SIDE,
    SHARPEN_AMOUNT,
    SHARPEN_LARGE_PX,
    SHARPEN_SMALL_PX,
    UPSCALED_PIXELS,
)
from moiety.credential.reading.naming import SEVERAL, kind_of
from moiety.credential.reading.recognise import of_symbol
from moiety.credential.reading.things import Kind, Thing, foreign
from moiety.errors import CodeUnreadable, Unread

_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
Grey = NDArray[np.uint8]
View = Callable[[], Grey | None]


def document_in(rgb: NDArray[np.uint8], *, turn: int | None = None, crisp: bool = False) -> Thing:
    """The one document in a picture: uint8, shape (height, width, 3). Other symbols beside it do not count.

    `turn` numbers the frames of a live camera: each gets the plain look, and one of the further ones in its
    turn, so that no frame takes long. `crisp` says that it was drawn here in black on white: what cameras and
    editors call for finds nothing more in it.

    Raises:
        CodeUnreadable: none, or two different ones.
    """
    others: list[Thing] = []
    grey = _luma(rgb)
    found = _first(_plain_views(grey), others)
    if found is not None:
        return found
    further = [] if crisp else _further_looks(rgb, grey)
    if turn is not None:
        further = further[turn % len(further) :][:1]
    found = _first((view for look in further if (view := look()) is not None), others)
    if found is not None:
        return found
    if turn is None and not others and not crisp:
        others.extend(_of_other_formats(grey))
    if others:
        raise _other(others)
    raise CodeUnreadable("No code can be read in the picture.")


def _first(views: Iterable[Grey], others: list[Thing]) -> Thing | None:
    """The one document of the first view that shows any; what else is seen is added to `others`."""
    for view in views:
        seen: dict[str | bytes, Thing] = {}
        for symbol in zxingcpp.read_barcodes(view, formats=_QR):
            thing = of_symbol(symbol.text, symbol.bytes)
            seen.setdefault(thing.text or thing.data or thing.name, thing)
        documents = _chosen([one for one in seen.values() if one.is_document])
        if len(documents) > 1:
            raise CodeUnreadable(
                "Two different codes are in the picture.",
                remedy="Show one code at a time.",
                reason=Unread.SEVERAL,
                thing=SEVERAL,
            )
        if documents:
            return documents[0]
        others.extend(one for one in seen.values() if not one.is_document)
    return None


def _chosen(documents: list[Thing]) -> list[Thing]:
    """Codes before other documents: a poster or a ticket may stand beside a code."""
    codes = [one for one in documents if one.kind is Kind.CODE]
    return codes if codes else documents


def _other(others: list[Thing]) -> CodeUnreadable:
    """What is in the picture in place of a code, by the name of the first that has one."""
    known = next((one for one in others if one.kind is not Kind.UNKNOWN), others[0])
    if known.reason is Unread.DAMAGED:
        return known.refusal()
    return CodeUnreadable(
        f"The code in the picture is of another kind: {known.name}.",
        remedy=known.remedy,
        reason=Unread.OTHER,
        thing=kind_of(known.name),
    )


def _of_other_formats(grey: Grey) -> Iterator[Thing]:
    """Symbols that are no QR codes, such as those on products and on driving licences."""
    for symbol in islice(zxingcpp.read_barcodes(grey), 4):
        thing = of_symbol(symbol.text, symbol.bytes)
        named = symbol.format.name
        yield thing if thing.kind is Kind.FOREIGN else foreign(f"a bar code of the kind {named}")


def _luma(rgb: NDArray[np.uint8]) -> Grey:
    """Rec. 601 luma."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _plain_views(grey: Grey) -> Iterator[Grey]:
    """The picture as it is, then as it reads better when its modules are few pixels wide or out of focus."""
    yield grey
    if grey.size <= UPSCALED_PIXELS:
        doubled = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        yield doubled.astype(np.uint8)
        yield _sharpened(doubled.astype(np.uint8), SHARPEN_SMALL_PX)
    else:
        yield _sharpened(grey, SHARPEN_LARGE_PX)


def _further_looks(rgb: NDArray[np.uint8], grey: Grey) -> list[View]:
    """Ways to look at what the plain look does not read; those that cannot help here give nothing."""
    return [
        lambda: _bordered(grey),
        lambda: _channel(rgb, 0),
        lambda: _channel(rgb, 1),
        lambda: _channel(rgb, 2),
        lambda: _colourfulness(rgb),
        lambda: _stretched(grey),
        lambda: _levelled(grey),
        lambda: _apart(grey),
        lambda: _apart(np.asarray(255 - grey, np.uint8)),
    ]


def _bordered(grey: Grey) -> Grey:
    """With the quiet zone that ISO/IEC 18004, 6.3.8 calls for, in the brighter of what it has."""
    edge = max(12, round(max(grey.shape) * BORDER_SHARE))
    return np.asarray(np.pad(grey, edge, constant_values=255), np.uint8)


def _channel(rgb: NDArray[np.uint8], number: int) -> Grey | None:
    """One colour alone, where colours differ: red on green of the same brightness is grey on grey."""
    thumb = rgb[:: max(1, rgb.shape[0] // 256), :: max(1, rgb.shape[1] // 256)].astype(np.int16)
    if float(np.ptp(thumb, axis=2).mean()) < COLOUR_APART:
        return None
    return _bordered(_full(rgb[:, :, number]))


def _colourfulness(rgb: NDArray[np.uint8]) -> Grey | None:
    """How far each pixel is from grey: colour on grey of the same brightness."""
    apart = np.asarray(rgb.max(axis=2) - rgb.min(axis=2), np.uint8)
    return None if float(apart[::4, ::4].mean()) < COLOUR_APART else _bordered(_full(apart))


def _full(grey: NDArray[np.uint8]) -> Grey:
    """Stretched to the full range from black to white."""
    low, high = (float(one) for one in np.percentile(grey[::2, ::2], (1, 99)))
    if high - low < 2:
        return np.ascontiguousarray(grey)
    wide = (grey.astype(np.float32) - low) * (255 / (high - low))
    return np.asarray(np.clip(wide, 0, 255), np.uint8)


def _stretched(grey: Grey) -> Grey | None:
    """A faint print or a dim screen, stretched and with its border."""
    low, high = np.percentile(grey[::2, ::2], (1, 99))
    return _bordered(_full(grey)) if high - low < CONTRAST_LOW else None


def _levelled(grey: Grey) -> Grey:
    """Black and white by what is around each pixel: a shadow or a reflection lies over the code."""
    height, width = grey.shape
    share = min(1.0, LEVELLED_SIDE / max(grey.shape))  # a wide blur of a large picture takes seconds
    small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), LEVELLED_SIDE / 40)
    soft = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return _bordered(np.where(grey.astype(np.int16) < soft.astype(np.int16) - 4, 0, 255).astype(np.uint8))


def _apart(grey: Grey) -> Grey | None:
    """A code that touches a dark ground on every side, cut out of it and given its quiet zone."""
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if len(rows) < 42 or len(columns) < 42:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    # Outside of the outermost bright pixels only the ground is dark, and the dark outer ring of the symbol,
    # which is one module wide: about a seventh of what lies between the first two bright runs.
    corner = dark[top : top + 1, left:right].ravel()
    run = int(np.argmin(corner)) if not corner.all() else 0
    module = max(1, round(run / 5)) if run else max(1, round((right - left) / 100))
    cut = grey[max(0, top - module) : bottom + module, max(0, left - module) : right + module]
    return _bordered(np.ascontiguousarray(cut))


def _sharpened(grey: Grey, sd_px: float) -> Grey:
    """Unsharp masking with a Gaussian of this standard deviation."""
    soft = cv2.GaussianBlur(grey, (0, 0), sd_px)
    return np.asarray(cv2.addWeighted(grey, 1 + SHARPEN_AMOUNT, soft, -SHARPEN_AMOUNT, 0), np.uint8)
