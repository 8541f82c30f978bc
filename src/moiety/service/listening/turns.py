"""Bodies that nobody wants: what a refused client still sends is read by turns, so that it takes no core.

A client that is refused while it sends goes on sending. To close at once would lose the answer: many clients
read it only after they have sent everything. To read as fast as they send kept the process busy with nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from moiety.service.listening import parameters as p


class Turns:
    """One read of one connection at a time, with a pause between, for all connections of the process."""

    def __init__(self, pause_s: float = p.TURN_S) -> None:
        self._pause_s: Final = pause_s
        self._waiting: Final[deque[Callable[[], None]]] = deque()
        self._running = False

    def wait(self, read_on: Callable[[], None]) -> None:
        """Have this called when it is this connection's turn."""
        self._waiting.append(read_on)
        if not self._running:
            self._running = True
            self._schedule()

    def _schedule(self) -> None:
        asyncio.get_running_loop().call_later(self._pause_s, self._next)

    def _next(self) -> None:
        self._waiting.popleft()()
        self._running = bool(self._waiting)
        if self._running:
            self._schedule()
