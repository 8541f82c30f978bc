"""A PIN from a file: never from the command line, where others could read it."""

from __future__ import annotations

from typing import Final

from moiety.errors import UsageError
from moiety.files import read_bounded

_MAX_BYTES: Final = 1000


def read_pin(path: str) -> str:
    """The first line of a file, without its line end."""
    try:
        lines = read_bounded(path, _MAX_BYTES, what="PIN file").decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError("The PIN file is not text.") from error
    if not lines or not lines[0].strip():
        raise UsageError("The PIN file is empty.")
    return lines[0].strip()
