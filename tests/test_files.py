"""Files are written whole or not at all, whatever the disk does."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from moiety.errors import CodeUnreadable, DocumentUnreadable, StorageError
from moiety.files import read_bounded, write_atomically

Process = Callable[..., subprocess.CompletedProcess[bytes]]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_written_is_there_with_its_mode(tmp_path: Path) -> None:
    for mode in (0o600, 0o644):
        write_atomically(tmp_path / "a", b"words", mode=mode)
        assert (tmp_path / "a").read_bytes() == b"words"
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("call", ["os.fsync", "os.fdopen", "pathlib.Path.replace", "os.open"])
@pytest.mark.parametrize("old", [b"old and whole", None])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    call: str, old: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "code.png"
    if old is not None:
        target.write_bytes(old)
    monkeypatch.setattr(call, full)
    with pytest.raises(StorageError, match="No space left") as refused:
        write_atomically(target, b"new" * 1000)
    assert refused.value.remedy
    monkeypatch.undo()
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == (
        {} if old is None else {"code.png": old}
    )


def test_a_real_limit_leaves_the_old_file_and_nothing_else(tmp_path: Path, process: Process) -> None:
    """The kernel refuses every byte over a limit (RLIMIT_FSIZE), as a full disk does, in mid-write."""
    target = tmp_path / "code.png"
    target.write_bytes(b"old and whole")
    script = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from moiety.errors import StorageError
from moiety.files import write_atomically
try:
    write_atomically(sys.argv[1], bytes(1_000_000))
except StorageError as error:
    print("refused:", error)
"""
    done = process(["-c", script, str(target)])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"refused: Could not write code.png")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"code.png": b"old and whole"}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_atomically(tmp_path / "none" / "a", b"")


def test_a_name_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(StorageError):
        write_atomically(tmp_path / "a", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", 5, what="letter") == b"12345"
    with pytest.raises(DocumentUnreadable, match="larger than 4 bytes"):
        read_bounded(tmp_path / "a", 4, what="letter")


@pytest.mark.parametrize(
    ("name", "why"),
    [("b", "does not exist"), (".", "is not a file"), ("\x00", "does not exist|cannot be read")],
)
def test_reading_what_is_no_file(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(CodeUnreadable, match=why):
        read_bounded(f"{tmp_path}/{name}", 10, what="code", error=CodeUnreadable)
