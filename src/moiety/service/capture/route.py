"""The WebSocket routes: `/v1/capture/code` reads a code, `/v1/capture/{ceremony}` captures a person."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Annotated, Final

import anyio.to_thread
import numpy as np
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from moiety.errors import MoietyError, Overloaded
from moiety.face.detect import detect
from moiety.face.embed import embed
from moiety.face.parameters import CROP_SIDE
from moiety.image import load
from moiety.service import auth
from moiety.service.auth import Actor, RequireInSocket
from moiety.service.capture import parameters as p
from moiety.service.capture.conversation import Conversation
from moiety.service.capture.desk import Desk
from moiety.service.capture.desks import open_desk
from moiety.service.failures import answer
from moiety.service.listening.addresses import address_of
from moiety.service.listening.socket import ALLOW
from moiety.service.roles import Role
from moiety.service.state import State

Run = Callable[[Callable[[], object]], Awaitable[object]]
Reading = Annotated[
    RequireInSocket, Depends(RequireInSocket(Role.VERIFIER, Role.ENROLLER, Role.ADMINISTRATOR))
]
"""Who reads a code: also an administrator, who finds a code to revoke it."""

Capturing = Annotated[RequireInSocket, Depends(RequireInSocket(Role.VERIFIER, Role.ENROLLER))]


class Captures:
    """The captures that are open in this process: how many, and the threads that look at their frames."""

    def __init__(self, workers: int) -> None:
        self._limiter: Final = CapacityLimiter(2 * workers)
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def entered(self, actor: Actor, address: str) -> Iterator[None]:
        """Count a capture of this caller, from this address, while it is open.

        Raises:
            Overloaded: there are too many, of this caller, from this address or in all.
        """
        own = p.FROM_ONE_ADDRESS if actor.session is None else p.OF_ONE_OPERATOR  # a client has many desks
        names = {"": p.CONNECTIONS_MOST, f"o{actor.id}": own, f"a{address}": p.FROM_ONE_ADDRESS}
        if any(self._open[name] >= most for name, most in names.items()):
            raise Overloaded("Too many captures at once.")
        self._open.update(names.keys())
        try:
            yield
        finally:
            self._open.subtract(names.keys())
            self._open += Counter()  # those at zero are forgotten

    async def run(self, task: Callable[[], object]) -> object:
        """Run what blocks in a thread; as many at once as keep the cores busy."""
        return await anyio.to_thread.run_sync(task, limiter=self._limiter)


class Socket:
    """A WebSocket as a conversation sees it."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._allow = socket.scope.get("extensions", {}).get(ALLOW)

    def allow(self, most: int) -> None:
        """Set how many bytes the next message may have; a server that can't refuse earlier lets it pass."""
        if self._allow is not None:
            self._allow(most)

    async def receive(self) -> str | bytes | None:
        """The next message, or None at the end."""
        try:
            message = await self._socket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return None
        if message["type"] == "websocket.disconnect":
            return None
        data: bytes | None = message.get("bytes")
        return message.get("text", "") if data is None else data

    async def send(self, text: str) -> None:
        """Send a message.

        Raises:
            ConnectionError: the page is gone.
        """
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise ConnectionError from error


def routes(state: State) -> APIRouter:
    """The routes of one application."""
    router = APIRouter(tags=["capture"])
    captures = Captures(state.settings.workers)
    for _ in range(state.settings.workers):  # each thread has networks of its own
        threading.Thread(target=lambda: state.work.run(_warm), daemon=True, name="warm").start()

    @router.websocket("/v1/capture/code")
    async def code(socket: WebSocket, required: Reading) -> None:
        await _hold(socket, captures, required, None)

    @router.websocket("/v1/capture/{ceremony}")
    async def ceremony(socket: WebSocket, ceremony: str, required: Capturing) -> None:
        await _hold(socket, captures, required, ceremony)

    return router


def _warm() -> None:
    """Load the networks before the first person stands there; nobody waits for it."""
    blank = load(np.full((320, 320, 3), 128, np.uint8))
    detect(blank)
    embed(np.ascontiguousarray(blank.rgb[:CROP_SIDE, :CROP_SIDE]))


async def _hold(
    socket: WebSocket, captures: Captures, required: RequireInSocket, ceremony: str | None
) -> None:
    """Refuse the handshake of who may not capture, before anything is read; then hold the conversation."""
    state: State = socket.app.state.moiety
    cookie = socket.cookies.get(auth.cookie_name(state.settings))

    def admitted() -> Actor:
        return required.admit(
            state, socket.headers.get("origin"), cookie, socket.headers.get("authorization")
        )

    with contextlib.ExitStack() as place:
        try:
            actor = await run_in_threadpool(admitted)
            place.enter_context(captures.entered(actor, address_of(socket)))
        except MoietyError as error:
            await _deny(socket, error)
            return
        await socket.accept()

        def opened(order: Mapping[str, object]) -> Desk:
            return open_desk(state, actor, ceremony or "", order, admitted)

        await Conversation(Socket(socket), None if ceremony is None else opened, captures.run).hold()
        await _close(socket)


async def _deny(socket: WebSocket, error: MoietyError) -> None:
    """Answer the handshake with 403, or 503 where there are too many; a program can read why."""
    refused = answer(error)
    if not isinstance(error, Overloaded):
        refused.status_code = 403
    with contextlib.suppress(WebSocketDisconnect):
        await socket.send_denial_response(refused)


async def _close(socket: WebSocket) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # closed already
        await socket.close(1000)
