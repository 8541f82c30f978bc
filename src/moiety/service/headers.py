"""What every response carries for a browser's safety, and the last catch for what nobody expected."""

from __future__ import annotations

import logging
import traceback
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moiety.service.failures import internal

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Scripts and styles from this origin alone, none inline. `blob:` and `data:` are for pictures that the page
itself made: the camera's, and the code to print."""

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends a form's POST with `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000"

logger: Final = logging.getLogger("moiety.service")


class Guard:
    """Adds the headers; turns an unexpected exception into an error as any other, and logs its type alone."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        told = {**HEADERS, "Cache-Control": "no-store"}
        told |= {"Strict-Transport-Security": _HSTS} if secure else {}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                sent = list(message.get("headers", ()))
                known = {name.lower() for name, _ in sent}
                message["headers"] = sent + [one for one in self._headers if one[0] not in known]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            # Its type and its place: a library's message could carry what must not be logged.
            last = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("internal error %s at %s:%s", type(error).__name__, last.filename, last.lineno)
            if begun:
                return
            await internal(Request(scope))(scope, receive, guarded)
