"""Measure error rates on captures of your own: one folder in, one report and its figures out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from moiety.cli.numbers import natural
from moiety.cli.output import Output
from moiety.errors import UsageError
from moiety.evaluate.engines import Engine, face_engine, finger_engine
from moiety.evaluate.fusing import StudyOptions, study
from moiety.evaluate.presentation import read_attacks
from moiety.evaluate.rendered import RenderedOptions, evaluate_rendered
from moiety.evaluate.report import page
from moiety.evaluate.run import Options, Results, evaluate
from moiety.files import write_atomically

_SCALE: Final = frozenset({"workers", "scheduler", "cache"})
_CAPTURES: Final = _SCALE | {"pairs", "all_pairs", "fvc", "max_genuine", "groups", "dates", "keep_cache",
                             "audit_labels"}  # fmt: skip
_ALWAYS: Final = frozenset({"modality", "root", "out", "json"})
_TAKES: Final[dict[str, frozenset[str]]] = {
    "face": _CAPTURES | {"home", "model"},
    "finger": _CAPTURES,
    "fusion": _SCALE | {"fingers", "tables", "home", "model"},
    "pad": frozenset(),
    "rendered": frozenset({"rendered", "motion", "flash", "half", "people", "seed", "workers"}),
}
"""Which options each measurement takes."""
_SEE: Final = "See: moiety evaluate --help, and docs/how-to/evaluate-on-your-own-captures.md."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety evaluate`."""
    parser.add_argument("modality", choices=["face", "finger", "pad", "fusion"])
    parser.add_argument(
        "root", metavar="ROOT", help="the one folder: ROOT/PERSON/PICTURE; pad: ROOT/results.csv"
    )
    parser.add_argument(
        "fingers", nargs="*", metavar="FINGERS", help="fusion: folders of fingers; ROOT then holds the faces"
    )
    parser.add_argument("--tables", metavar="DIR", help="fusion: calibration tables before the shipped ones")
    protocol = parser.add_mutually_exclusive_group()
    protocol.add_argument(
        "--pairs", metavar="FILE", help="CSV or TSV with first, second, same and, if any, fold"
    )
    protocol.add_argument("--all-pairs", action="store_true", help="everybody with everybody (the default)")
    protocol.add_argument("--fvc", action="store_true", help="FVC: impostors are first samples only")
    parser.add_argument(
        "--max-genuine", type=int, metavar="N", help="at most N genuine pairs a person, 20 draws"
    )
    parser.add_argument("--groups", metavar="CSV", help="columns: subject and any groups, for differences")
    parser.add_argument("--dates", metavar="CSV", help="columns: name (PERSON/PICTURE), date; for ageing")
    parser.add_argument("--workers", type=natural, metavar="N", help="processes on this machine")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, for several machines")
    parser.add_argument("--cache", metavar="DIR", help="keep encrypted templates here, to go on after a stop")
    parser.add_argument("--keep-cache", action="store_true", help="leave the cache and its key when done")
    parser.add_argument(
        "--audit-labels", action="store_true", help="count the labels that look wrong; nobody is named"
    )
    parser.add_argument(
        "--rendered", action="store_true", help="pad: render the people of ROOT/PERSON/PICTURE and attack"
    )
    parser.add_argument("--motion", choices=["turn", "low"], help="--rendered: way of moving (default: turn)")
    parser.add_argument("--flash", action="store_true", help="--rendered: with the colours of the screen")
    parser.add_argument(
        "--half", choices=["development", "test", "all"], help="--rendered: which people (default: test)"
    )
    parser.add_argument("--people", type=natural, metavar="N", help="--rendered: at most so many")
    parser.add_argument("--seed", type=natural, metavar="N", help="--rendered: of all that is drawn")
    parser.add_argument("--home", metavar="DIR", help="the home that registers the model of --model")
    parser.add_argument("--model", metavar="ID", help="a face model of the operator's")
    parser.add_argument("--out", required=True, metavar="DIR", help="receives report.html and results.json")
    parser.add_argument("--json", action="store_true", help="print the results instead of a summary")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety evaluate`."""
    folder = Path(args.out)
    _refuse_other_options(args)
    if args.modality == "fusion":
        results = study(_study_options(args), _face(args), finger_engine(), out.note)
    elif args.rendered:
        results = evaluate_rendered(_rendered(args))
    elif args.modality == "pad":
        results = read_attacks(Path(args.root), folder)
    else:
        results = evaluate(_options(args), _engine(args), out.note)
    write_atomically(folder / "results.json", json.dumps(results, indent=1, allow_nan=False).encode())
    write_atomically(folder / "report.html", page(results).encode())
    if args.json:
        out.json(results)
    else:
        _summarise(results, out)
        out.say(f"Written: {folder / 'report.html'}, {folder / 'results.json'}", "good")
    return 0


def _engine(args: argparse.Namespace) -> Engine:
    return finger_engine() if args.modality == "finger" else _face(args)


def _face(args: argparse.Namespace) -> Engine:
    return face_engine(args.model, _path(args.home))


def _rendered(args: argparse.Namespace) -> RenderedOptions:
    return RenderedOptions(
        root=Path(args.root), out=Path(args.out), motion=args.motion or "turn", half=args.half or "test",
        seed=2 if args.seed is None else args.seed, flash=args.flash, people=args.people or 0,
        workers=_workers(args),
    )  # fmt: skip


def _options(args: argparse.Namespace) -> Options:
    if args.keep_cache and args.cache is None:
        raise UsageError("--keep-cache goes with --cache.")
    protocol = "pairs" if args.pairs is not None else "fvc" if args.fvc else "all-pairs"
    return Options(
        root=Path(args.root), out=Path(args.out), protocol=protocol, pairs=_path(args.pairs),
        max_genuine=args.max_genuine, groups=_path(args.groups), dates=_path(args.dates),
        workers=_workers(args), scheduler=args.scheduler, cache=_path(args.cache),
        keep_cache=args.keep_cache, audit_labels=args.audit_labels,
    )  # fmt: skip


def _study_options(args: argparse.Namespace) -> StudyOptions:
    if args.tables is not None and not Path(args.tables).is_dir():
        raise UsageError(f"--tables: there is no folder {Path(args.tables).name!r}.")
    return StudyOptions(
        faces=Path(args.root), fingers=tuple(Path(each) for each in args.fingers), out=Path(args.out),
        tables=_path(args.tables), workers=_workers(args), scheduler=args.scheduler, cache=_path(args.cache),
    )  # fmt: skip


def _workers(args: argparse.Namespace) -> int:
    return 1 if args.workers is None else args.workers


def _refuse_other_options(args: argparse.Namespace) -> None:
    """Refuse each option that another measurement takes: it would be left out without a word."""
    if args.rendered and args.modality != "pad":
        raise UsageError("--rendered goes with pad.")
    kind = "rendered" if args.rendered else args.modality
    given = [name for name, value in vars(args).items() if value not in (None, False, [])]
    other = sorted(name for name in given if name not in _ALWAYS | _TAKES[kind])
    if other:
        options = ", ".join("FINGERS" if one == "fingers" else f"--{one.replace('_', '-')}" for one in other)
        called = "pad --rendered" if args.rendered else args.modality
        raise UsageError(f"moiety evaluate {called} doesn't take {options}.", remedy=_SEE)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _summarise(results: Results, out: Output) -> None:
    if results["modality"] == "fusion":
        _summarise_fusion(results, out)
        return
    if results["modality"] == "pad":
        for row in results["instruments"]:
            out.say(f"APCER {row['instrument']}: {row['apcer']['value']:.2%} of {row['presentations']}")
        for row in results.get("not_stopped", []):
            told = f"{row['apcer']['value']:.2%} of {row['presentations']}"
            out.say(f"Not stopped, {row['instrument']}: {told}")
        if "title" in results:
            out.note(f"{results['title']}: no error rates of people.", "warn")
        out.say(f"BPCER: {results['bpcer']['value']:.2%} of {results['bpcer']['presentations']}")
        return
    out.say(
        f"{results['images']:,} pictures of {results['subjects']:,} people; no template from "
        f"{results['fta']['count']:,}; {results['genuine']:,} genuine and {results['impostor']:,} impostor "
        f"comparisons over {results['subject_pairs']:,} pairs of people."
    )
    out.say(f"EER {results['eer']['value']:.2%}", "bold")
    for target, rate in results["fnmr_at_fmr"].items():
        if rate["value"] is None:
            out.say(f"FNMR at FMR {target}: not stated: {rate['reason']}", "dim")
        else:
            out.say(f"FNMR at FMR {target}: {rate['value']:.2%} ({rate['low']:.2%} to {rate['high']:.2%})")
    accuracy = results.get("accuracy_10fold")
    if accuracy is not None and accuracy["value"] is not None:
        out.say(f"Accuracy over {accuracy['folds']} folds: {accuracy['value']:.2%}")
    for code, count in results["exclusions"]["counts"].items():
        out.note(f"Left out: {count:,} ({code}); named in the report.", "warn")


def _summarise_fusion(results: Results, out: Output) -> None:
    out.say(
        f"{results['people']:,} chimeric people with {results['fingers']:,} fingers; "
        f"{results['genuine']:,} genuine "
        f"and {results['impostor']:,} impostor comparisons."
    )
    for system in results["systems"].values():
        rate = system["fnmr_at_fmr"]["0.001"]
        how = "modelled" if rate["modelled"] else "counted"
        out.say(
            f"{system['title']}: FNMR {rate['value']:.2%} ({rate['low']:.2%} to {rate['high']:.2%}) at FMR "
            f"0.001, "
            f"{how}"
        )
    for row in results["comparison"]:
        shown = "lies below" if row["ahead"] else "does not lie below"
        out.say(
            f"The fusion's upper bound, {row['fused_high']:.2%}, {shown} "
            f"{results['systems'][row['alone']]['title']}, "
            f"{row['fnmr']:.2%}.",
            "good" if row["ahead"] else "dim",
        )
