"""The debrief: what happened, what a good operator does, what an error would have meant, and the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from moiety import catalogue
from moiety.errors import CredentialRefused, UsageError
from moiety.image import load
from moiety.practice import insight
from moiety.practice.actions import Action
from moiety.practice.run import Run, Step
from moiety.practice.score import Score, score

SCHEMA: Final = "moiety/practice-debrief/1"


@dataclass(frozen=True, slots=True)
class Debrief:
    """What is told of one run, in one language.

    Attributes:
        scenario: its name.
        language: of the texts.
        title, story: what it was about.
        lesson: what there is to learn.
        cost: what an error here means for the person.
        steps: what was done, as plain data with texts.
        good: what a good operator does.
        score: and its notes.
        truth: whether the person was the rightful holder.
    """

    scenario: str
    language: str
    title: str
    story: str
    lesson: str
    cost: str
    steps: tuple[dict[str, Any], ...]
    good: tuple[str, ...]
    score: Score
    truth: bool

    def to_json(self) -> dict[str, Any]:
        """The debrief as plain data, to be exported: no picture, and nothing of a face or a finger."""
        return {
            "schema": SCHEMA,
            "practice": catalogue.text("practice.mark", self.language),
            "scenario": self.scenario,
            "language": self.language,
            "title": self.title,
            "story": self.story,
            "lesson": self.lesson,
            "cost": self.cost,
            "steps": list(self.steps),
            "good": list(self.good),
            "truth": self.truth,
            "score": self.score.points,
            "notes": [
                {
                    "code": note.code,
                    "cost": note.cost,
                    "text": catalogue.text(f"practice.note.{note.code}", self.language),
                }
                for note in self.score.notes
            ],
        }


def debrief(run: Run, language: str) -> Debrief:
    """The debrief of a run that has ended.

    Raises:
        UsageError: it has not ended, or there is no such language.
    """
    if not run.ended:
        raise UsageError("This run has not ended.", remedy="End it: accept, turn away, or offer another way.")
    name = run.scenario.name

    def text(part: str) -> str:
        return catalogue.text(f"practice.{name}.{part}", language)

    return Debrief(
        scenario=name,
        language=language,
        title=text("title"),
        story=text("story"),
        lesson=text("lesson"),
        cost=text("cost"),
        steps=tuple(told(step, language) for step in run.steps),
        good=tuple(action_text(one, language) for one in run.scenario.good),
        score=score(run),
        truth=run.scenario.genuine,
    )


def pictures(run: Run, step: Step) -> tuple[insight.Picture, ...]:
    """What the engine saw in a step of a run: in memory, for whoever looks at it now."""
    try:
        trust = run.realm.trust()
        if step.finger is not None:
            return insight.of_finger(step.finger, run.credential, trust, run.realm.now)
        if step.capture is not None:
            first = load(step.capture.frames[0].image)
            return insight.of_face(first, run.credential, trust, run.realm.now)
    except CredentialRefused:
        return ()
    return ()


def action_text(action: Action, language: str) -> str:
    """What an action is called."""
    return catalogue.text(f"practice.action.{action.value}", language)


def reason_text(code: str, language: str) -> str:
    """A reason of a decision, a finding, or an error, in words."""
    for prefix in ("reason", "finding", "error"):
        if catalogue.holds(f"{prefix}.{code}"):
            return catalogue.text(f"{prefix}.{code}", language)
    return code


def told(step: Step, language: str) -> dict[str, Any]:
    """A step as plain data with its words, without any picture."""
    outcome = "helped" if step.helped else "no-help" if step.helped is False else step.outcome
    return {
        **step.to_json(),
        "text": action_text(step.action, language),
        "outcome_text": catalogue.text(f"practice.outcome.{outcome}", language),
        "reasons_text": [reason_text(code, language) for code in step.reasons],
    }
