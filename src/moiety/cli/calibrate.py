"""Fit score to false match rate on captures of your own, for `verify` to use."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moiety.cli.numbers import natural
from moiety.cli.output import Output
from moiety.decision.calibration import read
from moiety.errors import UsageError
from moiety.evaluate.calibrating import Plan, Source, calibrate, read_recipe
from moiety.evaluate.engines import Engine, face_engine, finger_engine, portrait_engine
from moiety.evaluate.portraits import PortraitKind
from moiety.files import make_folder, write_atomically

_TARGETS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety calibrate`."""
    parser.add_argument("modality", choices=["face", "finger", "portrait"])
    parser.add_argument("root", nargs="*", metavar="ROOT", help="a folder of captures: ROOT/PERSON/PICTURE")
    parser.add_argument("--name", help="name of the table, printed in every decision's evidence")
    parser.add_argument(
        "--groups", metavar="CSV", help="groups of people (columns: subject, ...); one ROOT only"
    )
    parser.add_argument(
        "--alike", metavar="COLUMNS", help="also fit on people who agree in these columns of the groups file"
    )
    parser.add_argument(
        "--portrait", metavar="FORMAT:BYTES:WIDTH", help="portraits to make as references: JPEG:2000:96"
    )
    parser.add_argument("--samples", help="numbers of reference pictures (default: 1,2,3; for fingers 1)")
    parser.add_argument("--recipe", metavar="FILE", help="fit several sets as a JSON file says")
    parser.add_argument("--data", metavar="DIR", help="folder that the recipe's paths start from")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the tables go: HOME/calibration")
    parser.add_argument("--workers", type=natural, default=1, metavar="N", help="processes on this machine")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, for several machines")
    parser.add_argument("--cache", metavar="DIR", help="keep encrypted templates here, to go on after a stop")
    parser.add_argument("--home", metavar="DIR", help="the home that registers the model of --model")
    parser.add_argument("--model", metavar="ID", help="a face model of the operator's")
    parser.add_argument("--json", action="store_true", help="print the tables instead of a summary")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety calibrate`."""
    plan = _plan(args)
    folder = Path(args.out)
    engine = _engine(args)
    make_folder(folder)
    tables = calibrate(plan, engine, folder, out.note)
    for table in tables:
        text = json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        write_atomically(folder / f"{table['name']}.json", text.encode() + b"\n")
        if not args.json:
            _summarise(table, out)
    if args.json:
        out.json({"tables": tables})
    else:
        out.say(f"Written to {folder}. A home uses the tables in its folder 'calibration'.", "good")
    return 0


def _engine(args: argparse.Namespace) -> Engine:
    if args.modality == "face":
        return face_engine(args.model, _path(args.home))
    if args.model is not None or args.home is not None:
        raise UsageError("--model and --home go with face only.")
    return finger_engine() if args.modality == "finger" else portrait_engine()


def _plan(args: argparse.Namespace) -> Plan:
    if args.recipe is not None:
        given = (args.root, args.groups, args.name, args.alike, args.portrait, args.samples)
        if any(given) or args.data is None:
            raise UsageError("--recipe goes with --data alone: it says folders, names, groups and samples.")
        plan = read_recipe(Path(args.recipe), Path(args.data))
        return Plan(plan.name, plan.sources, plan.samples, args.workers, args.scheduler, _path(args.cache))
    if args.data is not None:
        raise UsageError("--data goes with --recipe.")
    if not args.root or not args.name:
        raise UsageError("Name a folder of captures and a --name for the table.")
    if args.groups is not None and len(args.root) > 1:
        raise UsageError("--groups goes with one folder; use a recipe for several.")
    if (args.alike is None) != (args.groups is None):
        raise UsageError("--groups and --alike go together: say which columns make people alike.")
    kind = _portrait(args)
    alike = () if args.alike is None else tuple(part.strip() for part in args.alike.split(","))
    sources = tuple(
        Source(Path(root).resolve().name, Path(root), _path(args.groups), alike, kind) for root in args.root
    )
    asked = (
        args.samples if args.samples is not None else "1,2,3" if args.modality == "face" else "1"
    )  # a document has one portrait
    try:
        samples = tuple(int(part) for part in asked.split(","))
    except ValueError as error:
        raise UsageError(f"--samples takes numbers such as 1,2,3, not {asked!r}.") from error
    today = datetime.now(UTC).date().isoformat()
    return Plan(args.name, sources, samples, args.workers, args.scheduler, _path(args.cache), today)


def _portrait(args: argparse.Namespace) -> PortraitKind | None:
    if (args.portrait is None) != (args.modality != "portrait"):
        raise UsageError("--portrait FORMAT:BYTES:WIDTH goes with `calibrate portrait`, and it with that.")
    if args.portrait is None:
        return None
    try:
        kind, size, width = args.portrait.split(":")
        return PortraitKind(kind, int(size), int(width))
    except ValueError as error:
        raise UsageError(f"--portrait takes such as JPEG:2000:96, not {args.portrait!r}.") from error


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _summarise(table: dict[str, Any], out: Output) -> None:
    fitted = read(json.dumps(table).encode())
    out.say(f"{fitted.name}: fitted on {fitted.fitted_on}", "bold")
    for each in table["sets"]:
        out.say(
            f"  {each['name']}: {each['people']:,} people, {each['people_pairs']:,} pairs of people, "
            f"{each['comparisons']:,} impostor comparisons; shows FMR down to {each['measured_to']:.1e}"
        )
    for target in _TARGETS:
        score = fitted.score_at(target)
        binds = next(row for row in reversed(table["binding"]) if score >= row["from"])
        how = "measured" if binds["measured"] else "modelled there"
        out.say(f"  FMR {target:.0e}: score {score:.3f} ({binds['set']} binds, {how})")
    for name, rows in table["held_back"].items():
        for row in rows if isinstance(rows, list) else []:
            out.say(
                f"  held back, {name}: asked for FMR {row['target']:.0e}, got {row['fmr']:.1e} "
                f"({row['low']:.1e} to {row['high']:.1e}), FNMR {row['fnmr']:.2%}"
            )
