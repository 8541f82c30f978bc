"""Accepts connections: each has a seat from the first packet on, also while TLS is agreed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Final

from moiety.service.listening import parameters as p
from moiety.service.listening.addresses import TrustedProxies, subject_of
from moiety.service.listening.seats import Seat, Seats

logger: Final = logging.getLogger("moiety.service")
_SHORT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
Speak = Callable[[Seat], asyncio.Protocol]


class Door:
    """Stands where uvicorn has an `asyncio.Server`."""

    def __init__(
        self, speak: Speak, seats: Seats, proxies: TrustedProxies, context: ssl.SSLContext | None
    ) -> None:
        self._speak = speak
        self._seats = seats
        self._proxies = proxies
        self._tls: Final = None if context is None else p.TLS_S
        self._context = context
        self._loop: Final = asyncio.get_running_loop()
        self._listeners: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._greeting: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.Task[None] | None = None

    def open(self, listeners: Iterable[socket.socket]) -> None:
        """Begin to accept on sockets that are bound."""
        self._listeners = list(listeners)
        for one in self._listeners:
            one.setblocking(False)
            one.listen(p.BACKLOG)
        self._accepting = [self._loop.create_task(self._accept(one)) for one in self._listeners]
        self._sweeping = self._loop.create_task(self._sweep())

    def close(self) -> None:
        """Accept nothing more; what is open goes on, and its time is still looked at."""
        for task in self._accepting:
            task.cancel()
        for listener in self._listeners:
            listener.close()

    async def wait_closed(self) -> None:
        """All has ended."""
        tasks = [*self._accepting, *self._greeting, *([] if self._sweeping is None else [self._sweeping])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                accepted, peer = await self._loop.sock_accept(listener)
            except OSError as error:
                if error.errno in _SHORT:
                    logger.error("no descriptor is free for another connection")
                    await asyncio.sleep(p.SWEEP_S)
                continue
            self._welcome(accepted, str(peer[0]))

    def _welcome(self, accepted: socket.socket, host: str) -> None:
        seat = self._seats.take(subject_of(host), unlimited=self._proxies.has(host))
        if seat is None:
            accepted.close()
            return
        task = self._loop.create_task(self._greet(accepted, seat))
        self._greeting.add(task)
        task.add_done_callback(self._greeting.discard)
        seat.cut = task.cancel

    async def _greet(self, accepted: socket.socket, seat: Seat) -> None:
        accepted.setblocking(False)
        with contextlib.suppress(OSError):
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._speak(seat),
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=self._tls,
            )
        except (OSError, asyncio.CancelledError):  # TLS that fails is an OSError as well
            seat.leave()
            accepted.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(p.SWEEP_S)
            self._seats.sweep()
