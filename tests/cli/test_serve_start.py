"""Starting the service: the port first, then a code; and every failure says its cause."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.conftest import ROOT, Run, Stage
from tests.databases import Server

from moiety.service.settings import DATABASE_FILE


@contextmanager
def taken() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


def codes(stage: Stage) -> int:
    """Invitations that could still be used."""
    with sqlite3.connect(stage.home / DATABASE_FILE) as base:
        found: int = base.execute("SELECT count(*) FROM invitations WHERE used_at IS NULL").fetchone()[0]
    base.close()
    return found


def test_a_port_in_use_is_said_and_nothing_is_promised(stage: Stage, moiety: Run) -> None:
    with taken() as port:
        ran = moiety("serve", "--home", stage.home, "--port", str(port))
    assert ran.code == 64  # and not 3, by which scripts know that a code is refused
    assert f"Port {port} is in use on 127.0.0.1." in ran.err
    assert '"event": "start failed"' in ran.err
    assert "Serving" not in ran.out
    assert not (stage.home / DATABASE_FILE).exists()  # no code was made either


@pytest.mark.parametrize("port", ["99999", "-1", "0", "eight", "8000.5"])
def test_a_port_that_is_none_is_refused(stage: Stage, moiety: Run, port: str) -> None:
    ran = moiety("serve", "--home", stage.home, f"--port={port}")
    assert ran.code == 64
    assert "from 1 to 65535" in ran.err


def test_an_address_of_another_machine_is_refused(stage: Stage, moiety: Run) -> None:
    ran = moiety("serve", "--home", stage.home, "--host", "192.0.2.1", "--port", "8765")
    assert ran.code == 64
    assert "192.0.2.1 isn't an address of this machine." in ran.err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def damage(home: Path, name: str) -> None:
    (home / name).write_bytes(b"not a database at all, and long enough to be read as one" * 20)
    (home / name).chmod(0o600)


def test_a_damaged_database_is_said(stage: Stage, moiety: Run) -> None:
    damage(stage.home, DATABASE_FILE)
    ran = moiety("serve", "--home", stage.home, "--port", str(free_port()))
    assert ran.code == 74
    assert "damaged, or isn't SQLite" in ran.err


def test_a_file_of_traces_that_cannot_be_written_is_said(stage: Stage, moiety: Run, tmp_path: Path) -> None:
    where = tmp_path / "none" / "traces"
    ran = moiety("serve", "--home", stage.home, "--port", str(free_port()), "--traces", where)
    assert ran.code == 74
    assert "file of traces 'traces'" in ran.err


def urls(server: Server) -> dict[str, str]:
    fresh = server.new_database()
    return {
        "no such database": fresh.replace("/t", "/absent_t", 1),
        "doesn't let this user in": fresh.replace("moiety@", "nobody_here@", 1),
        "Nothing answers": fresh.replace(str(server.folder), "/nowhere/at/all"),
        "host name isn't known": "postgresql://moiety@no-such-host.invalid/x",
    }


def test_a_database_away_is_told_apart_by_its_cause(stage: Stage, moiety: Run, postgresql: Server) -> None:
    for told, url in urls(postgresql).items():
        ran = moiety("serve", "--home", stage.home, "--port", str(free_port()), "--database", url)
        assert (ran.code, told in ran.err) == (74, True), (told, ran.err)
        line = next(json.loads(one) for one in ran.err.splitlines() if '"database unavailable"' in one)
        assert line["error"] in ("no-database", "role", "refused", "host")


def test_a_user_who_may_not_make_tables_is_told_so(stage: Stage, moiety: Run, postgresql: Server) -> None:
    url = postgresql.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS narrow")
        connection.execute("CREATE ROLE narrow LOGIN")
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    narrow = url.replace("moiety@", "narrow@", 1)
    ran = moiety("serve", "--home", stage.home, "--port", str(free_port()), "--database", narrow)
    assert ran.code == 74
    assert "may not do this" in ran.err or "other tables" in ran.err


def test_it_can_be_reached_as_soon_as_it_says_that_it_serves(stage: Stage) -> None:
    port = free_port()
    start = "import sys; from moiety.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "serve", "--home", str(stage.home), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    try:
        assert running.stdout is not None
        assert "Serving" in running.stdout.readline()
        socket.create_connection(("127.0.0.1", port), 5).close()  # at once, with no wait
        assert "ADMINISTRATOR'S CODE" in running.stdout.readline()
        running.stdout.readline()
        running.stdout.readline()  # the code itself, which was made by now
        assert codes(stage) == 1
    finally:
        running.terminate()  # shells start what runs in the background with interrupts ignored
        running.wait(60)
        if running.stdout is not None:
            running.stdout.close()
