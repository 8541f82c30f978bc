"""Where a witness reads the hashes of a log: C2SP's tiles, at the address that its operator gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import httpx

from moiety.errors import StoreUnavailable
from moiety.ledger.parameters import HASH_BYTES
from moiety.ledger.tiles import Tile

TIMEOUT_S: Final = 10.0  # a tile is 8 KB; a log that takes longer for one is away
_REMEDY: Final = "Look whether the log's address is right, and try again: its tiles have to be shown there."

ReadTile = Callable[[Tile], bytes]
"""The bytes of a tile, as long as its width says; StoreUnavailable where they cannot be had."""

OpenTiles = Callable[[str], AbstractContextManager[ReadTile]]
"""Opens the tiles at an address, for one request to the witness."""


@contextmanager
def http_tiles(address: str, *, transport: httpx.BaseTransport | None = None) -> Iterator[ReadTile]:
    """The tiles of a log under its prefix: `https://verify.example.org/ledger` shows `/tile/0/000` there."""
    with httpx.Client(transport=transport, timeout=TIMEOUT_S) as client:

        def read(tile: Tile) -> bytes:
            for one in dict.fromkeys((tile, Tile(tile.level, tile.index))):
                data = _get(client, f"{address.rstrip('/')}/{one.path}", one.width * HASH_BYTES)
                if data is not None:  # of the full tile that has replaced a partial one, the head
                    return data[: tile.width * HASH_BYTES]
            raise StoreUnavailable(f"The log shows no {tile.path}.", remedy=_REMEDY)

        yield read


def _get(client: httpx.Client, url: str, length: int) -> bytes | None:
    data = b""
    try:
        with client.stream("GET", url) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > length:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StoreUnavailable("The log does not answer at its address.", remedy=_REMEDY) from error
    if answer.status_code != httpx.codes.OK or len(data) != length:
        raise StoreUnavailable("The log's address answers something else than its tiles.", remedy=_REMEDY)
    return data
