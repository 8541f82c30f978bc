"""Numbers on the command line, in any script's digits; a decimal comma is refused by name."""

from __future__ import annotations

import argparse

from moiety.decision.policy_file import COMMA, has_comma


def decimal(text: str) -> float:
    """A number with a decimal point, as argparse asks for it.

    Raises:
        argparse.ArgumentTypeError: no number.
    """
    if has_comma(text):
        raise argparse.ArgumentTypeError(f"{text!r} has a decimal comma. {COMMA}")
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} isn't a number") from error


def natural(text: str) -> int:
    """A whole number from 0, as argparse asks for it.

    Raises:
        argparse.ArgumentTypeError: none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} isn't a whole number from 0")
    return int(text)
