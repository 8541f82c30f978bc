"""A witness over HTTP: add-checkpoint for logs, the newest checkpoints for monitors, and nothing else.

https://c2sp.org/tlog-witness. The signature on a checkpoint is the only authentication there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from moiety.errors import MoietyError
from moiety.ledger.parameters import MAX_REQUEST_BYTES
from moiety.witness.place import WitnessPlace


def create_witness_app(place: WitnessPlace, *, clock: Callable[[], float] = time.time) -> Starlette:
    """The application of a witness."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST_BYTES:
                return PlainTextResponse("The request is too large.\n", 413)
        try:
            answer = await run_in_threadpool(place.add_checkpoint, body, now=int(clock()))
        except MoietyError as error:
            return PlainTextResponse(f"{error}\n", 500)
        return Response(answer.body, answer.status, headers={"Content-Type": answer.content_type})

    async def checkpoint(request: Request) -> Response:
        note = await run_in_threadpool(place.by_hash, request.path_params["digest"])
        if note is None:
            return PlainTextResponse("This witness has cosigned no checkpoint of that log.\n", 404)
        return Response(note.encode(), media_type="text/plain")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{digest}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )
