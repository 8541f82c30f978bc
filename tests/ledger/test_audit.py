"""A tampered body, entry, tile, checkpoint or history is seen, and the message names where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from tests.ledger import plain

from moiety.errors import LedgerForked, LedgerMalformed, LedgerRefused, LedgerTampered
from moiety.keys import SigningKey
from moiety.ledger.audit import audit, first_difference
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.event import canonical, commitment
from moiety.ledger.folder import Disclosed, FolderLog
from moiety.ledger.growth import grow
from moiety.ledger.merkle import leaf_hash
from moiety.ledger.note import NoteVerifier
from moiety.ledger.tiles import Tile, bundles_of, encode_bundle

SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
KEY: Final = NoteVerifier("log.example/1", SIGNER.verifying_key)
SIZE: Final = 70_000 // 100  # two full tiles, a partial one, and a level above


def event_of(number: int, word: str = "n") -> Disclosed:
    salt = number.to_bytes(32, "big")
    return Disclosed(number, salt, canonical("verified", number, {word: number}))


def write(place: Path, events: list[Disclosed], *, bodies: bool = True) -> FolderLog:
    log = FolderLog(place)
    entries = [commitment(one.salt, one.data) for one in events]

    def no_tile(tile: Tile) -> bytes:
        raise AssertionError(tile)

    growth = grow(0, list(map(leaf_hash, entries)), no_tile)
    for tile, data in growth.tiles.items():
        log.write(tile, data)
    for bundle in bundles_of(len(entries)):
        start = bundle.index * 256
        log.write(bundle, encode_bundle(entries[start : start + bundle.width]))
    if bodies:
        log.write_disclosed(events)
    log.write_checkpoint(sign_checkpoint(Checkpoint(KEY.name, growth.size, growth.root), SIGNER).encode())
    return log


@pytest.fixture
def log(tmp_path: Path) -> FolderLog:
    return write(tmp_path / "log", [event_of(number) for number in range(SIZE)])


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_a_good_log_holds_and_the_plain_verifier_agrees(log: FolderLog) -> None:
    done = audit(log, [KEY])
    assert (done.checkpoint.size, done.bodies, done.without_body) == (SIZE, SIZE, 0)
    size, root = plain.checkpoint(log.checkpoint(), SIGNER.verifying_key.public)
    assert plain.mth(plain.entries_in(log.place, size)) == root


def test_a_tampered_body_names_its_entry(log: FolderLog) -> None:
    file = log.place / "events.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    row = json.loads(lines[431])
    row["event"] = row["event"].replace('"n":431', '"n":432')
    lines[431] = json.dumps(row) + "\n"
    file.write_text("".join(lines))
    with pytest.raises(LedgerTampered, match="body of entry 431 "):
        audit(log, [KEY])


def test_a_tampered_entry_is_named(log: FolderLog) -> None:
    flip(log.place / "tile/entries/001", 34 * (431 - 256) + 5)
    with pytest.raises(LedgerTampered, match="Entry 431 was altered"):
        audit(log, [KEY])


def test_a_tampered_tile_is_named_with_its_entry(log: FolderLog) -> None:
    flip(log.place / "tile/0/002.p/188", 32 * 7)
    with pytest.raises(LedgerTampered, match=r"tile/0/002\.p/188 was altered: its hash of entry 519"):
        audit(log, [KEY])


def test_a_tampered_tile_above_is_named_with_its_entries(log: FolderLog) -> None:
    flip(log.place / "tile/1/000.p/2", 32)
    with pytest.raises(LedgerTampered, match=r"tile/1/000\.p/2 was altered.* the entries 256 to 511"):
        audit(log, [KEY])


def test_an_entry_and_its_tile_changed_together_contradict_the_root(log: FolderLog) -> None:
    other = write(
        log.place.parent / "other", [event_of(one, "m" if one == 600 else "n") for one in range(SIZE)]
    )
    for path in ("tile/entries/002.p/188", "tile/0/002.p/188"):
        (log.place / path).write_bytes((other.place / path).read_bytes())
    with pytest.raises(LedgerTampered, match="entries 0 to 699 and their tiles do not give the root"):
        audit(log, [KEY])
    flip(log.place / "tile/0/002.p/188", 32 * 3)
    with pytest.raises(LedgerTampered, match=r"Entry 515 and .* contradict each other"):
        audit(log, [KEY])
    assert first_difference(log, other, [KEY]) is None
    good = write(log.place.parent / "good", [event_of(number) for number in range(SIZE)])
    assert first_difference(good, other, [KEY]) == 600


@pytest.mark.parametrize("at", [0, 20, 60, 130])
def test_a_tampered_checkpoint_is_seen(log: FolderLog, at: int) -> None:
    flip(log.place / "checkpoint", at)
    with pytest.raises(LedgerRefused):
        audit(log, [KEY])


def test_a_missing_tile_a_missing_line_and_a_stray_body_are_named(log: FolderLog) -> None:
    with (log.place / "events.jsonl").open("a") as stream:
        stream.write(json.dumps({"event": "{}", "index": SIZE, "salt": "00" * 32}) + "\n")
    with pytest.raises(LedgerTampered, match="body for entry 700"):
        audit(log, [KEY])
    (log.place / "events.jsonl").write_text("{}\n")
    with pytest.raises(LedgerMalformed, match="Line 1"):
        audit(log, [KEY])
    (log.place / "tile/0/001").unlink()
    with pytest.raises(LedgerMalformed, match=r"tile/0/001 is missing"):
        audit(log, [KEY])


def test_an_erased_body_leaves_the_root_valid(tmp_path: Path) -> None:
    events = [event_of(number) for number in range(SIZE)]
    log = write(tmp_path / "log", events)
    log.write_disclosed(one for one in events if one.index != 431)
    done = audit(log, [KEY])
    assert (done.bodies, done.without_body) == (SIZE - 1, 1)


Change = Callable[[list[Disclosed]], list[Disclosed]]
SWAPPED: Final = "entry from 0 to 599"
HISTORIES: dict[str, tuple[Change, str]] = {
    "cut": (lambda events: events[:499], "entries 499 to 599 .* are gone"),
    "rewritten": (lambda events: [events[0], event_of(1, "m"), *events[2:]], "entry from 0 to 599"),
    "swapped": (
        lambda events: [*events[:598], events[599], events[598], *events[600:]],
        "entry from 0 to 599",
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_another_history_does_not_continue_a_kept_checkpoint(name: str, tmp_path: Path) -> None:
    events = [event_of(number) for number in range(SIZE)]
    kept = write(tmp_path / "before", events[:600]).checkpoint()
    assert audit(write(tmp_path / "after", events), [KEY], since=kept).bodies == SIZE
    change, told = HISTORIES[name]
    other = write(tmp_path / "other", change(events), bodies=False)
    assert audit(other, [KEY]).checkpoint.size, "by itself it is whole"
    with pytest.raises(LedgerForked, match=told):
        audit(other, [KEY], since=kept)


def test_growing_in_place_drops_partial_tiles_that_are_full(tmp_path: Path) -> None:
    events = [event_of(number) for number in range(SIZE)]
    write(tmp_path / "log", events[:600])
    log = write(tmp_path / "log", events)
    assert audit(log, [KEY]).bodies == SIZE
    full = write(tmp_path / "log", [event_of(number) for number in range(1024)])
    assert audit(full, [KEY]).bodies == 1024
    assert not list((tmp_path / "log" / "tile" / "0").glob("*.p"))
    # A reader with the older checkpoint still finds what it needs, in the full tiles.
    full.write_checkpoint(write(tmp_path / "old", events).checkpoint())
    full.write_disclosed(events)
    assert audit(full, [KEY]).bodies == SIZE
