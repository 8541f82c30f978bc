"""What an operator did, weighed: asking for a better capture costs nothing, guessing costs everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moiety.practice import parameters as p
from moiety.practice.actions import ASKS, Action
from moiety.practice.run import Run, accepted


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that counted: a key of the catalogue (`practice.note.CODE`) and the points it cost."""

    code: str
    cost: int


@dataclass(frozen=True, slots=True)
class Score:
    """A run's score, 0 to 100, and what it is made of; the first note is the gravest."""

    points: int
    notes: tuple[Note, ...]

    def to_json(self) -> dict[str, Any]:
        """The score as plain data."""
        return {"points": self.points, "notes": [{"code": one.code, "cost": one.cost} for one in self.notes]}


def score(run: Run) -> Score:
    """The score of a run that has ended.

    What counts is the end and the way to it, judged by what the operator could know: an acceptance that the
    system gave is never the operator's error, and one that it did not give always is, right or wrong.
    """
    notes = sorted((*_end(run), *_way(run)), key=lambda note: -note.cost)
    return Score(max(0, 100 - sum(note.cost for note in notes)), tuple(notes))


def _end(run: Run) -> Iterator[Note]:
    ending = run.steps[-1].action
    captures = [step for step in run.steps if step.action is Action.CAPTURE]
    decided = bool(captures) and accepted(captures[-1])
    genuine = run.scenario.genuine
    if ending is Action.ACCEPT:
        yield Note("accepted-as-decided", 0) if decided else Note("guessed", p.GUESSED_COSTS)
        return
    if ending is Action.TURN_AWAY:
        if genuine:
            yield Note("turned-away-holder", p.TURNED_AWAY_COSTS)
        else:
            yield Note("no-other-way", p.EARLY_COSTS)
        return
    if not genuine:
        yield Note("other-way-well", 0)
    elif decided:
        yield Note("other-way-needless", p.EARLY_COSTS)
    elif any(step.helped for step in run.steps):
        yield Note("other-way-after-trying", 0 if captures else p.EARLY_COSTS)
    else:
        yield Note("could-have-asked", p.NOT_ASKING_COSTS)


def _way(run: Run) -> Iterator[Note]:
    asked = [step for step in run.steps if step.action in ASKS]
    if any(step.helped for step in asked):
        yield Note("asked-well", 0)
    idle = sum(not step.helped for step in asked)
    if idle:
        yield Note("asked-idly", idle * p.ASKING_COSTS)
    if not any(step.action is Action.SCAN for step in run.steps):
        yield Note("code-not-looked-at", p.SKIPPED_COSTS)
