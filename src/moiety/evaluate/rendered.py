"""The rendered attack set, through the same judge as live captures: one command, one table by instrument.

The depth of a rendered head is there by construction, so these figures test the pipeline. They are no error
rates of people, printers or screens, and are titled so.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from moiety.errors import ImageUnreadable, InputError, UsageError
from moiety.evaluate.captures import read_captures
from moiety.evaluate.executors import executor
from moiety.evaluate.presentation import BONA_FIDE, figures, make_folder, rate
from moiety.files import write_atomically
from moiety.liveness import Challenge, Liveness, Motion, Presence, parameters
from moiety.liveness.judge import lost
from moiety.presence import LiveFrame, Watch
from moiety.rendering.attacks import INSTRUMENTS, NOT_STOPPED, Present, bona_fide
from moiety.rendering.head import Head

Half = Literal["development", "test", "all"]

TITLE: Final = "Pipeline test on rendered material"
_OUTCOME: Final = {
    Liveness.SHOWN: "bona_fide",
    Liveness.NOT_SHOWN: "attack",
    Liveness.INCONCLUSIVE: "no_response",
}


@dataclass(frozen=True, slots=True)
class RenderedOptions:
    """What to run.

    Attributes:
        root: the one folder, ROOT/PERSON/PICTURE; only people who agreed to be rendered.
        out: receives the report and `presentations.csv`.
        motion: the way of moving that is challenged, "turn" or "low".
        half: "development", the people that thresholds were chosen on, "test", the others, or "all".
        seed: of everything that is drawn; development used 1.
        attempts: how often each presentation may try, with a fresh challenge each time.
        repeats: presentations of each kind by each person.
        flash: also ask for the colours of the screen.
        people: at most so many of that half, in the order of their folders' hashes; 0 for all.
        workers: processes.
    """

    root: Path
    out: Path
    motion: Motion = "turn"
    half: Half = "test"
    seed: int = 2
    attempts: int = 3
    repeats: int = 1
    flash: bool = False
    people: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True)
class _Task:
    subject: str
    picture: Path
    options: RenderedOptions


@dataclass(frozen=True, slots=True)
class _Row:
    """One presentation, as its subsystem answered it, and the reasons of its last attempt."""

    subject: str
    instrument: str
    outcome: str
    first_outcome: str
    attempts: int
    reasons: tuple[str, ...]


def evaluate_rendered(options: RenderedOptions) -> dict[str, Any]:
    """Present every instrument by every person of one half, and state how often each is taken for live.

    A presentation passes when any of its attempts does. BPCER counts first attempts alone.

    Raises:
        UsageError: `out` lies inside `root`, or a number is out of its range.
        InputError: no pictures, or nobody in that half.
    """
    if options.out.resolve().is_relative_to(options.root.resolve()):
        raise UsageError("--out lies inside the folder that is measured.", remedy="Choose another place.")
    if not 1 <= options.attempts <= 10 or not 1 <= options.repeats <= 100:
        raise UsageError("Attempts are 1 to 10, repeats 1 to 100.")
    captures = read_captures(options.root)
    pictures: dict[str, Path] = {}
    for sample in captures.samples:
        pictures.setdefault(sample.subject, captures.root / sample.name)
    chosen = [one for one in pictures if options.half == "all" or half_of(one) == options.half]
    if options.people:
        chosen = sorted(chosen, key=_number)[: options.people]
    if not chosen:
        raise InputError(f"Nobody of this folder is in the half {options.half!r}.")
    make_folder(options.out)
    tasks = [_Task(subject, pictures[subject], options) for subject in chosen]
    with executor(options.workers) as over:
        rows = [row for part in over(_present_all, tasks) for row in part]
    write_atomically(options.out / "presentations.csv", _table(rows).encode())
    return {**_figures(rows), "title": TITLE, "material": _material(options, captures.digest())}


def half_of(subject: str) -> Half:
    """The half that a person belongs to, by a hash of their folder's name: it never moves."""
    return "test" if hashlib.sha256(subject.encode()).digest()[0] % 2 else "development"


def _present_all(task: _Task) -> list[_Row]:
    """All presentations of one person; none where their picture shows no single face."""
    try:
        head = Head.of(task.picture, seed=_number(task.subject))
    except ImageUnreadable:
        return []
    kinds = {BONA_FIDE: bona_fide, **INSTRUMENTS, **NOT_STOPPED}
    return [
        _presentation(task, head, name, kind, repeat)
        for name, kind in kinds.items()
        for repeat in range(task.options.repeats)
    ]


def _presentation(task: _Task, head: Head, name: str, kind: Present, repeat: int) -> _Row:
    outcomes: list[str] = []
    found = Presence(Liveness.INCONCLUSIVE)
    for rng in _attempts(task, name, repeat):
        found = _attempt(task.options, head, kind, rng)
        outcomes.append(_OUTCOME[found.level])
        if found.level is Liveness.SHOWN:
            break
    outcome = next((one for one in ("bona_fide", "no_response", "attack") if one in outcomes), "attack")
    return _Row(
        task.subject, name, outcome, outcomes[0], len(outcomes), tuple(one.code for one in found.reasons)
    )


def _attempts(task: _Task, name: str, repeat: int) -> Iterator[np.random.Generator]:
    for number in range(task.options.attempts):
        yield np.random.default_rng([task.options.seed, _number(task.subject), _number(name), repeat, number])


def _attempt(options: RenderedOptions, head: Head, kind: Present, rng: np.random.Generator) -> Presence:
    challenge = Challenge.from_nonce(rng.bytes(32), motion=options.motion, flash=options.flash)
    watch = Watch(challenge)
    due = [one.end_ms + parameters.RELEASE_MS for one in challenge.moves]
    for at_ms, frame in kind(head, challenge, rng):
        watch.see(LiveFrame(at_ms, frame))
        # An attempt that can no longer be shown ends here, as a page would end it; it saves half the time.
        if due and at_ms >= due[0]:
            due.pop(0)
            if lost(challenge, watch.observations):
                break
    return watch.presence()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _figures(rows: Sequence[_Row]) -> dict[str, Any]:
    """Attacks with their attempts included; bona fide presentations by their first attempt and by all."""
    plain = [
        {
            "subject": row.subject,
            "instrument": row.instrument,
            "outcome": row.first_outcome if row.instrument == BONA_FIDE else row.outcome,
        }
        for row in rows
    ]
    counted = [row for row in plain if row["instrument"] not in NOT_STOPPED]
    apart = [row for row in plain if row["instrument"] in (BONA_FIDE, *NOT_STOPPED)]
    live = [row for row in plain if row["instrument"] == BONA_FIDE]
    at_last = [
        {"subject": row.subject, "instrument": BONA_FIDE, "outcome": row.outcome}
        for row in rows
        if row.instrument == BONA_FIDE
    ]
    return {
        **figures(counted),
        "bona_fide_not_shown": rate(live, "attack", "no_response"),
        "bona_fide_not_shown_after_attempts": rate(at_last, "attack", "no_response"),
        "not_stopped": figures(apart)["instruments"],
    }


def _material(options: RenderedOptions, digest: str) -> dict[str, Any]:
    return {
        "what": "pictures of people rendered on a generic head; printed, shown and replayed by simulation",
        "motion": options.motion,
        "flash": options.flash,
        "half": options.half,
        "seed": options.seed,
        "attempts": options.attempts,
        "pictures_sha256": digest,
    }


def _table(rows: Sequence[_Row]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["subject", "instrument", "outcome", "first_outcome", "attempts", "reasons"])
    for row in rows:
        writer.writerow(
            [row.subject, row.instrument, row.outcome, row.first_outcome, row.attempts, " ".join(row.reasons)]
        )
    return out.getvalue()
