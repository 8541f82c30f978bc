"""Run the attacks that take minutes; the quick ones are tests, in `tests/attacks`.

    python -m benchmarks.attacks                     list them
    python -m benchmarks.attacks NAME [OPTIONS]      run one: exit code 0 where the attack failed, 1 where it
                                                     got through; --help says what it takes

An attack is a module of this package with a function `main(arguments) -> int`. To add one, name it in
`ATTACKS`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

ATTACKS: Final[Mapping[str, str]] = {
    "siege": "hostile sockets, uploads and half requests against a served process; its memory and its pages",
    "morphs": "enrol a morph of two people, from files and live; who is accepted",
    "splice": "S1: turn your own head, and hold up a picture of the holder for the frames that are compared",
}
"""Each module of this package by its name, and what it tries."""


def main(arguments: list[str]) -> int:
    """List the attacks, or run the one that is named."""
    if not arguments:
        for name, what in ATTACKS.items():
            print(f"{name:12} {what}")
        return 0
    name, *rest = arguments
    if name not in ATTACKS:
        print(__doc__ if name in ("-h", "--help") else f"There is no attack {name!r}.", file=sys.stderr)
        return 0 if name in ("-h", "--help") else 64
    return int(import_module(f"benchmarks.attacks.{name}").main(rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
