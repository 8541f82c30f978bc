"""C2SP tiles: paths, widths, bundles, proofs out of tiles, and trees that grow tile by tile."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger import plain

from moiety.errors import LedgerMalformed
from moiety.ledger.growth import grow
from moiety.ledger.merkle import MemoryTree, consistency_proof, inclusion_proof, leaf_hash
from moiety.ledger.tiles import (
    ENTRIES,
    Tile,
    TileTree,
    bundles_of,
    decode_bundle,
    encode_bundle,
    parse_path,
    tiles_for,
    tiles_of,
)


def test_the_paths_of_the_specification() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(2, 0, 1).path == "tile/2/000.p/1"
    assert Tile(ENTRIES, 5).path == "tile/entries/005"
    assert parse_path("tile/0/x001/x234/067") == Tile(0, 1234067)


def test_the_tree_of_70000_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    widths = [(level, [one.width for one in tiles if one.level == level]) for level in range(3)]
    assert widths == [(0, [256] * 273 + [112]), (1, [256, 17]), (2, [1])]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/67", "tile/00/067", "tile/64/067", "tile/0/x000/067", "tile/0/067.p/0", "tile/0/067.p/256",
        "tile/0/067.p/01", "tile/0/../067", "/tile/0/067", "tile/0/067\n", "tile/0/٠٦٧", "tile/entry/067", "",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)  # fmt: skip
def test_other_spellings_of_a_path_are_refused(path: str) -> None:
    with pytest.raises(LedgerMalformed):
        parse_path(path)


@given(st.integers(-1, 63), st.integers(0, 1 << 40), st.integers(1, 256))
def test_a_path_reads_back(level: int, index: int, width: int) -> None:
    assert parse_path(Tile(level, index, width).path) == Tile(level, index, width)


@given(st.text(max_size=40) | st.from_regex(r"tile/[0-9]{1,3}/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?"))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        tile = parse_path(text)
    except LedgerMalformed:
        return
    assert tile.path == text


def grown(steps: list[int]) -> tuple[list[bytes], dict[tuple[int, int], tuple[Tile, bytes]], bytes]:
    """Entries appended in groups of these sizes; the tiles as a table would hold them; the last root."""
    entries: list[bytes] = []
    table: dict[tuple[int, int], tuple[Tile, bytes]] = {}

    def read(tile: Tile) -> bytes:
        held, data = table[tile.level, tile.index]
        return data[: tile.width * 32] if held.width >= tile.width else data

    root = b""
    for step in steps:
        fresh = [f"{len(entries) + number}".encode() for number in range(step)]
        growth = grow(len(entries), [leaf_hash(one) for one in fresh], read)
        assert set(growth.tiles) == set(tiles_of(growth.size, since=len(entries)))
        entries += fresh
        root = growth.root
        table.update({(tile.level, tile.index): (tile, data) for tile, data in growth.tiles.items()})
    return entries, table, root


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_growing_in_groups_gives_the_tree_of_all(steps: list[int]) -> None:
    entries, table, root = grown(steps)
    assert root == plain.root_of_many(entries)
    held = dict(table.values())
    assert set(held) == set(tiles_of(len(entries)))
    tree = TileTree(len(entries), held.__getitem__)
    assert tree.root() == root


def test_proofs_out_of_tiles_are_those_of_the_tree() -> None:
    entries, table, root = grown([250, 6, 1, 65_536, 4_000, 207])
    memory = MemoryTree(map(leaf_hash, entries))
    held = dict(table.values())
    tree = TileTree(len(entries), held.__getitem__)
    assert tree.root() == memory.root() == root
    chance = random.Random(6962)
    for index in [0, 255, 256, 65_535, 65_536, len(entries) - 1, *chance.sample(range(len(entries)), 40)]:
        assert tree.inclusion(index) == inclusion_proof(index, len(entries), memory.node)
    for old in [0, 1, 256, 65_536, len(entries), *chance.sample(range(len(entries)), 40)]:
        assert tree.consistency(old) == consistency_proof(old, len(entries), memory.node)


@given(st.integers(1, 70_000), st.data())
@settings(max_examples=200, deadline=None)
def test_a_proof_needs_no_other_tiles_than_those_told(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    needed = tiles_for(index, size)
    assert set(needed) <= set(tiles_of(size))
    blank = {tile: bytes(32 * tile.width) for tile in needed}
    TileTree(size, blank.__getitem__).inclusion(index)


def test_a_tile_of_another_length_is_refused_by_its_path() -> None:
    tree = TileTree(300, lambda tile: bytes(32 * tile.width - 1))
    with pytest.raises(LedgerMalformed, match=r"tile/1/000\.p/1 has 31 bytes instead of 32"):
        tree.inclusion(299)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_reads_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), Tile(ENTRIES, 0, len(entries))) == entries


@given(st.binary(max_size=200), st.integers(1, 256))
def test_any_bytes_are_a_bundle_or_are_refused(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, Tile(ENTRIES, 0, width))
    except LedgerMalformed as error:
        assert "tile/entries/000" in str(error)
        return
    assert encode_bundle(entries) == data
    assert len(entries) == width


def test_bundles_of_a_tree() -> None:
    assert list(bundles_of(513, since=256)) == [Tile(ENTRIES, 1), Tile(ENTRIES, 2, 1)]
    assert list(bundles_of(256, since=256)) == []
