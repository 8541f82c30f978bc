"""A witness that knows a log's address names the first entry that a fork has changed, and keeps the proof."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.witness.test_witness import KEY, NOW, SIGNER

from moiety.errors import LedgerForked, LedgerRefused, StoreUnavailable, UsageError
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from moiety.ledger.folder import FolderLog
from moiety.ledger.growth import grow
from moiety.ledger.merkle import leaf_hash
from moiety.ledger.note import Note
from moiety.ledger.tiles import Tile, TileTree
from moiety.ledger.witnessing import Request
from moiety.witness.client import cosigned
from moiety.witness.place import WitnessPlace, add_log, create_witness, open_witness, origin_hash
from moiety.witness.source import ReadTile, http_tiles

ADDRESS: Final = "https://log.example/ledger"


class FileLog:
    """A log whose tiles lie in a folder; it may be written anew from any entry on, as a forked one is."""

    def __init__(self, place: Path, words: list[str]) -> None:
        self.folder, self.size, self.root = FolderLog(place), 0, b""
        self.extend(words)

    def extend(self, words: list[str]) -> None:
        growth = grow(self.size, [leaf_hash(one.encode()) for one in words], self.folder.read)
        for tile, data in growth.tiles.items():
            self.folder.write(tile, data)
        self.size, self.root = growth.size, growth.root

    @property
    def tree(self) -> TileTree:
        return TileTree(self.size, self.folder.read)

    def note(self) -> Note:
        return sign_checkpoint(Checkpoint(KEY.name, self.size, self.root), SIGNER)


class Stand:
    """A witness with a log's address, and whichever log is shown there now."""

    def __init__(self, place: WitnessPlace) -> None:
        self.shown: FileLog | None = None
        self.fetched: list[Tile] = []
        self.place = replace(place, tiles=self.tiles)

    @contextmanager
    def tiles(self, address: str) -> Iterator[ReadTile]:
        def read(tile: Tile) -> bytes:
            self.fetched.append(tile)
            if self.shown is None:
                raise StoreUnavailable("The log does not answer at its address.")
            return self.shown.folder.read(tile)

        assert address == ADDRESS
        yield read

    def cosign(self, log: FileLog, *, shown: bool = True) -> Note:
        self.shown = log if shown else None
        return cosigned(log.note(), log.tree.consistency, self.place.key, self.post)

    def post(self, body: bytes) -> tuple[int, bytes]:
        answer = self.place.add_checkpoint(body, now=NOW)
        return answer.status, answer.body


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(create_witness(tmp_path / "w", "w.example", [KEY.vkey()], {KEY.name: ADDRESS}))


Logs = Callable[[int, int | None], FileLog]


@pytest.fixture
def log(tmp_path: Path) -> Logs:
    """A log of so many entries, one of them another one than in the others."""
    made = iter(range(99))

    def make(size: int, changed: int | None) -> FileLog:
        words = [str(one) for one in range(size)]
        if changed is not None:
            words[changed] = "other"
        return FileLog(tmp_path / f"log{next(made)}", words)

    return make


@pytest.mark.parametrize("now", [600, 601, 800])
@pytest.mark.parametrize("at", [0, 1, 255, 256, 300, 511, 512, 599])
def test_the_entry_that_a_fork_changed_is_named(at: int, now: int, stand: Stand, log: Logs) -> None:
    """First, middle, both sides of a tile's edge, last; forked at the same size and beyond it."""
    stand.cosign(log(600, None))
    with pytest.raises(LedgerForked, match=rf"another log: entry {at} is not the one that it cosigned\.$"):
        stand.cosign(log(now, at))
    kept = stand.place.path / "logs" / (origin_hash(KEY.name) + ".forked")
    proof, _ = open_checkpoint(kept.read_bytes(), [KEY])
    assert proof.size == now, "signed by the log, and no continuation of what it signed before"
    stand.cosign(log(900, None))


def test_hashes_are_kept_step_by_step_and_only_new_ones_are_fetched(stand: Stand, log: Logs) -> None:
    good = log(3, None)
    stand.cosign(good)
    for more in (200, 100, 1, 0, 300):
        good.extend([str(one) for one in range(good.size, good.size + more)])
        stand.fetched.clear()
        stand.cosign(good)
        assert len({tile.index for tile in stand.fetched}) <= more // 256 + 2
    assert (good.size, stand.fetched[0]) == (604, Tile(0, 1, 256))
    again = Stand(open_witness(stand.place.path))
    with pytest.raises(LedgerForked, match="entry 303 is not"):
        again.cosign(log(604, 303))


def test_a_log_that_was_cut_and_went_on_otherwise_is_told_by_both(stand: Stand, log: Logs) -> None:
    stand.cosign(log(300, None))
    with pytest.raises(LedgerForked, match=r"the entries 280 to 299 are gone, and entry 270 is not the one"):
        stand.cosign(log(280, 270))
    kept = stand.place.path / "logs" / (origin_hash(KEY.name) + ".forked")
    assert kept.exists()
    kept.unlink()
    with pytest.raises(LedgerForked, match=r"the entries 280 to 299 are gone\.$"):
        stand.cosign(log(280, None))
    assert not kept.exists(), "an old checkpoint of this log contradicts nothing"


def test_nothing_is_cosigned_whose_hashes_are_not_shown(stand: Stand, log: Logs) -> None:
    good = log(300, None)
    with pytest.raises(StoreUnavailable, match="cosigned nothing"):
        stand.cosign(good, shown=False)
    assert stand.place.latest(KEY.name) is None
    stand.cosign(good)
    lying = log(400, None)
    stand.shown = log(400, 350)  # another's tiles stand at the address
    status, answer = stand.post(Request(300, lying.tree.consistency(300), lying.note()).encode())
    assert (status, b"do not give its root of 400 entries" in answer) == (503, True)
    stand.cosign(lying)
    with pytest.raises(LedgerForked, match="entry 350"):
        stand.cosign(log(400, 350))


def test_a_fork_whose_hashes_are_not_shown_is_refused_with_its_range(stand: Stand, log: Logs) -> None:
    stand.cosign(log(300, None))
    with pytest.raises(LedgerForked, match="an entry from 0 to 299 is not the one"):
        stand.cosign(log(310, 20), shown=False)
    forked = log(300, 20)
    stand.shown = None
    status, answer = stand.post(Request(300, (), forked.note()).encode())
    assert (status, b"No entry is named: The log does not answer" in answer) == (422, True)
    stand.shown = log(300, 21)
    _, answer = stand.post(Request(300, (), forked.note()).encode())
    assert b"do not lead to the root" in answer, "blamed by tiles that are not the signed ones"
    good = log(310, None)
    stand.shown = good
    _, answer = stand.post(Request(300, (bytes(32),), good.note()).encode())
    assert b"the log shows what was cosigned" in answer, "the proof is wrong, and the log is not"


def test_a_witness_without_an_address_goes_on_and_learns_one(tmp_path: Path, log: Logs) -> None:
    place = create_witness(tmp_path / "w", "w.example", [KEY.vkey()])
    text = (place.path / "witness.json").read_text()
    old = re.sub(r'  "addresses": \{\},\n', "", text).replace('"format": 2', '"format": 1')
    assert old != text
    (place.path / "witness.json").write_text(old)
    stand = Stand(open_witness(place.path))
    stand.cosign(log(300, None))
    with pytest.raises(LedgerForked, match="an entry from 0 to 299"):
        stand.cosign(log(300, 20))
    add_log(stand.place, KEY.vkey(), ADDRESS)
    stand = Stand(open_witness(place.path))
    with pytest.raises(LedgerForked, match="an entry from 0 to 299"):
        stand.cosign(log(300, 20))  # nothing was kept so far
    stand.cosign(log(301, None))
    with pytest.raises(LedgerForked, match="entry 20 is not"):
        stand.cosign(log(301, 20))
    for bad in ("ftp://log.example", "https://", "https://log.example/?x=1", "https://log.example/a b"):
        with pytest.raises(UsageError, match="address"):
            add_log(stand.place, KEY.vkey(), bad)


def test_damaged_hashes_are_fetched_anew(stand: Stand, log: Logs) -> None:
    good = log(300, None)
    stand.cosign(good)
    for file in (stand.place.path / "hashes").rglob("*"):
        if file.is_file():
            file.write_bytes(bytes(len(file.read_bytes())))
    good.extend(["300"])
    stand.cosign(good)
    with pytest.raises(LedgerForked, match="entry 7 is not"):
        stand.cosign(log(301, 7))


def answering(status: int, content: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content))


def test_tiles_are_read_over_http_within_bounds() -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        found = request.url.path.endswith("/tile/0/001")
        return httpx.Response(200 if found else 404, content=bytes(8192))

    with http_tiles(f"{ADDRESS}/", transport=httpx.MockTransport(serve)) as read:
        assert read(Tile(0, 1, 5)) == bytes(160)
        assert asked == ["/ledger/tile/0/001.p/5", "/ledger/tile/0/001"]
        with pytest.raises(StoreUnavailable, match=r"shows no tile/0/002\.p/5"):
            read(Tile(0, 2, 5))
    for status, content in ((200, b"short"), (200, bytes(9000)), (302, b""), (500, bytes(8192))):
        with (
            http_tiles(ADDRESS, transport=answering(status, content)) as read,
            pytest.raises(StoreUnavailable),
        ):
            read(Tile(0, 1))


def test_the_log_reads_no_entry_out_of_a_strangers_words(stand: Stand, log: Logs) -> None:
    """What names an entry beyond what the witness saw, or is no such sentence, is not repeated."""
    good = log(20, None)
    for words in (
        b"Forked: entry 99 is not the one that was cosigned;",
        b"Forked: entry 1\x1b[2J",
        b"\xff" * 9,
    ):

        def post(body: bytes, words: bytes = words) -> tuple[int, bytes]:
            return (409, b"10\n") if body.startswith(b"old 0\n") else (422, words)

        with pytest.raises(LedgerForked, match=r"an entry from 0 to 9 is not the one that it cosigned\.$"):
            cosigned(good.note(), good.tree.consistency, stand.place.key, post)
    assert notes.parse(good.note().encode()) == good.note()
    with pytest.raises(LedgerRefused):
        cosigned(good.note(), good.tree.consistency, stand.place.key, lambda _: (404, b""))
