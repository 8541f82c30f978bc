"""From a file, a text or a picture to the text of the one code in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.credential.parameters import MAX_TEXT_CHARS
from moiety.credential.reading import door, symbols
from moiety.credential.reading.things import Kind, Thing
from moiety.errors import CodeUnreadable, Unread

_LINE_ENDS: Final = "\r\n\t"  # a space is a character of base45 and stays


def text_of(source: str | Path | bytes) -> str:
    """The code's text in a file, in the bytes of a file, or as given itself (see `reading.door`).

    Raises:
        CodeUnreadable: no code there, or several.
        ImageUnreadable, ImageTooLarge: a picture that cannot be read.
    """
    return _code(door.document_of(source))


def text_in(text: str) -> str:
    """The code's text in a text that came over a network, as its way changed it.

    Raises:
        CodeUnreadable: no code there.
    """
    return _code(door.document_of_text(text))


def in_picture(rgb: NDArray[np.uint8]) -> str:
    """The text of the one code in a picture: uint8, shape (height, width, 3).

    Other QR codes beside it (a poster, a ticket) are passed over.

    Raises:
        CodeUnreadable: none, or two different ones.
    """
    return _code(symbols.document_in(rgb))


def tidy(text: str) -> str:
    """`text` without line ends around it.

    Raises:
        CodeUnreadable: longer than any code.
    """
    bare = text.strip(_LINE_ENDS)
    if len(bare) > MAX_TEXT_CHARS:
        raise CodeUnreadable(f"The text is longer than any code: over {MAX_TEXT_CHARS:,} characters.")
    return bare


def _code(thing: Thing) -> str:
    if thing.kind is not Kind.CODE:
        name = "an SD-JWT" if thing.kind is Kind.SD_JWT else "a mobile document"
        raise CodeUnreadable(
            f"This is {name}, and no code.", remedy="moiety verify reads it.", reason=Unread.OTHER
        )
    return thing.text
