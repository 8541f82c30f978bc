"""A PIN from a file: never from the command line, where others could read it."""

from __future__ import annotations

import codecs
from typing import Final

from moiety.errors import UsageError
from moiety.files import read_bounded

_MAX_BYTES: Final = 1000
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What Windows editors begin a file with, and how such a file is read."""


def read_pin(path: str) -> str:
    """The first line of a file, without its line end."""
    data = read_bounded(path, _MAX_BYTES, what="PIN file")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        lines = data.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        raise UsageError("The PIN file is not text.", remedy="Save it as plain text in UTF-8.") from error
    if not lines or not lines[0].strip():
        raise UsageError("The PIN file is empty.")
    return lines[0].strip()
