"""The log for everyone: its newest checkpoint and its tiles, in the layout of C2SP tlog-tiles."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from moiety.errors import LedgerMalformed, NotFound
from moiety.ledger.parameters import TILE_HEIGHT, TILE_WIDTH
from moiety.ledger.tiles import ENTRIES, parse_path
from moiety.service.auth import anyone
from moiety.service.failures import responses
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.store.ledger_reading import StoreLog, prove

router = APIRouter(prefix="/ledger", tags=["ledger"], route_class=GuardedRoute)


@router.get(
    "/checkpoint",
    summary="The newest checkpoint of the log",
    dependencies=[Depends(anyone)],
    responses=responses(404),
)
def checkpoint(state: Shared) -> Response:
    """A signed note: the log's origin, how many entries it has, and its root."""
    with state.store.reading() as connection:
        note = StoreLog(connection).checkpoint()
    return Response(note, media_type="text/plain; charset=utf-8")


@router.get(
    "/proof/{event}",
    summary="The proof that an event is in the log",
    dependencies=[Depends(anyone)],
    responses=responses(404),
)
def proof(event: str, state: Shared) -> Response:
    """For a receipt whose proof was pending. It tells a place in the log, and nothing of the event."""
    try:
        found = prove(state.store, bytes.fromhex(event))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("There is no such event, or it still waits for its place.", remedy="Ask again later.")
    return Response(found.encode(), media_type="text/plain; charset=utf-8")


@router.get(
    "/tile/{path:path}",
    summary="A tile of the log, or a bundle of its entries",
    dependencies=[Depends(anyone)],
    responses=responses(404),
)
def tile(path: str, state: Shared) -> Response:
    """Hashes, or salted commitments: nothing of them tells of a person."""
    with state.store.reading() as connection:
        log = StoreLog(connection)
        size = log.head().checkpoint.size
        try:
            which = parse_path(f"tile/{path}")
            there = size >> (TILE_HEIGHT * (0 if which.level == ENTRIES else which.level))
            if which.index * TILE_WIDTH + which.width > there:
                raise NotFound("The log has no such tile yet.")
            data = log.read(which)
        except LedgerMalformed as error:
            raise NotFound("The log has no such tile.") from error
    return Response(data, media_type="application/octet-stream")
