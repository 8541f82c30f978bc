"""Withdraw a code for good, suspend it for a time, or end a suspension."""

from __future__ import annotations

import argparse
from pathlib import Path

from moiety.cli.output import Output
from moiety.credential.code import Credential
from moiety.credential.issuer import Issuer
from moiety.credential.register import Register
from moiety.credential.short import IDENTIFIER_BYTES, only, read_identifier


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("code", nargs="?", metavar="CODE", help="a picture of the code, or its text in a file")
    which.add_argument(
        "--cti", metavar="HEX", help="for a lost code: its identifier, or the short one that its card shows"
    )
    parser.add_argument("--home", required=True, type=Path, help="the issuer's home")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--suspend", action="store_true", help="withdraw for now; --restore ends it")
    how.add_argument("--restore", action="store_true", help="end a suspension")


def run(args: argparse.Namespace, out: Output) -> int:
    """Change the status, and sign the list anew."""
    issuer = Issuer.open(args.home)
    code = _identifier(issuer, args.cti) if args.code is None else Credential.read(args.code)
    if args.suspend:
        issuer.suspend(code)
        done = "suspended"
    elif args.restore:
        issuer.restore(code)
        done = "restored"
    else:
        issuer.revoke(code)
        done = "revoked"
    out.say(f"The code is {done}. This home sees it from now on.", "good")
    out.note(f"Other verifiers see it when they import: moiety trust export --home {args.home} --out FILE")
    return 0


def _identifier(issuer: Issuer, text: str) -> bytes:
    """The identifier of one code; a short one is looked up among those that this home issued."""
    given = read_identifier(text)
    if len(given) == IDENTIFIER_BYTES:
        return given
    with Register(issuer.home.register_file) as register:
        return only(register.starting(given))
