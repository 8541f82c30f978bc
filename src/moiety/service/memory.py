"""Memory that a request took goes back to the machine: glibc would keep it, and its arenas fragment."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from typing import Final

ARENAS: Final = 4
"""By default glibc makes up to eight arenas a core, each of which keeps what its busiest moment took."""

MAPPED_BYTES: Final = 16 * 1024 * 1024
"""From here on a block has pages of its own, which are given back when it's freed: bodies of uploads, whole
photographs. Set by hand, the bound stays: glibc raises its own to 32 MB once such a block was freed. At 4 MB
the arrays of every verification were mapped and faulted in again: 6,000 page faults, 20 ms of 100."""

KEPT_BYTES: Final = 64 * 1024 * 1024
"""So much may stay free at the end of the heap between verifications, until the next trim."""

TRIM_S: Final = 20
"""How often freed pages are given back: a few milliseconds each time, with nothing to give back under one."""

_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3
_TRIM_THRESHOLD: Final = -1


def give_back() -> None:
    """Have this process give memory back; on a machine without glibc nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        glibc = ctypes.CDLL("libc.so.6")
        trim = glibc.malloc_trim
        glibc.mallopt(_ARENA_MAX, ARENAS)
        glibc.mallopt(_MMAP_THRESHOLD, MAPPED_BYTES)
        glibc.mallopt(_TRIM_THRESHOLD, KEPT_BYTES)

        def go_on() -> None:
            while True:
                time.sleep(TRIM_S)
                trim(0)

        threading.Thread(target=go_on, daemon=True, name="memory").start()
