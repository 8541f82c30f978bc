"""Every option of every command: a right call for each command, and the kind of value each option takes."""

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
    "revoke": "CODE --home HOME",
    "serve": "--home HOME --port FREE",
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
    "trust add": "--home HOME --name clinic --kinds mdoc --document-root CERTIFICATE",
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
    "ledger cosign": "--home HOME --witness http://127.0.0.1:9/ --witness-key WITNESSKEY",
    "ledger verify": "LOG --key LOGKEY",
    "witness init": "--place NEW --name w.example --log LOGKEY",
    "witness add-log": "--place WITNESS --log LOGKEY",
    "witness key": "--place WITNESS",
    "witness serve": "--place WITNESS --port TAKEN",
    "practice list": "",
    "practice run": "revoked --actions scan,turn-away",
    "demo": "--out NEW",
    "doctor": "--home HOME",
}
"""A call that is right, or is wrong only where nothing of it matters here. Words in capitals are files."""

TOKEN: Final = "--token-module PASSPHRASE --token-label t --token-pin-file PASSPHRASE"
OIDC: Final = "--oidc-issuer https://o.example --oidc-client c --oidc-secret-file PASSPHRASE"
INSTEAD: Final[dict[str, str]] = {
    **{f"init {one}": f"--home NEW --issuer-uri https://x.example {TOKEN}" for one in TOKEN.split()[::2]},
    **{f"keys rotate {one}": f"--home HOME --issuer {TOKEN}" for one in TOKEN.split()[::2]},
    **{f"serve {one}": f"--home HOME --port FREE {OIDC}" for one in OIDC.split()[::2]},
    "trust export --passphrase-file": "--home HOME --out NEW --with-group-key --passphrase-file PASSPHRASE",
    "trust add --issuer-key": "--home HOME --issuer-key CERTIFICATE --issuer-uri https://x.example",
    "trust add --issuer-uri": "--home HOME --issuer-key ISSUER --issuer-uri https://x.example",
    "trust add --group-key": "--home HOME --group-key CERTIFICATE",
    "trust add --group-name": "--home HOME --group-key CERTIFICATE",
    "trust add --document-key": "--home HOME --document-key CERTIFICATE --name x --kinds mdoc"
    " --issuer-uri https://x.example",
    "trust add --document-secret": "--home HOME --document-secret CERTIFICATE",
    "revoke --cti": "--home HOME",
    "evaluate fingers": "fusion PEOPLE FINGERS --out NEW",
    "evaluate --tables": "fusion PEOPLE FINGERS --out NEW",
    **{
        f"evaluate {one}": "pad PEOPLE --rendered --out NEW"
        for one in ("--motion", "--half", "--people", "--seed")
    },
    "calibrate --groups": "face PEOPLE --name site --out NEW --alike age",
    "calibrate --alike": "face PEOPLE --name site --out NEW --groups GROUPS",
    "calibrate --portrait": "portrait PEOPLE --name site --out NEW",
    "calibrate --recipe": "face --data PEOPLE --out NEW",
    "calibrate --data": "face --recipe RECIPE --out NEW",
    "ledger verify --entry": "PROOF --key LOGKEY",
    "ledger verify --receipt": "PROOF --key LOGKEY",
}
"""The right call around an option that needs others, or that goes with other things."""

KINDS: Final[dict[str, str]] = {
    "--home": "home", "--place": "witness", "root": "folder", "fingers": "folder", "path": "log",
    "--tables": "folder", "--data": "folder", "--against": "log", "--cache": "new folder",
    "--out": "new file", "--debrief": "new file", "--traces": "new file", "--mark": "new file",
    "file": "file", "share": "file", "receipt": "file", "code": "file", "--face": "file", "--consent": "file",
    "--pin-file": "file", "--passphrase-file": "file", "--issuer-key": "file", "--group-key": "file",
    "--document-key": "file", "--document-root": "file", "--document-secret": "file", "--ca-file": "file",
    "--file": "file", "--receipt": "file", "--since": "file", "--pairs": "file", "--groups": "file",
    "--dates": "file", "--recipe": "file", "--oidc-secret-file": "file", "--token-pin-file": "file",
    "--token-module": "file", "--finger": "print", "--hand": "hand",
    "--days": "count", "--shares": "count", "--needed": "count", "--max-genuine": "count",
    "--workers": "count", "--fmr": "count", "--people": "number", "--seed": "number", "--port": "count",
    "--samples": "count", "--model": "name", "--demand": "name", "--cti": "name", "--trusted-proxy": "name",
    "--root-fingerprint": "name", "--kinds": "name", "--alike": "name", "--portrait": "name",
    "--entry": "name", "--actions": "name", "--host": "name", "scenario": "name", "event": "name",
    "id": "name",
    "--scheduler": "name", "--group-name": "name", "--origin": "address", "--database": "address",
    "--uri": "address", "--witness": "address", "--address": "address", "--issuer-uri": "address",
    "--oidc-issuer": "address", "--key": "key", "--log": "key", "--witness-key": "key",
    "--purpose": "text", "--nonce": "text", "--audience": "text", "--name": "text", "--type": "text",
    "--oidc-client": "text", "--token-label": "text",
}  # fmt: skip
"""What kind of value each option takes; those with a list of choices aren't named."""

KINDS_OF_COMMAND: Final[dict[str, str]] = {
    "init --home": "new home", "keys restore --home": "new home", "witness init --place": "new home",
    "keys split-root --out": "new home", "evaluate --out": "new folder", "calibrate --out": "new folder",
    "ledger publish --out": "new folder", "demo --out": "new folder", "trust add --group-name": "text",
    "trust remove --name": "name", "trust add --issuer-uri": "text",
}  # fmt: skip
"""Where a command means something else by the option."""


def options() -> Iterator[tuple[str, str, argparse.Action]]:
    """Each option that takes a value: its command, its name (of an argument, what it is for), and itself."""
    for name, (module, _) in COMMANDS.items():
        parser = argparse.ArgumentParser()
        importlib.import_module(module).configure(parser)
        yield from _below(name, parser)


def _below(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _below(f"{words} {name}", below)
        elif action.nargs != 0:
            yield words, (action.option_strings or [action.dest])[0], action


def kind_of(words: str, option: str, action: argparse.Action) -> str:
    """What kind of value an option takes."""
    if action.choices is not None:
        return "choice"
    return KINDS_OF_COMMAND.get(f"{words} {option}") or KINDS[option]


def call_of(words: str, option: str, value: str) -> list[str]:
    """The command's right call with this value for the option."""
    call = INSTEAD.get(f"{words} {option}", RIGHT[words]).split()
    if option.startswith("-"):
        if option in call:
            at = call.index(option)
            del call[at : at + 2]
        return [*words.split(), *call, f"{option}={value}"]
    bare = [
        at
        for at, one in enumerate(call)
        if not one.startswith("-") and (at == 0 or call[at - 1] in _FLAGS or not call[at - 1].startswith("-"))
    ]
    at = bare[{"root": 1, "fingers": 2}.get(option, 0)]
    return [*words.split(), *call[:at], value, *call[at + 1 :]]


_FLAGS: Final = ("--rendered", "--group", "--issuer")
