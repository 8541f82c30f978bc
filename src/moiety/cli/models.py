"""List and check the model files: where they come from, under what licence, and that they are unaltered."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from moiety.cli.output import Output
from moiety.credential.layout import Home
from moiety.errors import ModelError
from moiety.models import entries, register_home, weights


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety models`."""
    parser.add_argument("action", choices=["list", "check"])
    parser.add_argument("--home", metavar="DIR", help="a home with models of its own")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety models`."""
    if args.home is not None:
        register_home(Home.open(args.home).path)
    if args.action == "check":
        return _check(out)
    if args.json:
        out.json(
            {"models": [{k: v for k, v in asdict(one).items() if k != "directory"} for one in entries()]}
        )
        return 0
    for one in entries():
        out.say(f"{one.id}  ({one.role}, {one.licence})", "bold")
        out.say(f"  from           {one.source}")
        out.say(f"  sha-256        {one.sha256}")
        out.say(f"  training data  {one.training_data}")
    return 0


def _check(out: Output) -> int:
    for one in entries():
        try:
            weights(one.id)
        except ModelError as error:
            out.say(f"{one.id}: {error}", "bad")
            raise
        out.say(f"{one.id}: unaltered", "good")
    return 0
