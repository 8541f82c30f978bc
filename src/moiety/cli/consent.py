"""Record a person's consent, before anything is captured."""

from __future__ import annotations

import argparse

from moiety.cli.output import Output
from moiety.consent import Consent


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety consent`."""
    actions = parser.add_subparsers(dest="action", required=True)
    new = actions.add_parser(
        "new", help="record that a present, informed person agrees now", allow_abbrev=False
    )
    new.add_argument("--purpose", required=True, help="what the code will be used for, in plain words")
    new.add_argument("--out", required=True, metavar="FILE", help="where to write the record (JSON)")
    new.add_argument(
        "--modality", action="append", choices=["face", "finger"], help="what may be captured (default: face)"
    )
    new.add_argument("--days", type=int, default=365, help="for how long (default: 365)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety consent new`."""
    modalities = tuple(dict.fromkeys(args.modality)) if args.modality is not None else ("face",)
    consent = Consent.given(args.purpose, modalities=modalities, days=args.days)
    consent.save(args.out)
    out.say(f"Consent recorded in {args.out}: {', '.join(consent.modalities)}, for {args.days} days.")
    out.say("Keep it with the code's papers. It names nobody; it can be withdrawn at any time.", "dim")
    return 0
