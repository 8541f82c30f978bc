"""Pictures and consent in, a sealed and signed code out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from moiety.cli.fingers import add_fingers, named_captures
from moiety.cli.output import Output
from moiety.cli.pin import read_pin
from moiety.consent import Consent
from moiety.credential.code import Credential
from moiety.credential.home import Issuer
from moiety.decision.calibration import Tables
from moiety.enrolment import enrol
from moiety.errors import UsageError
from moiety.face.embed import MODEL, require_embedder
from moiety.files import require_writable, write_atomically
from moiety.keys import PRIVATE_FILE_MODE
from moiety.models import register_home

_SUFFIXES: Final = (".png", ".svg", ".pdf", ".txt")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety enrol`."""
    parser.add_argument("--home", required=True, metavar="DIR", help="the issuer's home")
    parser.add_argument(
        "--face", action="append", metavar="P", help="a picture of the face; give two to five"
    )
    add_fingers(parser)
    parser.add_argument("--consent", required=True, metavar="FILE", help="from: moiety consent new")
    parser.add_argument("--out", required=True, metavar="FILE", help="code.png, .svg, .pdf (card) or .txt")
    parser.add_argument("--profile", choices=["card", "paper", "open"], default="card")
    parser.add_argument("--pin-file", metavar="F", help="file whose first line is the holder's PIN")
    parser.add_argument(
        "--days", type=int, help="days of validity (default: 365, and never beyond the consent)"
    )
    parser.add_argument("--single", action="store_true", help="enrol from one picture, and record that")
    parser.add_argument("--model", default=MODEL, metavar="ID", help="a face model of the operator's")
    parser.add_argument(
        "--sheet", action="store_true", help="an A4 sheet (PDF) with a ruler to check the scale"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety enrol`."""
    if Path(args.out).suffix.lower() not in _SUFFIXES:
        raise UsageError("The code's file name must end in .png, .svg, .pdf or .txt.")
    if args.sheet and Path(args.out).suffix.lower() != ".pdf":
        raise UsageError("A sheet is a PDF: give --out a name that ends in .pdf.")
    require_writable(args.out)  # or a code would be made, and recorded, that nobody gets
    fingers, hands = named_captures(args)
    register_home(args.home)
    require_embedder(args.model)
    consent = Consent.read(args.consent)
    issuer = Issuer.open(args.home)
    with out.working("Looking at the pictures, sealing and signing"):
        credential = enrol(
            face=args.face,
            fingers=fingers,
            hands=hands,
            consent=consent,
            issuer=issuer,
            profile=args.profile,
            pin=None if args.pin_file is None else read_pin(args.pin_file),
            single=args.single,
            valid_days=args.days,
            model=args.model,
            tables=Tables.of_home(args.home),
        )
        _save(credential, args.out, sheet=args.sheet)
    out.say(f"Enrolled. The code is in {args.out}.", "good")
    out.say(f"It holds {_held(args)}; no picture was kept.")
    if args.profile == "open":
        out.say("This code is not sealed: whoever scans it can read the template.", "warn")
    given = "--face PICTURE" if args.face else "--finger NAME=PRINT --require finger"
    # A home that only issues has no key that opens what it sealed.
    home = "VERIFIER" if issuer.home.role == "issuer" and args.profile != "open" else args.home
    out.say(f"Try it: moiety verify {args.out} --home {home} {given} --liveness none", "dim")
    return 0


def _held(args: argparse.Namespace) -> str:
    """What went into the code, as the options say it; the code itself is sealed."""
    count = 0 if args.face is None else len(args.face)
    parts = [f"one face template from {count} picture{'s' if count > 1 else ''}"] if count else []
    if args.finger or args.hand:
        parts.append("finger templates")
    return " and ".join(parts)


def _save(credential: Credential, path: str, *, sheet: bool) -> None:
    if not sheet:
        credential.save(path)
        return
    from moiety.credential import card  # the drawing library is loaded where something is drawn

    mode = PRIVATE_FILE_MODE if credential.claims.profile == "open" else 0o644
    write_atomically(path, card.sheet([credential]), mode=mode)
