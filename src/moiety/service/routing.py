"""How a request meets a route: first who is calling and for what, then the body, in memory alone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from moiety.errors import ImageTooLarge, MediaTypeRefused, RequestMalformed
from moiety.image import MAX_BYTES
from moiety.service.auth import Require
from moiety.service.ceremonies.ahead import look_ahead
from moiety.service.parameters import CAPTURE_BODY, MOST_FRAMES
from moiety.service.state import state_of
from moiety.service.uploads import stated_size

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that asks who is calling before it reads the body: nobody uploads who may not."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, behind the route's own requirement."""
        handle = super().get_route_handler()
        required = _required(self.dependant)

        async def handler(request: Request) -> Response:
            actors = [await one(request) for one in required]
            if not actors:
                return await handle(self.prepared(request))
            state = state_of(request)
            await look_ahead(state, actors[0], request)
            async with state.uploads.room(actors[0].id, stated_size(request)):
                return await handle(self.prepared(request))

        return handler

    def prepared(self, request: Request) -> Request:
        """The request as it is handed on."""
        return request


class UploadRoute(GuardedRoute):
    """A guarded route whose form stays in memory."""

    def prepared(self, request: Request) -> Request:
        """A request that parses its form in memory."""
        return _Upload(request.scope, request.receive)


class _InMemory(MultiPartParser):
    """Starlette's parser writes parts of over 1 MB to temporary files: pictures must never get there.

    A file that is larger than any picture may be ends the reading at once, not after the whole body has come.
    """

    spool_max_size = CAPTURE_BODY + 1
    _part_bytes = 0

    def on_part_begin(self) -> None:
        """Another part begins."""
        self._part_bytes = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """A piece of the part."""
        self._part_bytes += end - start
        if self._part_bytes > MAX_BYTES:
            raise ImageTooLarge("A picture has more bytes than any may have.")
        super().on_part_data(data, start, end)


class _Upload(Request):
    async def _get_form(self, **_: Any) -> Any:
        if self._form is None:
            kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "multipart/form-data":
                raise MediaTypeRefused("This route takes multipart/form-data.")
            parser = _InMemory(
                self.headers, self.stream(), max_files=MOST_FRAMES, max_fields=MOST_FRAMES + 32
            )
            try:
                self._form = await parser.parse()
            except (MultiPartException, KeyError, UnicodeDecodeError) as error:
                raise RequestMalformed("The form cannot be read.") from error
        return self._form


def _required(dependant: Dependant) -> list[Require]:
    own = [one.call for one in dependant.dependencies if isinstance(one.call, Require)]
    return [*own, *(found for one in dependant.dependencies for found in _required(one))]
