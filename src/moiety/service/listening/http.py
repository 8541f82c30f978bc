"""HTTP/1.1 as uvicorn speaks it, within bounds: heads, pipelining, slow readers, bodies that nobody wants."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from moiety.service.listening import parameters as p
from moiety.service.listening.seats import Seat
from moiety.service.listening.socket import Socket
from moiety.service.listening.turns import Turns


class Http(HttpToolsProtocol):
    """One connection. Its seat always says whether it waits for its peer, and how long it may."""

    def __init__(
        self,
        seat: Seat,
        turns: Turns,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state=app_state)
        self.ws_protocol_class = cast(type[asyncio.Protocol], partial(Socket, seat))
        self._seat = seat
        self._turns = turns
        self._unwanted = False
        self._responding: RequestResponseCycle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._unsent = 0

    # --- the connection ------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection is made, and its TLS handshake is done."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._seat.cut = self.transport.abort
        self._seat.spare = self._was_read
        self._seat.wait(p.HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        super().connection_lost(exc)
        self._seat.leave()

    def data_received(self, data: bytes) -> None:
        """Bytes have come. A head that goes on and on is refused."""
        going_on = self._in_head
        super().data_received(data)
        if going_on and self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > p.HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")
        if self._unwanted and not self.transport.is_closing():
            self.flow.pause_reading()
            self._turns.wait(self._read_on)

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    # --- the parser ----------------------------------------------------------------------------------------
    def on_message_begin(self) -> None:
        """A request's first byte."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._is_idle():
            self._seat.wait(p.HEAD_S)

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or one behind a body in chunks."""
        self._count_head(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; the application begins, or the request waits its turn."""
        self._in_head = False
        if len(self.pipeline) >= p.PIPELINED_MOST:
            raise ValueError("Too many requests at once.")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        super().on_message_complete()
        self._unwanted = False
        if not self._is_idle():
            self._settle()

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > p.HEAD_BYTES:
            raise ValueError("The head of the request is too large.")

    # --- answering -----------------------------------------------------------------------------------------
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._responding = cycle
        super()._start_asgi_task(cycle, app)
        self._settle()

    def on_response_complete(self) -> None:
        """An answer is written out; perhaps the next request waits already."""
        super().on_response_complete()
        # Of a request that was refused while its body came, the rest is read by turns and dropped.
        self._unwanted = self.cycle is self._responding and self.cycle.more_body
        self._settle()

    def pause_writing(self) -> None:
        """The peer doesn't read as fast as we write."""
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        """The peer has read."""
        super().resume_writing()
        self._settle()

    def _is_idle(self) -> bool:
        return self._responding is None or self._responding.response_complete

    def _settle(self) -> None:
        """Tell the seat what is waited for."""
        cycle, self._unsent = self._responding, self.transport.get_write_buffer_size()
        if self.flow.write_paused:
            self._seat.wait(p.WRITE_S)
        elif cycle is not None and not cycle.response_complete:
            if cycle.more_body:
                self._seat.wait(p.BODY_S)
            else:
                self._seat.work()
        elif self._in_head:
            self._seat.wait(p.HEAD_S)
        else:
            self._seat.wait(p.WRITE_S if self._unsent else p.IDLE_S)

    def _was_read(self) -> bool:
        """Whether the peer has read enough of what waits for it since it was looked at last."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return before - self._unsent >= p.WRITE_LEAST
