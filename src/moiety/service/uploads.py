"""Large bodies on their way to this process: all of them have one budget, and each caller a share of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final

from fastapi import Request

from moiety.errors import Overloaded
from moiety.service.parameters import (
    CAPTURE_BODY,
    LARGE_BODY,
    UPLOAD_BYTES,
    UPLOAD_BYTES_OF_ONE,
    UPLOAD_WAIT_S,
    UPLOADS_OF_ONE,
)

_POLL_S: Final = 0.05


def stated_size(request: Request) -> int:
    """How large a body says it will be; without that, as large as any may be."""
    stated = request.headers.get("content-length")
    if stated is not None and stated.isdigit():
        return int(stated)
    return CAPTURE_BODY if "transfer-encoding" in request.headers else 0


class Uploads:
    """The budget of one process. It counts what was announced, so that what has begun can also end."""

    def __init__(
        self, most: int = UPLOAD_BYTES, of_one: int = UPLOAD_BYTES_OF_ONE, wait_s: float = UPLOAD_WAIT_S
    ) -> None:
        self._most: Final = most
        self._of_one: Final = of_one
        self._wait_s: Final = wait_s
        self._bytes: Counter[str] = Counter()
        self._here: Counter[str] = Counter()
        self._lock: Final = threading.Lock()

    @contextlib.asynccontextmanager
    async def room(self, actor: str, size: int) -> AsyncIterator[None]:
        """Room for an upload of so many bytes, until its request is answered; small ones need none.

        Raises:
            Overloaded: this caller has too many at once, or no room became free in time.
        """
        if size <= LARGE_BODY:
            yield
            return
        with self._counted(actor):
            until = time.monotonic() + self._wait_s
            while not self._take(actor, size):
                if time.monotonic() >= until:
                    raise Overloaded("Too many uploads at once.")
                await asyncio.sleep(_POLL_S)
            try:
                yield
            finally:
                with self._lock:
                    self._bytes[actor] -= size
                    self._bytes += Counter()

    @contextlib.contextmanager
    def _counted(self, actor: str) -> Iterator[None]:
        with self._lock:
            if self._here[actor] >= UPLOADS_OF_ONE:
                raise Overloaded("Too many uploads at once.")
            self._here[actor] += 1
        try:
            yield
        finally:
            with self._lock:
                self._here[actor] -= 1
                self._here += Counter()

    def _take(self, actor: str, size: int) -> bool:
        with self._lock:
            own = self._bytes[actor]
            if (own and own + size > self._of_one) or self._bytes.total() + size > self._most:
                return False
            self._bytes[actor] += size
            return True
