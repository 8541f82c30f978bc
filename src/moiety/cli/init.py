"""Make a home: the keys of its role, a first trust bundle, an empty status list."""

from __future__ import annotations

import argparse
from pathlib import Path

from moiety.cli.output import Output
from moiety.cli.token import add_token_arguments, token_of
from moiety.credential.home import create_home
from moiety.credential.layout import ROLES, Home
from moiety.keys import fingerprint


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--home", required=True, type=Path, help="a directory that does not exist yet, or is empty"
    )
    parser.add_argument(
        "--issuer-uri", metavar="URI", help="who issues; it is in every code: do not name the service"
    )
    add_token_arguments(parser)
    parser.add_argument("--role", choices=ROLES, default="both", help="what the home is for (default: both)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Make the home, and say what is in it and what to do next."""
    home = create_home(args.home, issuer_uri=args.issuer_uri, role=args.role, hardware=token_of(args))
    out.say(f"Made a home in {args.home} ({_contents(home)}).", "good")
    if home.issues:
        out.say(f"Issuer: {home.issuer_uri}")
        out.say(f"Root fingerprint: {fingerprint(home.pinned_root().public)}")
        out.note(f"The root key lies in {args.home / 'root'}. Move it to a medium that you keep offline:")
        out.note("issuing, revoking and verifying work without it; rotating keys and renewing trust need it.")
        out.note(
            f"Then back the home up: moiety keys backup --home {args.home} --out FILE --passphrase-file FILE"
        )
    else:
        out.note(f"It trusts nobody yet. Next: moiety trust import --home {args.home} FILE")
    return 0


def _contents(home: Home) -> str:
    return {
        "issuer": "issuer key, root key, trust bundle",
        "verifier": "group key, device key",
        "both": "issuer, group, device and root keys, trust bundle",
    }[home.role]
