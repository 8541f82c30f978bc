"""Decoding in a process of its own, with little memory and time, for kinds whose header can't be believed.

A few bytes of AVIF, WebP, TIFF, JPEG 2000 or HEIC can ask for gigabytes whatever their header says, and their
decoders have had memory bugs. The process stays for the next picture; after a large one it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import subprocess
import sys
import threading
from io import BufferedReader
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageTooLarge, ImageUnreadable
from moiety.image_decoding import (
    ANIMATED,
    ANSWER,
    DONE,
    OUT_OF_MEMORY,
    REQUEST,
    SECONDS,
    TOO_LARGE,
    upright,
)

MEMORY: Final = 640_000_000
"""For interpreter and libraries, 60 MB, and 25 megapixels at 20 bytes."""

MEMORY_HEIF: Final = 1_200_000_000
"""For 50 megapixels, as phones make them."""

WALL_S: Final = 60
"""The last bound, for a machine that is busy; the processor time is bounded as well."""

AT_ONCE: Final = 2
"""Processes that decode at once; who comes later waits."""

LARGE_PIXELS: Final = 8_000_000
"""After a larger picture the process ends: it would keep the memory."""

_PROGRAM: Final = Path(__file__).with_name("image_decoding.py")
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
_Answer = tuple[int, int, int, float, int, int]
_RUN: Final = """
import runpy, sys
sys.path[:] = sys.argv[2].split(sys.argv[3])
runpy.run_path(sys.argv[1], None, "__main__")
"""
_DAMAGED: Final = "The {kind} picture is truncated or damaged."


class _Gone(Exception):
    """The process ended before it answered."""


class _Child:
    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        places = os.pathsep.join(place for place in sys.path if place)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _RUN, str(_PROGRAM), places, os.pathsep],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "MALLOC_ARENA_MAX": "1"},
        )

    def ask(self, request: bytes, data: bytes, most: int) -> tuple[_Answer, NDArray[np.uint8]]:
        """The answer to one picture, and its pixels, at most so many: a decoder may have been taken over.

        Raises:
            _Gone: the process ended, by itself or because its time was over.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise _Gone
        guard = threading.Timer(WALL_S, self.process.kill)
        guard.start()
        try:
            stdin.write(request)
            stdin.write(data)
            stdin.flush()
            head = stdout.read(ANSWER.size)
            if len(head) < ANSWER.size:
                raise _Gone
            answer = ANSWER.unpack(head)
            if answer[0] == DONE and answer[1] * answer[2] > most:
                raise _Gone
            shape = (answer[2], answer[1], 3) if answer[0] == DONE else (0, 0, 3)
            rgb = np.empty(shape, np.uint8)
            if rgb.size and cast(BufferedReader, stdout).readinto(rgb.data.cast("B")) < rgb.size:
                raise _Gone
        except (OSError, ValueError) as error:
            raise _Gone from error
        finally:
            guard.cancel()
        return answer, rgb

    def end(self) -> None:
        """End the process now."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


class _Children:
    """The processes that wait for a picture, of this process: a fork begins with none."""

    def __init__(self) -> None:
        self.places: Final = threading.BoundedSemaphore(AT_ONCE)
        self._idle: list[_Child] = []
        self._lock: Final = threading.Lock()

    def take(self) -> _Child | None:
        """One that waits, if one does."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def keep(self, child: _Child) -> None:
        """Have it wait for the next picture."""
        with self._lock:
            self._idle.append(child)

    def end(self) -> None:
        """End those that wait."""
        while (child := self.take()) is not None:
            child.end()


_children = _Children()


def _begin_again() -> None:
    global _children  # noqa: PLW0603
    _children = _Children()


def _end() -> None:
    _children.end()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)


def decode(
    data: bytes, kind: str, *, max_pixels: int, ground: int
) -> tuple[NDArray[np.uint8], float | None, bool]:
    """The pixels of a picture, upright; the pixels per inch that it states; whether parts are transparent.

    Raises:
        ImageUnreadable: damaged, animated, or it took too long.
        ImageTooLarge: more pixels than allowed, or more memory.
    """
    memory = MEMORY_HEIF if kind == "HEIF" else MEMORY
    request = REQUEST.pack(kind.encode("ascii"), max_pixels, len(data), memory, ground)
    with _children.places:
        answer, rgb = _asked(request, data, kind, max_pixels)
    outcome, width, height, ppi, orientation, through = answer
    if outcome == TOO_LARGE:
        raise ImageTooLarge(
            f"The picture has {width}x{height} pixels, or parts that are larger; "
            f"{max_pixels // 1_000_000} megapixels are allowed."
        )
    if outcome == OUT_OF_MEMORY:
        raise ImageTooLarge("The picture is too large to decode.")
    if outcome == ANIMATED:
        raise ImageUnreadable("This is an animation or has several pages; one picture is needed.")
    if outcome != DONE:
        raise ImageUnreadable(_DAMAGED.format(kind=kind))
    return upright(rgb, orientation), None if math.isnan(ppi) else ppi, bool(through)


def _asked(request: bytes, data: bytes, kind: str, most: int) -> tuple[_Answer, NDArray[np.uint8]]:
    waiting = _children.take()
    for child in (waiting, None) if waiting is not None else (None,):
        asked = _Child() if child is None else child
        try:
            answer, rgb = asked.ask(request, data, most)
        except _Gone:
            asked.end()
            continue  # one that waited may have ended meanwhile, by itself: a new one is asked
        except BaseException:  # its answer must not wait for the next picture
            asked.end()
            raise
        if answer[0] == OUT_OF_MEMORY or rgb.shape[0] * rgb.shape[1] > LARGE_PIXELS:
            asked.end()
        else:
            _children.keep(asked)
        return answer, rgb
    raise ImageUnreadable(f"The {kind} picture can't be decoded in {SECONDS} seconds, or is damaged.")
