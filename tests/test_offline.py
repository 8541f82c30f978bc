"""The whole demonstration with networking off: nothing is fetched, and the outcomes are the known ones."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Process = Callable[..., subprocess.CompletedProcess[bytes]]

CUT = """
import socket

def refuse(*arguments, **options):
    raise AssertionError("a network connection was tried")

for name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, name, refuse)
socket.create_connection = socket.getaddrinfo = refuse
"""

STORY = """
import json, sys
from moiety.demo.story import tell
heard = []
story = tell(lambda scene: heard.append(scene.outcome))
assert [scene.outcome for scene in story.scenes] == heard
print(json.dumps(heard))
"""

OUTCOMES = ["accept", "reject", "inconclusive", "accept", "reject", "inconclusive", "refused", "refused"]


def test_the_story_without_sockets(process: Process) -> None:
    done = process(["-c", CUT + STORY])
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == OUTCOMES


def test_the_cut_cuts(process: Process) -> None:
    done = process(["-c", CUT + "socket.create_connection(('127.0.0.1', 9))"])
    assert b"a network connection was tried" in done.stderr


def _may_unshare() -> bool:
    """Whether this machine lets a process give up its network (Linux, unshare from util-linux)."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    return subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_unshare(), reason="this machine lets no process give up its network")
def test_the_command_in_a_process_without_any_network(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "src"
    script = f"import sys; sys.path.insert(0, {str(source)!r}); from moiety_entry import entry; entry()"
    unshare = str(shutil.which("unshare"))
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", script, "demo", "--out", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [
        line.strip().lower() for line in done.stdout.splitlines() if line.strip() in map(str.upper, OUTCOMES)
    ]
    assert told == OUTCOMES
    assert (tmp_path / "demo" / "index.html").is_file()
