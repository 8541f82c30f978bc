"""A process of its own that begins ceremonies as often as it may; tests start several of it.

    python tests/service/limited.py DATABASE NOW MOST TIMES

Its clock stands at NOW, so that no period ends under a slow machine. Prints how many were begun, by limit.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from moiety.decision.policy import Policy
from moiety.errors import RateLimited
from moiety.service.auth import Actor
from moiety.service.ceremonies import turn
from moiety.service.roles import Role
from moiety.session import Kind
from moiety.store import Store, open_store

KINDS: Final = ("credential", "operator", "client")


def begun(store: Store, kind: str, now: int, most: int, times: int) -> int:
    """How many of so many ceremonies are begun where one limit is low, and the others are as they are."""
    name = f"LIMIT_{kind.upper()}"
    real = getattr(turn, name)
    setattr(turn, name, replace(real, most=most))
    state: Any = SimpleNamespace(store=store, now=lambda: now, policy=Policy(liveness="none"))
    caller = Actor(f"{kind:a<32}", "Desk", frozenset({Role.VERIFIER}), None if kind == "client" else "s")
    found = 0
    for number in range(times):
        # One code again and again, or a new one each time: only the one limit is ever reached.
        code = bytes(16) if kind == "credential" else number.to_bytes(16)
        try:
            turn.started(state, caller, Kind.VERIFY, code, {}, credential=kind == "credential")
        except RateLimited:
            continue
        found += 1
    setattr(turn, name, real)
    return found


def main(database: str, now: str, most: str, times: str) -> None:
    """Every kind of limit in turn."""
    store = open_store(database)
    print(json.dumps({kind: begun(store, kind, int(now), int(most), int(times)) for kind in KINDS}))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
