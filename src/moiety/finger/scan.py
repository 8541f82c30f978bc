"""A scan of a print from a file: PNG, TIFF, BMP, JPEG and the like, or WSQ."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from moiety.errors import ImageUnreadable
from moiety.files import read_bounded
from moiety.image import MAX_BYTES, SCANS, Image
from moiety.image import load as load_picture

_WSQ_START: Final = b"\xff\xa0"
"""The SOI marker of the WSQ specification (IAFIS-IC-0110, 2010)."""


def load(source: str | Path | bytes) -> Image:
    """Read a scan with its stated resolution, if it states one.

    WSQ needs the `wsq` extra: the FBI's format of law enforcement, decoded in a process of its own. WSQ files
    state their resolution only in a comment that few readers trust, so it comes back as None.

    Raises:
        ImageUnreadable: no scan, damaged, of several pages, or WSQ without its extra.
        ImageTooLarge: over the limits of `moiety.image`.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    if not data.startswith(_WSQ_START):
        return load_picture(data, formats=SCANS)
    from moiety.finger.scan_wsq import decode  # kept out of every other path: see its first line

    return load_picture(decode(data))


def _read(path: Path) -> bytes:
    return read_bounded(path, MAX_BYTES, what="scan", error=ImageUnreadable)
