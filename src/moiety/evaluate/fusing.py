"""The fusion study: face and fingers of chimeric people, together and alone. Read `study` first.

Each comparison becomes a rate and a likelihood ratio by the verifier's calibration tables
(`decision.judge`), and several become one rate by `decision.fusion.fuse`: what is measured here is what
decides there. The fingers are taken for the index and middle finger of one hand, as a photograph of a
hand shows them, so that the penalty for fingers of one hand is in the figures.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from moiety._version import __version__
from moiety.decision.calibration import Rate, Tables
from moiety.decision.decision import Comparison
from moiety.decision.fusion import fuse
from moiety.decision.judge import calibrate
from moiety.errors import UsageError
from moiety.files import make_folder

from .cache import TemplateCache
from .captures import read_captures
from .chimeras import FINGERS, Trials, chimeras
from .engines import Engine
from .executors import Mapper, executor, require_executor
from .extraction import Progress, extract_all
from .fusion_figures import System, figures
from .parameters import CHIMERIC_SEEDS
from .run import Material, gather
from .scores import Floats

SCHEMA = "moiety/fusion/1"
POSITIONS: Final = (2, 3)
"""Right index and right middle finger (ISO/IEC 19794-2:2005, table 2)."""


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """What was asked for. Folders are never compared with each other. `tables`: None for the shipped ones."""

    faces: Path
    fingers: tuple[Path, ...]
    out: Path
    tables: Path | None = None
    workers: int = 1
    scheduler: str | None = None
    cache: Path | None = None


def study(options: StudyOptions, face: Engine, finger: Engine, say: Progress) -> dict[str, Any]:
    """Measure fusion on chimeric people of one folder of faces and one or more of fingers.

    Raises:
        UsageError: no folder of fingers, one given twice, or `out` inside one.
        InputError: folders that cannot be measured; the message says why.
        StorageError: the output folder or the cache cannot be written.
    """
    _check(options)
    tables = Tables.shipped() if options.tables is None else Tables.shipped().with_site(options.tables)
    held = {root: read_captures(root) for root in (options.faces, *options.fingers)}  # all, before a picture
    with ExitStack() as stack:
        mapper = stack.enter_context(executor(options.workers, options.scheduler))
        caches: list[TemplateCache] = []

        def read(root: Path, engine: Engine) -> Material:
            cache = None
            if options.cache is not None:
                cache = TemplateCache(options.cache / root.resolve().name, options.out, engine.identity)
                caches.append(stack.enter_context(cache))
            captures = held[root]
            say(f"{root.resolve().name}: {len(captures.samples):,} pictures")
            return gather(captures, extract_all(captures, engine, mapper, cache=cache, say=say), engine)

        people = read(options.faces, face)
        sets = [read(root, finger) for root in options.fingers]
        trials = _trials(people, sets)
        say(f"{len(trials):,} comparisons of chimeric people; now their scores")
        faces = people.templates.pairs(trials.faces, mapper)
        prints = _print_scores(trials, sets, mapper)
        say("Now the likelihood ratios, their fusion and the intervals")
        systems = score_all(faces, prints, tables, (face.model, finger.model))
        results = _results(options, people, sets, trials, systems, (face, finger), tables)
        for cache in caches:
            cache.destroy()
    return results


def _check(options: StudyOptions) -> None:
    roots = [options.faces.resolve(), *(root.resolve() for root in options.fingers)]
    if len(roots) < 2:
        raise UsageError("A fusion study needs a folder of faces and at least one of fingers.")
    names = [root.name for root in roots]
    if len(set(names)) < len(names):
        raise UsageError("Two of the folders have the same name.", remedy="Give each a name of its own.")
    if any(options.out.resolve().is_relative_to(root) for root in roots):
        raise UsageError("--out lies inside a folder that is measured.", remedy="Choose another place.")
    require_executor(options.workers, options.scheduler)
    make_folder(options.out)


def _trials(people: Material, sets: Sequence[Material]) -> Trials:
    """Chimeric trials; fingers and prints are numbered over all sets, one after another."""
    usable = np.flatnonzero(people.usable)
    fingers, prints = [], []
    finger = sample = 0
    for each in sets:
        kept = np.flatnonzero(each.usable)
        fingers.append(each.subject_of[kept] + finger)
        prints.append(kept + sample)
        finger += len(each.subjects)
        sample += len(each.subject_of)
    found = chimeras(people.subject_of[usable], fingers, prints, CHIMERIC_SEEDS)
    return Trials(found.people, usable[found.faces], found.fingers, found.prints, found.genuine)


def _print_scores(trials: Trials, sets: Sequence[Material], mapper: Mapper) -> Floats:
    """(T, FINGERS) scores; each pair of prints is compared once, however often it occurs."""
    pairs = np.stack([trials.prints[:, 0], trials.prints[:, 1]], axis=2).reshape(-1, 2)
    unique, which = np.unique(pairs, axis=0, return_inverse=True)
    values = np.empty(len(unique))
    start = 0
    for each in sets:
        stop = start + len(each.subject_of)
        own = (unique[:, 0] >= start) & (unique[:, 0] < stop)
        values[own] = each.templates.pairs(unique[own] - start, mapper)
        start = stop
    return values[which].reshape(-1, FINGERS)


def score_all(faces: Floats, prints: Floats, tables: Tables, models: tuple[str, str]) -> list[System]:
    """The four systems on all trials, from scores of faces (T,) and prints (T, FINGERS).

    `models`: of face and fingers. A modality alone is ranked by its own score, a fusion by its rate.

    Raises:
        DocumentUnreadable: there is no table for a model.
    """
    face = _calibrated(faces, lambda score: calibrate(
        score, tables, modality="face", model=models[0], samples=1))  # fmt: skip

    def finger(slot: int) -> list[Comparison]:
        at = POSITIONS[slot]
        return _calibrated(prints[:, slot], lambda score: calibrate(
            score, tables, modality="finger", model=models[1], samples=1, position=at))  # fmt: skip

    fingers = [finger(slot) for slot in range(FINGERS)]
    alone = [_strength([one.rate for one in slot]) for slot in fingers]
    # `FingersMatch(1)` judges each of n fingers at the rate divided by n (union bound).
    any_of = np.max(alone, axis=0) - np.log10(FINGERS)
    fused = _strength([fuse(row) for row in zip(face, *fingers, strict=True)])
    return [
        System("face", "face alone", faces, _strength([one.rate for one in face]), True, 0),
        System("finger", "one finger alone", prints[:, 0], alone[0], False, 1),
        System("fingers", "either of two fingers", np.max(prints, axis=1), any_of, False, FINGERS),
        System("fused", "face and two fingers fused", fused, fused, True, FINGERS),
    ]


def _strength(rates: Sequence[Rate]) -> Floats:
    """Rates as scores that rise with likeness: -log10, from 0 for what everybody reaches."""
    strengths: Floats = -np.log10(np.array([rate.value for rate in rates]))
    return strengths


def _calibrated(scores: Floats, one: Callable[[float], Comparison]) -> list[Comparison]:
    """The comparison of each score; equal scores are looked up once."""
    values, which = np.unique(scores, return_inverse=True)
    found = [one(float(value)) for value in values]
    return [found[int(index)] for index in which]


def _results(
    options: StudyOptions, people: Material, sets: Sequence[Material], trials: Trials,
    systems: Sequence[System], engines: tuple[Engine, Engine], tables: Tables,
) -> dict[str, Any]:  # fmt: skip
    used = [tables.find("face", engines[0].model, 1), tables.find("finger", engines[1].model, 1)]
    return {
        "schema": SCHEMA,
        "modality": "fusion",
        "protocol": {"name": "chimeric", "seeds": CHIMERIC_SEEDS, "fingers": FINGERS,
                     "hand": "one", "positions": list(POSITIONS)},
        "folders": [_folder(options.faces, people),
                    *(_folder(root, each) for root, each in zip(options.fingers, sets, strict=True))],
        **figures(trials, systems),
        "versions": {
            "moiety": __version__, "python": platform.python_version(), "numpy": np.__version__,
            "models": {**engines[0].models, **engines[1].models},
            "tables": {one.name: one.fitted_on for one in used},
        },
    }  # fmt: skip


def _folder(root: Path, material: Material) -> dict[str, Any]:
    failed = int(np.count_nonzero(~material.usable))
    excluded = material.captures.exclusions
    return {
        "name": root.resolve().name, "subjects": len(material.subjects), "images": len(material.usable),
        "without_template": failed, "data_sha256": material.captures.digest(),
        "exclusions": [[one.name, one.code, one.reason] for one in excluded],
    }  # fmt: skip
