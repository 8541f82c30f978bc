"""The options that name fingers and hands, and what they come to."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from moiety.errors import UsageError
from moiety.finger.positions import FingerPosition, HandShown


def add_fingers(parser: argparse.ArgumentParser) -> None:
    """Declare `--finger` and `--hand`."""
    parser.add_argument(
        "--finger",
        action="append",
        metavar="NAME=P",
        help="a scan of one finger, such as right-index=print.png; repeat it for others",
    )
    parser.add_argument(
        "--hand",
        action="append",
        metavar="SIDE=P",
        help="a photograph of four fingers: right=P or left=P; of fewer: right:index,middle,little=P",
    )


def named_captures(args: argparse.Namespace) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Scans by finger, in the order given, and photographs by side (with the fingers shown, if not four).

    Raises:
        UsageError: no name, no such finger or side, or a side twice.
    """
    fingers: dict[str, list[str]] = {}
    for name, path in _pairs(args.finger, "--finger", "right-index=print.png"):
        fingers.setdefault(FingerPosition.of_label(name).label, []).append(path)
    hands: dict[str, str] = {}
    for label, path in _pairs(args.hand, "--hand", "right=hand.jpg"):
        shown = HandShown.of_label(label)
        if any(HandShown.of_label(one).side == shown.side for one in hands):
            raise UsageError(f"--hand {label}: name the right and the left hand once at most.")
        hands[label] = path
    return fingers, hands


def single_captures(fingers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """One scan a finger, as verification takes it: never the best of several.

    Raises:
        UsageError: a finger given twice.
    """
    for name, paths in fingers.items():
        if len(paths) > 1:
            raise UsageError(f"--finger {name} was given {len(paths)} times; one scan is compared.")
    return {name: paths[0] for name, paths in fingers.items()}


def _pairs(given: Sequence[str] | None, option: str, example: str) -> list[tuple[str, str]]:
    found = []
    for one in () if given is None else given:
        name, equals, path = one.partition("=")
        if not (name and equals and path):
            raise UsageError(f"{option} takes a name and a file, such as {example}, not {one!r}.")
        found.append((name, path))
    return found
