"""The rendered attack set, through the same judge as live captures: one command, one table by instrument.

The depth of a rendered head is there by construction, so these figures test the pipeline. They are no error
rates of people, printers or screens, and are titled so.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from moiety.decision.faces import HeldFace
from moiety.errors import ImageUnreadable, InputError, UsageError
from moiety.evaluate.captures import read_captures
from moiety.evaluate.executors import executor, require_executor
from moiety.evaluate.impostors import accepted, chosen_strangers, face_of, held_face
from moiety.evaluate.presentation import BONA_FIDE, figures, rate
from moiety.face import gate
from moiety.files import make_folder, write_atomically
from moiety.liveness import Challenge, Liveness, Motion, Presence, parameters
from moiety.liveness.judge import lost
from moiety.presence import LiveFrame, Shown, Watch
from moiety.rendering.attacks import INSTRUMENTS, NOT_STOPPED, SPLICES, Present, bona_fide
from moiety.rendering.head import Head

Half = Literal["development", "test", "all"]

TITLE: Final = "Pipeline test on rendered material"
_OUTCOME: Final = {
    Liveness.SHOWN: "bona_fide",
    Liveness.NOT_SHOWN: "attack",
    Liveness.INCONCLUSIVE: "no_response",
}

_FAR_OVER: Final = 4.0
"""An attack ends where this many times the change that is allowed was seen: the usual change would have to
grow to 2 grey levels to hide it, and the most of 119 splices on development people was 0.95."""


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
    """All presentations of one person, by their first picture.

    Attributes:
        subject: who is presented.
        picture: what they are rendered from.
        reference: another picture of theirs, which they enrolled with; None where there is none.
        strangers: pictures of others of the same half who splice in this one's name: the one who resembles
            them most, and one at random.
    """

    subject: str
    picture: Path
    reference: Path | None
    strangers: tuple[Path, ...]
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
    stranger: str


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
    require_executor(options.workers, None)
    captures = read_captures(options.root)
    pictures: dict[str, list[Path]] = {}
    for sample in captures.samples:
        pictures.setdefault(sample.subject, []).append(captures.root / sample.name)
    chosen = [one for one in pictures if options.half == "all" or half_of(one) == options.half]
    if options.people:
        chosen = sorted(chosen, key=_number)[: options.people]
    if not chosen:
        raise InputError(f"Nobody of this folder is in the half {options.half!r}.")
    make_folder(options.out)
    with executor(options.workers) as over:
        firsts = [pictures[subject][0] for subject in chosen]
        strangers = chosen_strangers(list(over(face_of, firsts)), options.seed)
        tasks = [
            _Task(subject, first, next(iter(rest), None), tuple(firsts[i] for i in others), options)
            for subject, others in zip(chosen, strangers, strict=True)
            for first, *rest in [pictures[subject]]
        ]
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
    held = held_face(task.reference)
    kinds = {BONA_FIDE: bona_fide, **INSTRUMENTS, **NOT_STOPPED}
    return [
        _presentation(task, head, held, name, kind, repeat)
        for name, kind in kinds.items()
        for repeat in range(task.options.repeats)
    ]


def _presentation(
    task: _Task, head: Head, held: HeldFace | None, name: str, kind: Present, repeat: int
) -> _Row:
    outcomes: list[str] = []
    found = Presence(Liveness.INCONCLUSIVE)
    stranger = None
    if name in SPLICES and task.strangers:
        stranger = task.strangers[(_number(task.subject + name) + repeat) % len(task.strangers)]
        kind = partial(SPLICES[name], stranger=Head.of(stranger, seed=_number(stranger.parent.name)))
    for rng in _attempts(task, name, repeat):
        shown = _attempt(task.options, head, kind, rng, hopeful=name == BONA_FIDE)
        found = shown.presence
        outcomes.append("accepted" if accepted(shown, held) else _OUTCOME[found.level])
        if "accepted" in outcomes or (found.level is Liveness.SHOWN and held is None):
            break
        if found.level is Liveness.SHOWN and name == BONA_FIDE:
            break
    outcome = next(one for one in ("accepted", "bona_fide", "no_response", "attack") if one in outcomes)
    codes = tuple(one.code for one in found.reasons)
    who = "" if stranger is None else "alike" if stranger == task.strangers[0] else "random"
    return _Row(task.subject, name, outcome, outcomes[0], len(outcomes), codes, who)


def _attempts(task: _Task, name: str, repeat: int) -> Iterator[np.random.Generator]:
    for number in range(task.options.attempts):
        yield np.random.default_rng([task.options.seed, _number(task.subject), _number(name), repeat, number])


def _attempt(
    options: RenderedOptions, head: Head, kind: Present, rng: np.random.Generator, *, hopeful: bool
) -> Shown:
    challenge = Challenge.from_nonce(rng.bytes(32), motion=options.motion, flash=options.flash)
    watch = Watch(challenge)
    due = [one.end_ms + parameters.RELEASE_MS for one in challenge.moves]
    for at_ms, frame in kind(head, challenge, rng):
        watch.see(LiveFrame(at_ms, frame))
        if not hopeful and _seen_through(watch):
            break
        # An attempt that can no longer be shown ends here, as a page would end it; it saves half the time.
        if due and at_ms >= due[0]:
            due.pop(0)
            if lost(challenge, watch.observations):
                break
    presence = watch.presence()
    # The faces to compare are of no use without liveness; to measure them takes a tenth of the time.
    return watch.shown(gate.VERIFY) if presence.level is Liveness.SHOWN else Shown(presence, ())


def _seen_through(watch: Watch) -> bool:
    """Whether an attack has shown what ends every capture, so that the rest of it need not be rendered."""
    if watch.observations and watch.observations[-1].faces > 1:
        return True
    changed = watch.surroundings.change()
    return changed is not None and changed > _FAR_OVER * parameters.AROUND_MOST


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _figures(rows: Sequence[_Row]) -> dict[str, Any]:
    """Attacks with their attempts included; bona fide presentations by their first attempt and by all."""
    live = [row for row in rows if row.instrument == BONA_FIDE]
    matched = [
        {"subject": one.subject, "outcome": one.first_outcome}
        for one in live
        if one.first_outcome in ("bona_fide", "accepted")
    ]
    rows = [_as_liveness(one) if one.instrument == BONA_FIDE else one for one in rows]
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
    at_first = [row for row in plain if row["instrument"] == BONA_FIDE]
    at_last = [
        {"subject": row.subject, "instrument": BONA_FIDE, "outcome": row.outcome}
        for row in rows
        if row.instrument == BONA_FIDE
    ]
    return {
        **figures(counted),
        "bona_fide_not_shown": rate(at_first, "attack", "no_response"),
        "bona_fide_not_matched": rate(matched, "bona_fide"),
        "bona_fide_not_shown_after_attempts": rate(at_last, "attack", "no_response"),
        "not_stopped": figures(apart)["instruments"],
    }


def _as_liveness(row: _Row) -> _Row:
    """What liveness alone said of a live person."""
    plain = {"accepted": "bona_fide"}
    return replace(
        row,
        outcome=plain.get(row.outcome, row.outcome),
        first_outcome=plain.get(row.first_outcome, row.first_outcome),
    )


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
    writer.writerow(["subject", "instrument", "outcome", "first_outcome", "attempts", "reasons", "stranger"])
    for row in rows:
        reasons = " ".join(row.reasons)
        plain = [row.subject, row.instrument, row.outcome, row.first_outcome, row.attempts, reasons]
        writer.writerow([*plain, row.stranger])
    return out.getvalue()
