"""One realm a session, and runs of its scenarios that are played once and looked at by many tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from moiety.practice import Realm, Run, scenarios
from moiety.practice.actions import Action
from moiety.practice.run import Step
from moiety.practice.scenario import Camera

NOW = 1_790_000_000

Play = Callable[[str, Sequence[str]], Run]


@pytest.fixture(scope="session")
def realm() -> Realm:
    return Realm(NOW)


@pytest.fixture(scope="session")
def play(realm: Realm) -> Play:
    """Play a scenario by its name with actions by their names; what begins alike is played once a session."""
    played: dict[tuple[str, tuple[str, ...]], tuple[list[Step], Camera]] = {}

    def run(name: str, actions: Sequence[str]) -> Run:
        made = Run(scenarios()[name], realm, seed=3)
        for number, action in enumerate(actions, 1):
            key = (name, tuple(actions[:number]))
            if key not in played:
                made.do(Action(action))
                played[key] = (list(made.steps), made.camera)
            steps, made.camera = played[key]
            made.steps = list(steps)
        return made

    return run
