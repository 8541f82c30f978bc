"""The one door: a file, a text or bytes in, the document in it out, or what the thing is and what to do.

A `Path` is a file, `bytes` are what a file holds. A `str` is the text of a document where it is one, else the
name of a file where there is such a file, else a text that is no document.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moiety import image
from moiety.credential.reading import pdf, recognise, svg, symbols
from moiety.credential.reading.things import Kind, Thing
from moiety.errors import CodeUnreadable, Unread
from moiety.files import read_bounded

_LONGEST_NAME = 1_024  # characters; file systems allow 255 to a part


def document_of(source: str | Path | bytes) -> Thing:
    """The one document that a file, a text or bytes hold: a code, an SD-JWT or a mobile document.

    Raises:
        CodeUnreadable: there is none, or several; it says what the thing is.
        ImageUnreadable, ImageTooLarge: a picture that cannot be read.
    """
    if isinstance(source, bytes):
        return _inside(recognise.of_bytes(source))
    if isinstance(source, str):
        thing = recognise.of_text(source)
        if thing.is_document or not _may_be_name(source, thing):
            return _inside(thing)
    return _inside(
        recognise.of_bytes(read_bounded(source, image.MAX_BYTES, what="file", error=CodeUnreadable))
    )


def document_of_text(text: str) -> Thing:
    """As `document_of`, for text that came over a network: never a file's name, and no picture is looked at.

    Raises:
        CodeUnreadable: no document; it says what the text is.
    """
    thing = recognise.of_text(text)
    if thing.is_document:
        return thing
    if thing.kind in (Kind.PICTURE, Kind.PDF, Kind.SVG):
        raise CodeUnreadable(
            f"This is {thing.name} as text.",
            remedy="Give the picture itself, as a file.",
            reason=Unread.OTHER,
        )
    raise thing.refusal()


def _may_be_name(source: str, thing: Thing) -> bool:
    """Whether a string that is no document is to be taken for the name of a file."""
    if len(source) > _LONGEST_NAME or "\n" in source or "\x00" in source or not source.strip():
        return False
    if thing.kind is Kind.UNKNOWN:
        return True
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False


def _inside(thing: Thing) -> Thing:
    """The document that a thing is, or that a picture, a PDF or a drawing shows."""
    if thing.is_document:
        return thing
    if thing.kind is Kind.PICTURE:
        return _in_picture(thing.data)
    if thing.kind is Kind.PDF:
        remedy = "Save the code as a PNG picture, or print the page and photograph it."
        if pdf.is_locked(thing.data):
            raise CodeUnreadable("This PDF is locked.", remedy=remedy, reason=Unread.OTHER, thing="encrypted")
        return _in_pictures(pdf.pictures_in(thing.data), "in this PDF", remedy)
    if thing.kind is Kind.SVG:
        remedy = "Save it as a PNG picture, and give that."
        return _in_pictures(svg.pictures_in(thing.text), "in this drawing (SVG)", remedy)
    raise thing.refusal()


def _in_picture(data: bytes) -> Thing:
    """What a picture shows; where parts of it are transparent, on white and then on black ground."""
    picture = image.load(data, formats=image.SCANS)
    try:
        return symbols.document_in(picture.rgb)
    except CodeUnreadable as error:
        if error.reason is Unread.SEVERAL or not picture.see_through:
            raise
        dark = image.load(data, formats=image.SCANS, ground=0)
        try:
            return symbols.document_in(dark.rgb)
        except CodeUnreadable:
            raise error from None


def _in_pictures(pictures: Iterable[tuple[NDArray[np.uint8], bool]], where: str, remedy: str) -> Thing:
    """The document in the first of several pictures that shows one."""
    other: CodeUnreadable | None = None
    for one, drawn in pictures:
        try:
            return symbols.document_in(one, crisp=drawn)
        except CodeUnreadable as error:
            if error.reason is Unread.SEVERAL:
                raise
            if error.reason is Unread.OTHER:
                other = error
    if other is not None:
        raise other
    raise CodeUnreadable(f"No code can be read {where}.", remedy=remedy)
