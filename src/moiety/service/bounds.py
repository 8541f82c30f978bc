"""Bodies are bounded in size and in time, while they arrive and before anything is parsed."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moiety.errors import RequestTooLarge, RequestTooSlow
from moiety.service.failures import answer
from moiety.service.parameters import (
    BODY_BYTES_A_SECOND,
    BODY_GRACE_S,
    BODY_TIMEOUT_S,
    CAPTURE_BODY,
    DOCUMENT_BODY,
    SMALL_BODY,
)

_CAPTURES: Final = re.compile(
    r"/v1/[a-z]+/[0-9a-f]+/complete|/v1/codes/read|/v1/practice/own/[0-9a-f]+/(?:code|comparisons)"
)
"""Routes that take pictures; all others take at most `SMALL_BODY`."""

_DOCUMENTS: Final = "/v1/verifications"
"""Where a document is presented, which may hold a portrait."""


class Bounds:
    """Refuses bodies that are too large or too slow, while they arrive."""

    def __init__(self, app: ASGIApp, *, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        captures = _CAPTURES.fullmatch(scope["path"]) is not None
        shows = scope["path"] == _DOCUMENTS
        most = CAPTURE_BODY if captures else DOCUMENT_BODY if shows else SMALL_BODY
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > most:
            await answer(_too_large(most), Request(scope))(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        began, arrived, whole = 0.0, 0, False

        async def bounded() -> Message:
            nonlocal began, arrived, whole
            if whole:  # only a disconnection can follow, and that may take its time
                return await receive()
            began = began or loop.time()  # a body that had to wait its turn loses no time by that
            try:
                async with asyncio.timeout_at(began + min(self._timeout_s, _allowed_s(arrived))):
                    message = await receive()
            except TimeoutError as error:
                raise RequestTooSlow("The request took too long to arrive.") from error
            arrived += len(message.get("body", b""))
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if arrived > most:
                raise _too_large(most)
            return message

        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, bounded, noted)
        except (RequestTooLarge, RequestTooSlow) as error:
            if begun:
                raise
            await answer(error, Request(scope))(scope, receive, send)


def _allowed_s(arrived: int) -> float:
    """How many seconds may have passed where so many bytes have come."""
    return BODY_GRACE_S + arrived / BODY_BYTES_A_SECOND


def _too_large(most: int) -> RequestTooLarge:
    return RequestTooLarge(f"The request is larger than this route takes ({most // 1024:,} KiB).")
