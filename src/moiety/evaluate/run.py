"""One evaluation, from a folder to its results. Read this first: one stage a line."""

from __future__ import annotations

import platform
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moiety._version import __version__
from moiety.errors import InputError, UsageError
from moiety.files import make_folder

from . import conditions, figures, groups, intervals, metrics, protocols
from .cache import TemplateCache
from .captures import Captures, Exclusion, named, read_captures
from .engines import Engine, Extracted, pack_faces
from .executors import Mapper, executor, require_executor
from .extraction import Progress, extract_all
from .parameters import AUDIT_LEAST_PEOPLE, FEWEST_BEHIND, FMR_TARGETS, GROUP_FMR
from .scores import Ints, Scores, bin_edge, from_lists
from .templates import OpaqueTemplates, Templates, VectorTemplates

SCHEMA = "moiety/evaluation/1"
Results = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `protocol` is "pairs", "all-pairs" or "fvc"."""

    root: Path
    out: Path
    protocol: str
    pairs: Path | None = None
    max_genuine: int | None = None
    groups: Path | None = None
    dates: Path | None = None
    workers: int = 1
    scheduler: str | None = None
    cache: Path | None = None
    keep_cache: bool = False
    audit_labels: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """The usable samples of a run: both roles' templates, and what is known of each sample."""

    captures: Captures
    outcomes: list[Extracted]
    templates: Templates
    subject_of: Ints
    subjects: list[str]
    usable: NDArray[np.bool_]


def evaluate(options: Options, engine: Engine, say: Progress) -> Results:
    """Measure one folder by one protocol.

    Raises:
        UsageError: options that do not go together.
        InputError: a folder, pairs file or groups file that cannot be measured; the message says why.
        StorageError: the output folder or the cache cannot be written.
    """
    _check(options)
    started = time.perf_counter()
    captures = read_inputs(options, say)
    with ExitStack() as stack:
        mapper = stack.enter_context(executor(options.workers, options.scheduler))
        cache = _cache(options, engine, stack)
        outcomes = extract_all(captures, engine, mapper, cache=cache, say=say)
        material = gather(captures, outcomes, engine)
        pairs = _pairs(options, material)
        extracted = time.perf_counter()
        scores = compare(material, material.usable, pairs, options.protocol, mapper)
        compared = time.perf_counter()
        say(f"Compared {scores.impostor + len(scores.genuine):,} pairs; now the intervals")
        results = _results(options, engine, material, pairs, scores, mapper)
        results["timings_ms"] = _timings(outcomes, started, extracted, compared, scores)
        if cache is not None and not options.keep_cache:
            cache.destroy()
    return results


def _check(options: Options) -> None:
    if (options.protocol == "pairs") != (options.pairs is not None):
        raise UsageError("A pairs file goes with the pairs protocol, and only with it.")
    if options.max_genuine is not None and options.max_genuine < 1:
        raise UsageError("--max-genuine must be at least 1.")
    require_executor(options.workers, options.scheduler)
    make_folder(options.out)
    if options.out.resolve().is_relative_to(options.root.resolve()):
        raise UsageError("--out lies inside the folder that is measured.", remedy="Choose another place.")


def read_inputs(options: Options, say: Progress) -> Captures:
    """The pictures to be looked at. Every other file is read as well, before any picture is: one that is
    wrong costs seconds, not the hours of a run. With a file of pairs, only the pictures that it lists.

    Raises:
        InputError: a folder, pairs file, groups file or dates file that cannot be measured.
    """
    captures = read_captures(options.root)
    if options.pairs is not None:
        index = protocols.read_pairs(options.pairs, captures.samples).index
        listed = tuple(captures.samples[i] for i in np.unique(index))
        if len(listed) < len(captures.samples):
            say(
                f"{len(listed):,} of {len(captures.samples):,} pictures are in the pairs; the others are left"
            )
        captures = replace(captures, samples=listed)
    else:
        protocols.refuse_unless_measurable(protocols.numbered(captures.samples)[0])
    if options.groups is not None:
        groups.read_groups(options.groups, sorted({sample.subject for sample in captures.samples}))
    if options.dates is not None:
        conditions.read_dates(options.dates, [sample.name for sample in captures.samples])
    return captures


def _cache(options: Options, engine: Engine, stack: ExitStack) -> TemplateCache | None:
    if options.cache is None:
        return None
    return stack.enter_context(TemplateCache(options.cache, options.out, engine.identity))


def gather(captures: Captures, outcomes: list[Extracted], engine: Engine) -> Material:
    """Templates of every sample that has one; the rest are placeholders that `usable` leaves out.

    Raises:
        InputError: no picture gave a template.
    """
    usable = np.array([not outcome.failure for outcome in outcomes])
    if not usable.any():
        codes = sorted({outcome.failure for outcome in outcomes})
        raise InputError(
            f"None of the {len(outcomes)} pictures gave a template ({named(codes)}).",
            remedy="Check that they show faces, upright and large enough.",
        )
    blank = next(outcome for outcome in outcomes if not outcome.failure)
    rows = [outcome if not outcome.failure else blank for outcome in outcomes]
    subject_of, subjects = protocols.numbered(captures.samples)
    return Material(
        captures, outcomes,
        _templates(engine, rows),
        subject_of, subjects, usable,
    )  # fmt: skip


def _templates(engine: Engine, rows: list[Extracted]) -> Templates:
    references, probes = [row.reference for row in rows], [row.probe for row in rows]
    if engine.score is not None:
        return OpaqueTemplates(engine.score, references, probes)
    return VectorTemplates(
        pack_faces(engine.model, [[one] for one in references]),
        pack_faces(engine.model, [[one] for one in probes]),
    )


def _pairs(options: Options, material: Material) -> protocols.Pairs | None:
    if options.pairs is not None:
        return protocols.read_pairs(options.pairs, material.captures.samples)
    protocols.refuse_unless_measurable(material.subject_of[material.usable])
    if options.protocol == "fvc":
        genuine, impostor = protocols.fvc_pairs(material.subject_of)
        same = np.arange(len(genuine) + len(impostor)) < len(genuine)
        return protocols.Pairs(np.concatenate([genuine, impostor]), same, None)
    return None


def compare(
    material: Material,
    chosen: NDArray[np.bool_],
    pairs: protocols.Pairs | None,
    protocol: str,
    mapper: Mapper,
) -> Scores:
    """The comparisons of the protocol among the `chosen` samples (samples,).

    Raises:
        InputError: no genuine or no impostor comparison is left.
    """
    if pairs is not None:
        kept = pairs.only(chosen)
        values = material.templates.pairs(kept.index, mapper)
        scores = from_lists(values[kept.same], kept.index[kept.same], values[~kept.same],
                            kept.index[~kept.same], material.subject_of)  # fmt: skip
    else:
        numbers = np.flatnonzero(chosen)
        protocols.refuse_unless_measurable(material.subject_of[numbers])
        scores = material.templates.everybody(numbers, material.subject_of, mapper)
    if len(scores.genuine) == 0 or scores.impostor == 0:
        kind = "genuine" if len(scores.genuine) == 0 else "impostor"
        raise InputError(f"The {protocol} protocol leaves no {kind} comparison on these pictures.")
    return scores


def _results(
    options: Options, engine: Engine, material: Material, pairs: protocols.Pairs | None, scores: Scores,
    mapper: Mapper,
) -> Results:  # fmt: skip
    failed = [outcome.failure for outcome in material.outcomes if outcome.failure]
    low, high = intervals.wilson(len(failed), len(material.outcomes))
    results: Results = {
        "schema": SCHEMA,
        "modality": engine.name,
        "protocol": {"name": options.protocol, "max_genuine": options.max_genuine,
                     "draws": None if options.max_genuine is None else 20},
        "images": len(material.outcomes),
        "subjects": len(material.subjects),
        "fta": {"value": len(failed) / len(material.outcomes), "low": low, "high": high, "count": len(failed),
                "reasons": _tally(failed)},
        **figures.figures(scores, max_genuine=options.max_genuine),
    }  # fmt: skip
    if pairs is not None and pairs.fold is not None:
        results["accuracy_10fold"] = _accuracy(material, pairs, mapper)
        results["pairs_without_template"] = len(pairs.same) - len(pairs.only(material.usable).same)
    threshold, at = _reference_threshold(scores)
    results["reference_point"] = {"fmr": at, "threshold": threshold}
    results.update(_gates(options, material, pairs, mapper))
    quality = np.array([np.nan if o.quality is None else o.quality for o in material.outcomes])
    results["error_against_discard"] = conditions.error_against_discard(scores, quality, threshold)
    _conditions(options, material, scores, threshold, results)
    exclusions = [*material.captures.exclusions, *_failures(material)]
    results["exclusions"] = {
        "counts": _tally([one.code for one in exclusions]),
        "listed": [[one.name, one.code, one.reason] for one in exclusions],
    }
    if options.audit_labels:
        results["audit_labels"] = audit_labels(material, scores)
    results["versions"] = {
        "moiety": __version__, "python": platform.python_version(), "numpy": np.__version__,
        "models": engine.models, "data_sha256": material.captures.digest(),
    }  # fmt: skip
    return results


def _accuracy(material: Material, pairs: protocols.Pairs, mapper: Mapper) -> Results:
    kept = pairs.only(material.usable)
    if kept.fold is None or len(np.unique(kept.fold)) < 2:
        return {"value": None, "reason": "fewer than two folds have usable pairs"}
    values = material.templates.pairs(kept.index, mapper)
    outcome = metrics.accuracy_over_folds(values, kept.same, kept.fold)
    # Not what each fold came to: of a fold with one pair it would say whether the two are one person.
    return {"value": outcome.mean, "standard_error": outcome.standard_error, "folds": len(outcome.folds)}


def _reference_threshold(scores: Scores) -> tuple[float, float]:
    """The threshold that groups and conditions are compared at, and the FMR it stands for."""
    able = [
        t for t in (GROUP_FMR, *FMR_TARGETS) if intervals.why_unsupported(t, scores.subject_pairs) is None
    ]
    target = able[0] if able else max(intervals.lowest_supported_fmr(scores.subject_pairs), FMR_TARGETS[0])
    return metrics.threshold_at_fmr(scores, target), target


def _gates(options: Options, material: Material, pairs: protocols.Pairs | None, mapper: Mapper) -> Results:
    """The same figures among the samples that pass each gate, and how many do not."""
    found: Results = {}
    for name, label in (("verify", "gate_on"), ("enrol", "gate_on_enrol")):
        codes: list[tuple[str, ...]] = [getattr(outcome, name) for outcome in material.outcomes]
        passes = np.array([not each for each in codes])
        low, high = intervals.wilson(int(np.count_nonzero(~passes)), len(passes))
        gate: Results = {
            "gate": name, "images": int(np.count_nonzero(passes)),
            "refused": {"value": float(np.mean(~passes)), "low": low, "high": high,
                        "reasons": _tally([each[0] for each in codes if each])},
        }  # fmt: skip
        try:
            scores = compare(material, passes, pairs, options.protocol, mapper)
            gate.update(figures.figures(scores, max_genuine=options.max_genuine))
            gate.pop("histograms")
        except InputError as error:
            gate["reason"] = str(error)
        found[label] = gate
    return found


def _conditions(
    options: Options, material: Material, scores: Scores, threshold: float, results: Results
) -> None:
    if options.groups is not None:
        values, unmatched = groups.read_groups(options.groups, material.subjects)
        refused = np.array([bool(outcome.verify) for outcome in material.outcomes])
        rows = groups.differentials(scores, threshold, values, refused)
        results["groups"] = {
            "threshold": threshold, "columns": rows, "unmatched": unmatched,
            "unlike": {column: {rate: groups.unlike(each, rate) for rate in ("fnmr", "fmr", "refused")}
                       for column, each in rows.items()},
        }  # fmt: skip
    if options.dates is not None:
        days = conditions.read_dates(options.dates, [sample.name for sample in material.captures.samples])
        results["ageing"] = conditions.ageing(scores, days, threshold)


def audit_labels(material: Material, scores: Scores) -> Results:
    """How many labels look wrong; never which: a name, a score or an order would tell whom a face resembles.

    `alike`: pairs of people who score as one person does, at least the median of the genuine scores.
    `unlike`: people of whom two pictures score no better than strangers do, at most the median of those.
    Only people with two usable pictures are counted, and a count of fewer than `FEWEST_BEHIND` isn't told.
    """
    counts = np.bincount(material.subject_of[material.usable], minlength=len(material.subjects))
    people = int(np.count_nonzero(counts >= 2))
    if people < AUDIT_LEAST_PEOPLE:
        return {
            "people": people,
            "reason": f"fewer than {AUDIT_LEAST_PEOPLE} people have two usable pictures",
        }
    both = (counts[scores.tail_subjects] >= 2).all(axis=1)
    high = max(float(np.median(scores.genuine)), scores.complete_from)
    alike = scores.tail_subjects[both & (scores.tail >= high)]
    middle = int(np.searchsorted(np.cumsum(scores.histogram), scores.impostor / 2))
    unlike = scores.genuine_subjects[scores.genuine <= bin_edge(middle)]
    told = {
        "alike": len({(min(one), max(one)) for one in alike.tolist()}),
        "unlike": len(np.unique(unlike)),
    }
    few = {name: None if number < FEWEST_BEHIND else number for name, number in told.items()}
    return {"people": people, "least": FEWEST_BEHIND, **few}


def _failures(material: Material) -> list[Exclusion]:
    return [
        Exclusion(sample.name, outcome.failure, "no template could be made (counted in FTA)")
        for sample, outcome in zip(material.captures.samples, material.outcomes, strict=True)
        if outcome.failure
    ]


def _tally(codes: list[str]) -> dict[str, int]:
    return {code: codes.count(code) for code in sorted(set(codes))}


def _timings(
    outcomes: list[Extracted], started: float, extracted: float, compared: float, scores: Scores
) -> Results:
    each = np.array([outcome.milliseconds for outcome in outcomes])
    seconds = compared - extracted
    return {
        "extract_median": float(np.median(each)),
        "extract_p95": float(np.quantile(each, 0.95)),
        "extract_all": (extracted - started) * 1000,
        "compare_all": seconds * 1000,
        "comparisons_per_second": (scores.impostor + len(scores.genuine)) / max(seconds, 1e-9),
    }
