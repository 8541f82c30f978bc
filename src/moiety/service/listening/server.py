"""Serves an application: uvicorn, behind a door that bounds what a connection may take."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from moiety.service.capture.parameters import FULL_BYTES_MOST
from moiety.service.listening import parameters as p
from moiety.service.listening.addresses import TrustedProxies
from moiety.service.listening.door import Door
from moiety.service.listening.http import Http
from moiety.service.listening.seats import Seat, Seats
from moiety.service.listening.turns import Turns


class Server(uvicorn.Server):
    """uvicorn's server, with our door in place of its own."""

    def __init__(self, config: uvicorn.Config, proxies: TrustedProxies, seats: Seats) -> None:
        super().__init__(config)
        self._proxies = proxies
        self._seats = seats

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)

        turns = Turns()

        def speak(seat: Seat) -> asyncio.Protocol:
            return Http(seat, turns, self.config, self.server_state, self.lifespan.state)

        door = Door(speak, self._seats, self._proxies, self.config.ssl)
        door.open(sockets or ())
        self.servers = [cast(Any, door)]
        self.started = True


def server_of(
    app: ASGIApp, proxies: TrustedProxies, *, certificate: Path | None = None, key: Path | None = None
) -> Server:
    """The server of an application. Its `run(sockets=[...])` serves on sockets that are bound already."""
    config = uvicorn.Config(
        cast(Any, app),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # or FORWARDED_ALLOW_IPS in the environment would decide whom to believe
        ws_per_message_deflate=False,  # JPEG gains nothing, and a few bytes would become many
        ws_max_size=FULL_BYTES_MOST + 64,
        timeout_graceful_shutdown=p.GRACE_S,
    )
    return Server(config, proxies, Seats(room()))


def room() -> int:
    """How many connections this process may have, after asking for as many descriptors as it may."""
    try:
        import resource
    except ImportError:  # no such thing on Windows
        return p.CONNECTIONS_MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = p.DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(hard, p.DESCRIPTORS_WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    free = p.CONNECTIONS_MOST if soft == resource.RLIM_INFINITY else soft - p.DESCRIPTORS_KEPT
    return max(p.CONNECTIONS_LEAST, min(p.CONNECTIONS_MOST, free))
