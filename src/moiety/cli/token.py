"""The three options that name a hardware token, for the commands that make keys."""

from __future__ import annotations

import argparse

from moiety.errors import UsageError
from moiety.keys_pkcs11 import Token


def add_token_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument("--token-module", metavar="FILE", help="make keys in a token of this PKCS#11 module")
    parser.add_argument("--token-label", metavar="NAME", help="the token's label")
    parser.add_argument("--token-pin-file", metavar="FILE", help="a file with the token's PIN, mode 0600")


def token_of(args: argparse.Namespace) -> Token | None:
    """The token that was named; None where none was.

    Raises:
        UsageError: it was named in part.
    """
    given = (args.token_module, args.token_label, args.token_pin_file)
    if given == (None, None, None):
        return None
    if None in given:
        raise UsageError("A token needs all three: --token-module, --token-label, --token-pin-file.")
    return Token(*given)
