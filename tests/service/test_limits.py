"""Limits hold across processes of their own, begun at once and one after another, on both databases."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.service.limited import KINDS

from moiety.service.parameters import LIMIT_CLIENT, LIMIT_CREDENTIAL, LIMIT_OPERATOR
from moiety.store import Store

PROGRAM = Path(__file__).parent / "limited.py"
NOW = 1_800_000_000
MOST = 6
Process = Callable[..., subprocess.CompletedProcess[bytes]]


def test_processes_share_the_limits_at_once_and_after_a_restart(
    store: Store, database_url: str, process: Process
) -> None:
    def begun(times: int, now: int) -> dict[str, int]:
        done = process([str(PROGRAM), database_url, str(now), str(MOST), str(times)])
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, int] = json.loads(done.stdout)
        return found

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: begun(MOST, NOW), range(2))
    for kind in KINDS:
        assert first[kind] + second[kind] == MOST, (kind, first, second)
    assert set(begun(2, NOW).values()) == {0}, "a process that begins later knows what the others counted"
    longest = max(one.period_s for one in (LIMIT_CREDENTIAL, LIMIT_OPERATOR, LIMIT_CLIENT))
    assert set(begun(2, NOW + longest).values()) == {2}, "and the next period begins anew"
