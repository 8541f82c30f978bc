"""Run the engine over every picture: in parallel, cached if asked for, resumable, with the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .cache import TemplateCache
from .captures import Captures, Sample
from .engines import Engine, Extracted, Job
from .executors import Mapper

Progress = Callable[[str], None]
_SAY_EVERY_S = 5.0


@dataclass(slots=True)
class Countdown:
    """Says how far a stage is and how long it will take, every few seconds."""

    what: str
    total: int
    say: Progress
    started: float = 0.0
    said: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.said = time.monotonic()

    def tick(self, done: int) -> None:
        """`done` of `total` are done."""
        now = time.monotonic()
        if now - self.said < _SAY_EVERY_S or done == 0:
            return
        self.said = now
        left = (now - self.started) / done * (self.total - done)
        self.say(f"{self.what}: {done:,} of {self.total:,}, about {_spoken(left)} left")


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def extract_all(
    captures: Captures, engine: Engine, mapper: Mapper, *, cache: TemplateCache | None, say: Progress
) -> list[Extracted]:
    """One outcome for each sample, in the samples' order. Cached outcomes are not made again."""
    found: dict[str, Extracted] = {}
    if cache is not None:
        for sample in captures.samples:
            record = cache.get(_identity(sample))
            if record is not None:
                found[sample.name] = Extracted.of_record(record)
        if found:
            say(f"Going on from the cache: {len(found):,} of {len(captures.samples):,} pictures are done")
    todo = [sample for sample in captures.samples if sample.name not in found]
    countdown = Countdown("Pictures", len(todo), say)
    for done, (sample, outcome) in enumerate(_outcomes(captures, todo, engine, mapper), start=1):
        found[sample.name] = outcome
        if cache is not None:
            cache.put(_identity(sample), outcome.record())
        countdown.tick(done)
    return [found[sample.name] for sample in captures.samples]


def _outcomes(
    captures: Captures, todo: list[Sample], engine: Engine, mapper: Mapper
) -> Iterator[tuple[Sample, Extracted]]:
    jobs = (Job(str(captures.root.resolve() / sample.name), sample.sha256) for sample in todo)
    yield from zip(todo, mapper(engine.extract, jobs), strict=True)


def _identity(sample: Sample) -> str:
    return f"{sample.name}\0{sample.sha256}"
