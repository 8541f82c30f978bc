"""C2SP tiles: the tree in pieces of 256 hashes, as files or rows, and the proofs that are read from them.

https://c2sp.org/tlog-tiles. A tile at level l holds the hashes of complete subtrees of 256**l leaves; the
levels between are hashed anew when they are needed. A full tile never changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from moiety.errors import LedgerMalformed
from moiety.ledger.merkle import consistency_proof, fold, inclusion_proof, tree_root
from moiety.ledger.parameters import HASH_BYTES, MAX_SIZE, MAX_TILE_LEVEL, TILE_HEIGHT, TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: its level, its index within the level, and how many hashes it holds (1 to 256).

    Level -1 stands for an entry bundle, whose path says `entries`.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it lies under the log's prefix: `tile/0/x001/x234/067`, with `.p/W` where it is partial."""
        level = "entries" if self.level < 0 else str(self.level)
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{suffix}"


ENTRIES: Final = -1
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


def parse_path(path: str) -> Tile:
    """The tile that a path names.

    Raises:
        LedgerMalformed: it names none, or writes one in another way than C2SP does.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise LedgerMalformed("That is no path of a tile.")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    width = TILE_WIDTH if match["width"] is None else int(match["width"])
    tile = Tile(level, int(match["index"].replace("x", "").replace("/", "")), width)
    if level > MAX_TILE_LEVEL or width > TILE_WIDTH or tile.path != path or tile.index > MAX_SIZE:
        raise LedgerMalformed("That is no path of a tile.")
    return tile


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """The tiles of a tree of `size` leaves that a tree of `since` leaves does not have as they are."""
    level = 0
    while size >> (TILE_HEIGHT * level):
        have, want = since >> (TILE_HEIGHT * level), size >> (TILE_HEIGHT * level)
        if want > have:
            for index in range(have // TILE_WIDTH, (want + TILE_WIDTH - 1) // TILE_WIDTH):
                yield Tile(level, index, min(TILE_WIDTH, want - index * TILE_WIDTH))
        level += 1


def tiles_for(index: int, size: int) -> list[Tile]:
    """The tiles that the inclusion proof of an entry needs: those above it, and the right edge."""
    found: dict[Tile, None] = {}
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        above, edge = index >> (TILE_HEIGHT * (level + 1)), count // TILE_WIDTH
        for place in (above, edge):
            width = min(TILE_WIDTH, count - place * TILE_WIDTH)
            if width > 0:
                found[Tile(level, place, width)] = None
        level += 1
    return list(found)


def bundles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """The entry bundles of a tree of `size` leaves that a tree of `since` leaves has not as they are."""
    if size > since:
        for index in range(since // TILE_WIDTH, (size + TILE_WIDTH - 1) // TILE_WIDTH):
            yield Tile(ENTRIES, index, min(TILE_WIDTH, size - index * TILE_WIDTH))


def hashes_in(data: bytes, tile: Tile) -> list[bytes]:
    """The hashes of a tile's bytes.

    Raises:
        LedgerMalformed: another number of bytes than its width demands.
    """
    if len(data) != tile.width * HASH_BYTES:
        raise LedgerMalformed(f"{tile.path} has {len(data)} bytes instead of {tile.width * HASH_BYTES}.")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def encode_bundle(entries: list[bytes]) -> bytes:
    """Entries as C2SP bundles them: each behind its length in two bytes, big-endian."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def decode_bundle(data: bytes, tile: Tile) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        LedgerMalformed: cut short, trailing bytes, or another number of entries than its width says.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < tile.width:
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + length > len(data):
            break
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) != tile.width:
        raise LedgerMalformed(f"{tile.path} does not hold {tile.width} whole entries.")
    return entries


class TileTree:
    """A tree of `size` leaves, read from its tiles as they are needed.

    `read` gives the bytes of a tile; each is read once, and checked for its length only: what they say is
    proven by the root that follows from them.
    """

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self.size = size
        self._read = read
        self._held: dict[tuple[int, int], list[bytes]] = {}

    def tile(self, level: int, index: int) -> list[bytes]:
        """The hashes of one tile.

        Raises:
            LedgerMalformed: it has another length than the tree's size demands.
        """
        held = self._held.get((level, index))
        if held is None:
            count = self.size >> (TILE_HEIGHT * level)
            which = Tile(level, index, min(TILE_WIDTH, count - index * TILE_WIDTH))
            held = self._held[level, index] = hashes_in(self._read(which), which)
        return held

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        tile_level, above = divmod(level, TILE_HEIGHT)
        start = index << above
        first = start % TILE_WIDTH
        return fold(self.tile(tile_level, start // TILE_WIDTH)[first : first + (1 << above)])

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; of all by default."""
        return tree_root(self.size if size is None else size, self.node)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The inclusion proof of an entry. Raises UsageError where there is none."""
        return inclusion_proof(index, self.size, self.node)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The proof that this tree began as its first `old` leaves. Raises UsageError for a larger one."""
        return consistency_proof(old, self.size, self.node)
