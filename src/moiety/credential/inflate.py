"""Compression of a code: zlib out, zlib or Brotli in, never more than the limit."""

from __future__ import annotations

import contextlib
import zlib
from typing import Final

from moiety.credential.parameters import MAX_INFLATED_BYTES
from moiety.errors import CodeMalformed

try:  # Brotli is no dependency of Moiety: codes of ours are zlib, and few other issuers use it.
    import brotli  # type: ignore[import-untyped]
except ImportError:  # pragma: no cover - the development environment has it
    brotli = None

_DEFLATE: Final = 8
_LARGEST_WINDOW: Final = 7
_PRESET: Final = 0x20
_TOO_MUCH: Final = f"The code inflates to more than {MAX_INFLATED_BYTES:,} bytes."


def is_zlib(data: bytes) -> bool:
    """Whether `data` begins as zlib does, with a window of 256 bytes to 32 KiB (RFC 1950, section 2.2)."""
    if len(data) <= 2 or (data[0] * 256 + data[1]) % 31:
        return False
    return data[0] & 0x0F == _DEFLATE and data[0] >> 4 <= _LARGEST_WINDOW and not data[1] & _PRESET


def deflate(data: bytes) -> bytes:
    """`data` as zlib, as small as it gets."""
    return zlib.compress(data, 9)


def inflate(data: bytes) -> bytes:
    """What was compressed: zlib by its magic number, else Brotli (Claim 169, 1.2.2, section 3.2.1).

    Raises:
        CodeMalformed: damaged, cut short, followed by something else, or over `MAX_INFLATED_BYTES`.
    """
    if not is_zlib(data):
        return _from_brotli(data)
    try:
        return _from_zlib(data)
    except CodeMalformed:
        # One in some thousand Brotli streams begins as zlib with a window that is seldom used.
        if brotli is None or data[0] >> 4 == _LARGEST_WINDOW:
            raise
        with contextlib.suppress(CodeMalformed):
            return _from_brotli(data)
        raise


def _from_zlib(data: bytes) -> bytes:
    engine = zlib.decompressobj()
    try:
        out = engine.decompress(data, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise CodeMalformed("The code is damaged: it does not inflate.") from error
    if len(out) > MAX_INFLATED_BYTES:
        raise CodeMalformed(_TOO_MUCH)
    if not engine.eof:
        raise CodeMalformed("The code is damaged: it is cut short.")
    if engine.unused_data:
        raise CodeMalformed("The code is damaged: something follows its end.")
    return out


def _from_brotli(data: bytes) -> bytes:
    if brotli is None:  # pragma: no cover - the development environment has it
        raise CodeMalformed(
            "The code is not zlib, and Brotli cannot be read here.",
            remedy="Install brotli to read such codes.",
        )
    engine = brotli.Decompressor()
    try:
        out: bytes = engine.process(data, output_buffer_limit=MAX_INFLATED_BYTES + 1)
        while not engine.is_finished() and len(out) <= MAX_INFLATED_BYTES:
            more = engine.process(b"", output_buffer_limit=MAX_INFLATED_BYTES + 1)
            if not more:
                raise CodeMalformed("The code is damaged: it is cut short.")
            out += more
    except brotli.error as error:
        raise CodeMalformed("The code is damaged: it is neither zlib nor Brotli.") from error
    if len(out) > MAX_INFLATED_BYTES:
        raise CodeMalformed(_TOO_MUCH)
    return out
