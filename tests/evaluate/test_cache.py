"""The cache resumes, keeps nothing readable, and dies with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from moiety.evaluate.cache import CACHE_NAME, KEY_NAME, TemplateCache

RECORD = {"reference": b"secret template bytes", "quality": 0.5}


def test_records_come_back_and_are_not_readable_on_the_disk(tmp_path: Path) -> None:
    with TemplateCache(tmp_path / "c", tmp_path, "model") as cache:
        cache.put("ann/1.jpg", RECORD)
    raw = (tmp_path / "c" / CACHE_NAME).read_bytes()
    assert b"secret" not in raw
    assert b"ann" not in raw
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o777 == 0o600
    with TemplateCache(tmp_path / "c", tmp_path, "model") as cache:
        assert cache.get("ann/1.jpg") == RECORD
        assert cache.get("ann/2.jpg") is None


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_record_is_dropped_and_the_rest_kept(tmp_path: Path, cut: int) -> None:
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        cache.put("first", RECORD)
        whole = (tmp_path / CACHE_NAME).stat().st_size
        cache.put("second", RECORD)
    path = tmp_path / CACHE_NAME
    path.write_bytes(path.read_bytes()[:-cut])
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        assert cache.get("first") == RECORD
        assert cache.get("second") is None
        assert path.stat().st_size == whole
        cache.put("second", RECORD)
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        assert len(cache) == 2


def test_another_model_or_an_altered_byte_makes_everything_anew(tmp_path: Path) -> None:
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        cache.put("first", RECORD)
    with TemplateCache(tmp_path, tmp_path, "another") as cache:
        assert len(cache) == 0
        cache.put("first", RECORD)
    path = tmp_path / CACHE_NAME
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with TemplateCache(tmp_path, tmp_path, "another") as cache:
        assert len(cache) == 0


def test_destroying_leaves_neither_key_nor_templates(tmp_path: Path) -> None:
    with TemplateCache(tmp_path / "c", tmp_path, "model") as cache:
        cache.put("first", RECORD)
        cache.destroy()
    assert not (tmp_path / KEY_NAME).exists()
    assert not (tmp_path / "c" / CACHE_NAME).exists()


def test_a_cache_without_its_key_is_noise(tmp_path: Path) -> None:
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        cache.put("first", RECORD)
    (tmp_path / KEY_NAME).unlink()
    with TemplateCache(tmp_path, tmp_path, "model") as cache:
        assert len(cache) == 0
