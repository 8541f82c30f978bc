"""Power loss, a full disk and a cut connection at every write point: nothing acknowledged is lost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from moiety.store import open_store
from moiety.store.migrate import upgrade

TESTS = Path(__file__).parents[1]
PROGRAM = f"import tests; tests.__path__ = [{str(TESTS)!r}]; from tests.store.crash import main; main()"
"""Another package on the way may be called `tests` as well: this program means ours."""

STORIES = ["ledger", "consent", "status", "service"]
Process = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("mode", ["kill", "full", "cut"])
def test_nothing_acknowledged_is_lost(
    mode: str, story: str, database_url: str, process: Process, tmp_path: Path
) -> None:
    if story == "status" and (mode == "cut" or not database_url.startswith("sqlite")):
        pytest.skip("an issuer's home writes files, and no database of a service")
    if mode == "cut" and database_url.startswith("sqlite"):
        pytest.skip("SQLite has no connection that could be cut")
    store = open_store(database_url)
    upgrade(store)
    store.close()
    done = process(["-c", PROGRAM, database_url, mode, story, str(tmp_path)], timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["strikes"] >= (25 if mode == "kill" else 15), "the story has more write points than that"
