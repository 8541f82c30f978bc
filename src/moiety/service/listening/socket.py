"""WebSockets as uvicorn speaks them, within bounds: nothing read before they are accepted, little held."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from moiety.service.listening import parameters as p
from moiety.service.listening.seats import Seat

ALLOW: Final = "moiety.allow"
"""In a connection's `extensions`: a function that sets how many bytes its next message may have."""


class Socket(WebSocketsSansIOProtocol):
    """One WebSocket, from its handshake on."""

    def __init__(
        self, seat: Seat, config: Config, server_state: ServerState, app_state: dict[str, Any]
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state=app_state)
        self._seat = seat
        self._most = config.ws_max_size

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is handed over by HTTP."""
        super().connection_made(transport)
        self._seat.cut = self.transport.abort
        self._seat.spare = bool
        self._seat.wait(p.HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        super().connection_lost(exc)
        self._seat.leave()

    def handle_connect(self, event: Request) -> None:
        """A handshake: until the application accepts it, nothing more is read."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast(dict[str, Any], self.scope["extensions"])[ALLOW] = self._allow
            self._seat.work()
            self.read_paused = True
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes have come. More than the next message may have is refused before it is whole."""
        super().data_received(data)
        held = len(self.conn.reader.buffer) + sum(map(len, self.frames))
        if held > self._most + len(data):
            self._refuse()

    def handle_cont(self, event: Frame) -> None:
        """A further part of a message."""
        if len(self.frames) >= p.FRAGMENTS_MOST:
            self._refuse()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """A ping is answered, as long as the answers are read."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > p.UNSENT_MOST:
            self._refuse()

    def pause_writing(self) -> None:
        """The peer doesn't read as fast as we write."""
        super().pause_writing()
        self._seat.wait(p.WRITE_S)

    def resume_writing(self) -> None:
        """The peer has read."""
        super().resume_writing()
        if not self.close_sent:
            self._seat.work()

    async def send(self, message: ASGISendEvent) -> None:
        """What the application sends."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True  # a handshake that was denied is complete too, and no error
            self._seat.wait(p.CLOSE_S)

    def _allow(self, most: int) -> None:
        self._most = most

    def _refuse(self) -> None:
        self.transport.abort()
