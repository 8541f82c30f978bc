"""Every option of every command: a right call for each command, and wrong values for each kind of value."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from typing import Final

from moiety.cli.main import COMMANDS

RIGHT: Final[dict[str, str]] = {
    "init": "--home NEW --issuer-uri https://x.example",
    "consent new": "--purpose test --out NEW",
    "enrol": "--home HOME --face FACE --face FACE2 --consent CONSENT --out NEW.png",
    "verify": "CODE --home HOME --face FACE --liveness none",
    "inspect": "CODE",
    "revoke": "--home HOME",
    "serve": "--home HOME --port TAKEN",
    "retention show": "--home HOME",
    "retention run": "--home HOME",
    "retention check": "--home HOME",
    "privacy report": "--home HOME --out NEW",
    "receipt verify": "RECEIPT --key DEVICE",
    "trust export": "--home HOME --out NEW",
    "trust import": "TRUST --home HOME",
    "trust show": "--home HOME",
    "trust refresh": "--home HOME",
    "trust renew": "--home HOME",
    "trust policy": "--home HOME --name clinic --file POLICY",
    "trust fetch-lists": "--home HOME",
    "trust remove": "--home HOME --name clinic",
    "trust add": "--home HOME",
    "keys list": "--home HOME",
    "keys backup": "--home HOME --out NEW --passphrase-file PASSPHRASE",
    "keys restore": "BACKUP --home NEW --passphrase-file PASSPHRASE",
    "keys rotate": "--home HOME --group",
    "keys public": "issuer --home HOME --out NEW",
    "keys destroy-epoch": "0011223344556677 --home HOME",
    "keys split-root": "--home HOME --out NEW",
    "keys join-root": "SHARE --home HOME",
    "models": "list",
    "evaluate": "face PEOPLE --out NEW",
    "calibrate": "face PEOPLE --name site --out NEW",
    "ledger init": "--home HOME",
    "ledger key": "--home HOME",
    "ledger sequence": "--home HOME",
    "ledger prove": f"{'0' * 32} --home HOME",
    "ledger publish": "--home HOME --out NEW",
    "ledger cosign": "--home HOME --witness http://127.0.0.1:9/ --witness-key LOGKEY",
    "ledger verify": "LOG --key LOGKEY",
    "witness init": "--place NEW --name w.example --log LOGKEY",
    "witness add-log": "--place WITNESS --log LOGKEY",
    "witness key": "--place WITNESS",
    "witness serve": "--place WITNESS --port TAKEN",
    "practice list": "",
    "practice run": "revoked --actions scan",
    "demo": "--out NEW",
    "doctor": "",
}


def options() -> Iterator[tuple[str, argparse.Action]]:
    """Each option or argument that takes a value, with the words of its command."""
    for name, (module, _) in COMMANDS.items():
        parser = argparse.ArgumentParser()
        importlib.import_module(module).configure(parser)
        yield from _below(name, parser)


def _below(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _below(f"{words} {name}", below)
        elif action.nargs != 0:
            yield words, action
