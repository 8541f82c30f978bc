"""From folders of captures to calibration tables: what each is fitted on, and how it is checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety.decision.calibration import read
from moiety.errors import InputError, UsageError

from . import groups
from .cache import TemplateCache
from .captures import Captures, named, read_captures
from .comparisons import all_pairs, cross, genuine_pairs
from .engines import Engine, pack_faces
from .executors import Mapper, executor, require_executor
from .extraction import Progress, extract_all
from .fitting import FittingSet, fit_table, held_back, pooled
from .parameters import (
    CALIBRATION_TAIL,
    FEWEST_REFERENCES,
    FMR_TARGETS,
    HELD_BACK_SEED,
    REFERENCE_SEED,
)
from .portraits import PortraitKind, portraits_of
from .protocols import numbered, refuse_unless_measurable
from .run import Material, gather
from .scores import Scores, from_lists
from .templates import OpaqueTemplates, Templates, VectorTemplates

MOST_NAMES = 500
"""A table names its sets in one text of at most so many characters: told before the work, not after it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One folder to fit on. Folders are never compared with each other.

    `alike`: columns of the groups file; people who agree in all of them make a further, harder set.
    `portrait`: the references are made of the pictures as a document would hold them.
    """

    name: str
    root: Path
    groups: Path | None = None
    alike: tuple[str, ...] = ()
    portrait: PortraitKind | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fit: `samples` lists the numbers of reference pictures, a table each."""

    name: str
    sources: tuple[Source, ...]
    samples: tuple[int, ...]
    workers: int = 1
    scheduler: str | None = None
    cache: Path | None = None
    fitted_at: str | None = None


_COLUMNS = "Name columns of that file: --alike."


def read_recipe(path: Path, data: Path) -> Plan:
    """A plan from a JSON file whose folders are relative to `data`.

    Raises:
        InputError: not such a file.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        sources = tuple(
            Source(row["name"], data / row["root"], data / row["groups"] if "groups" in row else None,
                   tuple(row.get("alike", ())),
                   PortraitKind(**row["portrait"]) if "portrait" in row else None)
            for row in document["sets"]
        )  # fmt: skip
        return Plan(str(document["name"]), sources, tuple(int(each) for each in document["samples"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The recipe {path.name!r} cannot be read.", remedy="See docs/how-to/calibrate.md."
        ) from error


def calibrate(plan: Plan, engine: Engine, out: Path, say: Progress) -> list[dict[str, Any]]:
    """Fit one table for each number of reference pictures and check it on people who were held back.

    Raises:
        UsageError: nothing to fit.
        InputError: folders that cannot be fitted on; the message says why.
    """
    if not plan.sources or not plan.samples or min(plan.samples) < 1:
        raise UsageError("Name at least one folder, and numbers of reference pictures from 1.")
    if Path(plan.name).name != plan.name or "\\" in plan.name:
        raise UsageError(f"{plan.name!r} can't name a table: its files are called after it.")
    if sum(map(_named_in, plan.sources)) > MOST_NAMES:
        raise UsageError("The folders' names are too long for a table.", remedy="Give them shorter names.")
    if engine.score is not None and plan.samples != (1,):
        raise UsageError("A finger's reference is one print.", remedy="Calibrate fingers with --samples 1.")
    require_executor(plan.workers, plan.scheduler)
    inputs = [_captures(source) for source in plan.sources]
    tables = []
    with ExitStack() as stack:
        mapper = stack.enter_context(executor(plan.workers, plan.scheduler))
        caches: list[TemplateCache] = []
        materials = [
            _material(source, captures, plan, engine, mapper, (out, caches, stack), say)
            for source, captures in zip(plan.sources, inputs, strict=True)
        ]
        for count in plan.samples:
            tables.append(_table(plan, materials, count, engine, mapper))
            say(f"Fitted the table for references of {count} picture{'s' if count > 1 else ''}")
        for cache in caches:
            cache.destroy()
    return tables


def _captures(source: Source) -> Captures:
    """A folder's pictures. Its groups file is read as well, before any picture is: a wrong one costs seconds.

    Raises:
        InputError: a folder or a groups file that cannot be fitted on.
    """
    captures = read_captures(source.root)
    if source.groups is not None:
        _columns(source, source.groups, numbered(captures.samples)[1])
    return captures


def _columns(source: Source, file: Path, subjects: Sequence[str]) -> dict[str, list[str]]:
    """The columns of a groups file, all those of `alike` among them."""
    values, _ = groups.read_groups(file, subjects)
    missing = [column for column in source.alike if column not in values]
    if missing:
        raise InputError(f"The groups file {file.name!r} has no column {named(missing)}.", remedy=_COLUMNS)
    return values


def _named_in(source: Source) -> int:
    """The most characters by which a table names a folder and its people alike."""
    once = len(f"{source.name}, references of 3 + ")
    return once if source.groups is None else 2 * once + len(" same ".join(("", *source.alike)))


def _material(
    source: Source,
    captures: Captures,
    plan: Plan,
    engine: Engine,
    mapper: Mapper,
    keeping: tuple[Path, list[TemplateCache], ExitStack],
    say: Progress,
) -> Material:
    out, caches, stack = keeping
    if source.portrait is not None:
        engine = portraits_of(engine, source.portrait)
    say(f"{source.name}: {len(captures.samples):,} pictures")
    cache = None
    if plan.cache is not None:
        cache = stack.enter_context(TemplateCache(plan.cache / source.name, out, engine.identity))
        caches.append(cache)
    material = gather(captures, extract_all(captures, engine, mapper, cache=cache, say=say), engine)
    keep = np.flatnonzero(material.usable)
    kept = replace(
        material,
        captures=replace(captures, samples=tuple(captures.samples[i] for i in keep)),
        outcomes=[material.outcomes[i] for i in keep],
        templates=_kept(material, keep),
        subject_of=material.subject_of[keep], usable=material.usable[keep],
    )  # fmt: skip
    refuse_unless_measurable(kept.subject_of)
    return kept


def _table(
    plan: Plan, materials: Sequence[Material], count: int, engine: Engine, mapper: Mapper
) -> dict[str, Any]:
    def sets(keep: int | None) -> list[FittingSet]:
        found = [each for source, material in zip(plan.sources, materials, strict=True)
                 for each in fitting_sets(source, _half(material, keep), count, engine, mapper)]  # fmt: skip
        # Small sets of fingers show little one by one. Pooled, none compared with another, they show more.
        if engine.score is None or len(found) == 1:
            return found
        return [pooled(found)] if keep is not None else [pooled(found), *found]

    suffix = f"{count}-picture" + ("s" if count > 1 else "")
    table = fit_table(sets(None), name=f"{plan.name}-{suffix}", modality=engine.name, model=engine.model,
                      samples=count, fitted_at=plan.fitted_at)  # fmt: skip
    table["models"] = engine.models
    table["data_sha256"] = {source.name: material.captures.digest()
                            for source, material in zip(plan.sources, materials, strict=True)}  # fmt: skip
    table["held_back"] = _check(sets, table)
    read(json.dumps(table).encode())
    return table


def _check(sets: Any, table: dict[str, Any]) -> dict[str, Any]:
    """Fit on one half of the people, count on the other."""
    try:
        half = fit_table(sets(0), name="half", modality=table["modality"], model=table["model"],
                         samples=table["samples"])  # fmt: skip
        fitted = read(json.dumps(half).encode())
        return {each.name: held_back(fitted, each.scores, FMR_TARGETS) for each in sets(1)}
    except InputError as error:
        return {"reason": f"half of the people are too few to check on: {error}"}


def _kept(material: Material, keep: NDArray[np.intp]) -> Templates:
    each = material.templates
    if isinstance(each, OpaqueTemplates):
        return OpaqueTemplates(each.score, [each.references[i] for i in keep], [each.probes[i] for i in keep])
    vectors = _vectors(material)
    return VectorTemplates(vectors.references[keep], vectors.probes[keep])


def _vectors(material: Material) -> VectorTemplates:
    if not isinstance(material.templates, VectorTemplates):
        raise UsageError("Tables are fitted on vector templates.")
    return material.templates


def _half(material: Material, which: int | None) -> Material:
    """The people of one half, or all."""
    if which is None:
        return material
    side = np.random.default_rng(HELD_BACK_SEED).permutation(len(material.subjects)) % 2
    keep = np.flatnonzero(side[material.subject_of] == which)
    return replace(
        material, templates=_kept(material, keep),
        outcomes=[material.outcomes[i] for i in keep], subject_of=material.subject_of[keep],
        usable=material.usable[keep],
    )  # fmt: skip


def fitting_sets(
    source: Source, material: Material, count: int, engine: Engine, mapper: Mapper
) -> list[FittingSet]:
    """The comparisons of one folder for references of `count` pictures, and those among people alike.

    A folder with too few people of `count` pictures stands in with the most that it has, and says so in the
    set's name: thresholds hardly move between 2 and 3 pictures.
    """
    per_person = np.bincount(material.subject_of)
    if isinstance(material.templates, OpaqueTemplates):
        everybody = np.arange(len(material.subject_of))
        scores = material.templates.everybody(everybody, material.subject_of, mapper)
        return [FittingSet(source.name, scores, int(np.count_nonzero(per_person)))]
    vectors = _vectors(material)
    while count > 1 and np.count_nonzero(per_person >= count) < FEWEST_REFERENCES:
        count -= 1
    limit = None if source.groups is None else CALIBRATION_TAIL
    if count == 1:
        scores = all_pairs(
            vectors.references, vectors.probes, material.subject_of, mapper=mapper, limit=limit
        )
    else:
        scores = several_pictures(material, count, engine, mapper, limit)
    name = source.name if count == 1 else f"{source.name}, references of {count}"
    people = int(np.count_nonzero(per_person))
    found = [FittingSet(name, scores, people)]
    if source.groups is not None and source.alike:
        alike = " and ".join(source.alike)
        found.append(FittingSet(f"{name}, same {alike}", among_alike(source, material, scores), people))
    return found


def several_pictures(
    material: Material, count: int, engine: Engine, mapper: Mapper, limit: int | None
) -> Scores:
    """References of `count` pictures of each person who has them, against every other picture.

    Which pictures make the reference is drawn once with a fixed seed. Where too few people have a picture
    left to compare theirs with, the genuine comparisons are those of single pictures: they score lower, so
    the likelihood ratios err to the careful side.
    """
    random = np.random.default_rng(REFERENCE_SEED)
    subjects: list[int] = []
    members: list[list[bytes]] = []
    pairs: list[list[int]] = []
    for subject in np.unique(material.subject_of):
        own = np.flatnonzero(material.subject_of == subject)
        if len(own) < count:
            continue
        chosen = np.sort(random.choice(own, size=count, replace=False))
        pairs.extend([len(members), int(probe)] for probe in own if probe not in chosen)
        subjects.append(int(subject))
        members.append([material.outcomes[int(i)].reference for i in chosen])
    scores = cross(
        pack_faces(engine.model, members), np.array(subjects, np.int64),
        _vectors(material).probes, material.subject_of,
        np.array(pairs, np.int64).reshape(-1, 2), mapper=mapper, limit=limit,
    )  # fmt: skip
    if len(np.unique(scores.genuine_subjects)) >= FEWEST_REFERENCES:
        return scores
    single = genuine_pairs(material.subject_of)
    values = _vectors(material).pairs(single)
    up = np.argsort(values, kind="stable")
    return replace(scores, genuine=values[up], genuine_pairs=single[up] + len(members))


def among_alike(source: Source, material: Material, scores: Scores) -> Scores:
    """Only the impostor comparisons of people who agree in every column of `alike`.

    Raises:
        InputError: a column is missing, or there are too many comparisons to keep each.
    """
    if source.groups is None:
        return scores
    values = _columns(source, source.groups, material.subjects)
    if np.isfinite(scores.complete_from):
        raise InputError(
            f"{source.name!r} is too large to be fitted by group (over {CALIBRATION_TAIL:,} comparisons)."
        )
    labels = ["\0".join(values[column][i] for column in source.alike) for i in range(len(material.subjects))]
    _, group = np.unique(labels, return_inverse=True)
    stated = np.array([groups.NOT_STATED not in label for label in labels])
    sides = scores.tail_subjects
    keep = (group[sides[:, 0]] == group[sides[:, 1]]) & stated[sides[:, 0]]
    return from_lists(scores.genuine, scores.genuine_pairs, scores.tail[keep], scores.tail_pairs[keep],
                      scores.subject_of)  # fmt: skip
