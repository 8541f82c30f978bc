"""One target under atheris (libFuzzer), in the process that this module is run in."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

import atheris

_INSTRUMENTED: Final = {
    "codes": ["moiety.credential"],
    "documents": ["moiety.document", "moiety.credential"],
    "fingers": ["moiety.finger"],
    "ledger": ["moiety.ledger"],
    "pictures": ["moiety.image"],
    "reading": ["moiety.credential", "moiety.document"],
    "service": ["moiety.service.capture", "moiety.decision_receipt", "moiety.credential.envelope"],
}

_LONGEST: Final = {
    "codes": 2500,
    "documents": 16_384,
    "fingers": 1000,
    "ledger": 4000,
    "pictures": 65_536,
    "reading": 8000,
    "service": 4000,
}
"""Bytes of a case. The text of the largest code has 2,632 characters."""


def main() -> None:
    """Fuzz: `python -m benchmarks.fuzz.engine TARGET CORPUS [libFuzzer options]`. Does not return."""
    target = sys.argv[1]
    with atheris.instrument_imports(include=_INSTRUMENTED[target]):
        module = import_module(f"benchmarks.fuzz.{target}")
    atheris.Setup([sys.argv[0], *sys.argv[2:], f"-max_len={_LONGEST[target]}"], module.one_case)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
