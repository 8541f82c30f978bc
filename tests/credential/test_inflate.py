"""Compression: what zlib and Brotli make comes back, and bombs stay small."""

from __future__ import annotations

import tracemalloc
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.credential import inflate
from moiety.credential.parameters import MAX_INFLATED_BYTES
from moiety.errors import CodeMalformed


@given(st.binary(max_size=2000))
def test_zlib_back_and_forth(data: bytes) -> None:
    assert inflate.inflate(inflate.deflate(data)) == data


@given(st.binary(max_size=2000), st.integers(9, 15), st.integers(0, 9))
def test_zlib_of_any_window_and_level_is_read(data: bytes, window: int, level: int) -> None:
    engine = zlib.compressobj(level, zlib.DEFLATED, window)
    assert inflate.inflate(engine.compress(data) + engine.flush()) == data


@given(st.binary(min_size=1, max_size=2000), st.integers(0, 11))
def test_brotli_is_read(data: bytes, quality: int) -> None:
    packed = brotli.compress(data, quality=quality)
    if not inflate.is_zlib(packed):  # the specification tells the two apart by this alone
        assert inflate.inflate(packed) == data


def test_the_limit_itself_is_allowed() -> None:
    data = bytes(MAX_INFLATED_BYTES)
    assert inflate.inflate(zlib.compress(data)) == data
    assert inflate.inflate(brotli.compress(data)) == data


@pytest.mark.parametrize("pack", [zlib.compress, brotli.compress], ids=["zlib", "brotli"])
def test_a_bomb_costs_no_memory(pack: object) -> None:
    assert callable(pack)
    bomb = pack(bytes(20_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(CodeMalformed, match="more than 65,536 bytes"):
            inflate.inflate(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_INFLATED_BYTES


@pytest.mark.parametrize(
    "data", [b"", b"\x78", b"\x78\x9c", zlib.compress(b"x")[:-1], zlib.compress(b"x") + b"\x00"]
)
def test_what_is_cut_or_followed_is_refused(data: bytes) -> None:
    with pytest.raises(CodeMalformed):
        inflate.inflate(data)
