"""What hinders a start is said with its cause and what to do, by its exit code; nothing stays behind."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.test_every_option import as_anybody
from tests.cli.test_serve_start import free_port
from tests.conftest import Ran, Run, Stage

from moiety.service.settings import DATABASE_FILE
from moiety.store import open_store
from moiety.store.migrate import upgrade


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that isn't refused fails the test instead of serving for ever."""

    def serve(*_: object) -> None:
        raise AssertionError("it served")

    monkeypatch.setattr("moiety.cli.serve._serve", serve)
    monkeypatch.setattr("moiety.service.memory.give_back", lambda: None)


def start(moiety: Run, home: Path) -> Ran:
    with as_anybody():
        return moiety("serve", "--home", home, "--port", str(free_port()))


def told(ran: Ran) -> list[str]:
    """The lines of the terminal, without those of the log."""
    return [one for one in ran.err.splitlines() if not one.startswith("{")]


def names(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*")}


def test_a_home_that_cannot_be_written_to(stage: Stage, moiety: Run) -> None:
    before = names(stage.home)
    stage.home.chmod(0o500)
    ran = start(moiety, stage.home)
    stage.home.chmod(0o700)
    assert ran.code == 74, ran.err
    assert len(told(ran)) == 2, ran.err
    assert "Serving" not in ran.out
    assert names(stage.home) == before


def test_a_database_that_cannot_be_written_to(stage: Stage, moiety: Run) -> None:
    store = open_store(f"sqlite:///{stage.home / DATABASE_FILE}")
    upgrade(store)
    store.close()
    for path in stage.home.glob(f"{DATABASE_FILE}*"):
        path.chmod(0o400)
    ran = start(moiety, stage.home)
    assert ran.code == 74, ran.err
    assert len(told(ran)) == 2
    assert "ADMINISTRATOR" not in ran.out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_home_of_another_user(stage: Stage, moiety: Run) -> None:
    for path in (stage.home, *stage.home.rglob("*")):
        os.chown(path, 65534, 65534)
    ran = start(moiety, stage.home)
    assert ran.code in (74, 78), ran.err
    assert len(told(ran)) == 2, ran.err
    assert "Serving" not in ran.out


def test_a_database_of_a_newer_version(stage: Stage, moiety: Run) -> None:
    store = open_store(f"sqlite:///{stage.home / DATABASE_FILE}")
    upgrade(store)
    store.close()
    with sqlite3.connect(stage.home / DATABASE_FILE) as base:
        base.execute("UPDATE alembic_version SET version_num = '9999_later'")
    base.close()
    ran = start(moiety, stage.home)
    assert ran.code == 74 or ran.code == 78, ran.err
    assert "newer" in ran.err
    assert "Serving" not in ran.out


@contextlib.contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of a few kilobytes, where the tests may mount one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root mounts a disk")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(stage: Stage, moiety: Run, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 96) as disk:
        home = disk / "home"
        shutil.copytree(stage.home, home)
        with contextlib.suppress(OSError), (disk / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(4096))
                filler.flush()
        ran = start(moiety, home)
        assert ran.code == 74, ran.err
        assert "full" in ran.err
        assert len(told(ran)) == 2, ran.err
        assert "ADMINISTRATOR" not in ran.out


@pytest.mark.parametrize("command", ["init", "consent new", "keys backup", "trust export"])
def test_a_disk_that_fills_up_leaves_nothing_half_written(
    stage: Stage, moiety: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "pass").write_text("velvet anchor seventeen plum orbit\n")
    out = tmp_path / "out"
    calls = {
        "init": ("--home", out, "--issuer-uri", "https://x.example"),
        "consent new": ("--purpose", "a full disk", "--out", out),
        "keys backup": ("--home", stage.home, "--out", out, "--passphrase-file", tmp_path / "pass"),
        "trust export": ("--home", stage.home, "--out", out),
    }

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = names(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    ran = moiety(*command.split(), *calls[command])
    assert ran.code == 74, ran.err
    assert "No space left" in ran.err
    assert "Make room" in ran.err
    assert names(tmp_path) == before
