"""Practise: scenarios with known truth, on people who agreed to be practised on, behind a wall from life."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from moiety import catalogue
from moiety.cli.numbers import natural
from moiety.cli.output import Output
from moiety.errors import UsageError
from moiety.files import require_writable, write_atomically
from moiety.practice import Realm, Run, Scenario, scenarios
from moiety.practice.actions import ENDINGS, Action
from moiety.practice.debrief import Debrief, action_text, debrief, reason_text
from moiety.practice.page import render


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety practice`."""
    actions = parser.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="the scenarios there are", allow_abbrev=False)
    run_ = actions.add_parser("run", help="play one", allow_abbrev=False)
    run_.add_argument("scenario", metavar="NAME", help="one of the list")
    run_.add_argument(
        "--actions", metavar="A,B,...", help="what to do, in order; asked for one by one where it is left out"
    )
    run_.add_argument("--seed", type=natural, default=1, help="of what is drawn at random (default: 1)")
    run_.add_argument("--debrief", type=Path, metavar="FILE", help="write the debrief as a page (HTML)")
    run_.add_argument("--json", action="store_true", help="print the debrief as JSON, without pictures")
    for one in (listed, run_):
        one.add_argument(
            "--language", choices=catalogue.languages(), default="en", help="of the texts (default: en)"
        )


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety practice`."""
    if args.action == "list":
        out.say(catalogue.text("practice.mark", args.language), "warn")
        for name in scenarios():
            out.say(f"  {name:<16} {catalogue.text(f'practice.{name}.title', args.language)}")
        return 0
    scenario = _scenario(args.scenario)
    if args.debrief is not None:
        require_writable(args.debrief)  # or what was practised would be lost at the end
    given = None if args.actions is None else _actions(args.actions)
    played = Run(scenario, Realm(int(time.time())), seed=args.seed)
    if not args.json:
        out.say(catalogue.text("practice.mark", args.language), "warn")
        out.say(catalogue.text(f"practice.{scenario.name}.story", args.language))
    for action in _asked(args.language, out) if given is None else given:
        with out.working(action_text(action, args.language)):
            played.do(action)
        if not args.json:
            _tell(played, args.language, out)
        if played.ended:
            break
    told = debrief(played, args.language)
    if args.debrief is not None:
        write_atomically(args.debrief, render(played, told).encode())
    _finish(told, args, out)
    return 0


def _scenario(name: str) -> Scenario:
    known = scenarios()
    if name not in known:
        raise UsageError(f"There is no scenario {name!r}.", remedy="See: moiety practice list.")
    return known[name]


def _actions(text: str) -> list[Action]:
    found = []
    for name in text.split(","):
        try:
            found.append(Action(name.strip()))
        except ValueError as error:
            raise UsageError(
                f"There is no action {name.strip()!r}.", remedy=f"Choose from: {', '.join(Action)}."
            ) from error
    if found[-1] not in ENDINGS:
        raise UsageError(
            "The last action has to end it.", remedy=f"Choose from: {', '.join(sorted(ENDINGS))}."
        )
    return found


def _asked(language: str, out: Output, lines: Iterable[str] | None = None) -> Iterator[Action]:
    """Actions that a person chooses by number, until the input ends."""
    menu = list(Action)
    for number, action in enumerate(menu, 1):
        out.say(f"  {number:>2}  {action_text(action, language)}")
    out.note(catalogue.text("practice.start", language))
    for line in sys.stdin if lines is None else lines:
        word = line.strip()
        if word.isdecimal() and 1 <= int(word) <= len(menu):
            yield menu[int(word) - 1]
        elif word in set(Action):
            yield Action(word)
        else:
            out.note(f"1 … {len(menu)}")


def _tell(played: Run, language: str, out: Output) -> None:
    step = played.steps[-1]
    outcome = "helped" if step.helped else "no-help" if step.helped is False else step.outcome
    told = catalogue.text(f"practice.outcome.{outcome}", language)
    out.say(f"{action_text(step.action, language)}: {told}", "bold")
    for code in step.reasons:
        out.say(f"  {reason_text(code, language)}")


def _finish(told: Debrief, args: argparse.Namespace, out: Output) -> None:
    if args.json:
        out.json(told.to_json())
        return
    out.say()
    out.say(catalogue.text("practice.points", told.language, points=told.score.points), "bold")
    for note in told.score.notes:
        out.say(f"  {catalogue.text(f'practice.note.{note.code}', told.language)}")
    truth = catalogue.text(f"practice.truth.{'holder' if told.truth else 'not'}", told.language)
    out.say(f"{truth} {told.lesson}")
    out.say(told.cost)
    if args.debrief is not None:
        out.say(str(args.debrief))
