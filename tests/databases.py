"""Both databases for tests: a file of SQLite, and one throw-away PostgreSQL a session on a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests import programs

from moiety.store import Store, open_store
from moiety.store.migrate import upgrade

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Server:
    """A PostgreSQL server that lives as long as the test session."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.folder = folder
        self._binaries = binaries
        self._as: dict[str, str | int] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._as = {"user": account.pw_uid, "group": account.pw_gid}
        self._run("initdb", "-D", str(folder / "data"), "-U", "moiety", "-A", "trust", "-N", "-E", "UTF8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / command), *arguments],
            capture_output=True, cwd=self.folder, check=False, **self._as,  # type: ignore[call-overload]
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = ("fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")
        settings = [part for one in options for part in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            folders = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), *folders, *settings],
                stdout=log, stderr=log, cwd=self.folder, **self._as,  # type: ignore[call-overload]
            )  # fmt: skip
        for _ in range(300):
            try:
                psycopg.connect(self._conninfo("postgres")).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop at once, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
            self._process = None

    def new_database(self) -> str:
        """A fresh, empty database; returns its URL."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return f"postgresql://moiety@/{name}?host={self.folder}"

    def _conninfo(self, name: str) -> str:
        return f"host={self.folder} user=moiety dbname={name}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL; without its programs a test skips, save in CI, where it fails."""
    if not PLACES:
        programs.skip("PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="moiety-pg-"))  # short: a socket's path has 107 bytes at most
    server = Server(PLACES[0], folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'service.sqlite3'}"
    server: Server = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store with its tables, once of each kind."""
    opened = open_store(database_url)
    upgrade(opened)
    yield opened
    opened.close()
