"""The entry: find the command's module, run it, and turn every outcome into an exit code."""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from moiety._version import __version__
from moiety.cli.output import Output
from moiety.errors import (
    CaptureRefused,
    ConsentError,
    CredentialRefused,
    HomeError,
    InputError,
    LedgerRefused,
    ModelError,
    MoietyError,
    RequestRefused,
    StorageError,
    TrustRefused,
    UsageError,
)

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("moiety.cli.init", "make a home: keys, trust bundle, empty status list"),
    "consent": ("moiety.cli.consent", "record a person's consent, before anything is captured"),
    "enrol": ("moiety.cli.enrol", "pictures and consent in, a sealed and signed code out"),
    "verify": ("moiety.cli.verify", "a code or document and a picture in, an explained decision out"),
    "inspect": ("moiety.cli.inspect", "say all that a code or document says, without opening it"),
    "revoke": ("moiety.cli.revoke", "withdraw, suspend or restore a code"),
    "serve": ("moiety.cli.serve", "run the service for operators, over HTTP"),
    "retention": ("moiety.cli.retention", "erase what has been kept long enough, and prove it"),
    "privacy": ("moiety.cli.privacy", "write the impact assessment of this configuration"),
    "receipt": ("moiety.cli.receipt", "check a decision receipt offline"),
    "trust": ("moiety.cli.trust", "export and import trust bundles"),
    "keys": ("moiety.cli.keys", "back up, restore and rotate keys"),
    "models": ("moiety.cli.models", "list and check the model files"),
    "evaluate": ("moiety.cli.evaluate", "measure error rates on captures of your own"),
    "calibrate": ("moiety.cli.calibrate", "fit score to false match rate on captures of your own"),
    "ledger": ("moiety.cli.ledger", "prove, publish and check the account of what was done"),
    "witness": ("moiety.cli.witness", "remember what logs showed, and cosign what continues it"),
    "practice": ("moiety.cli.practice", "practise on scenarios whose truth is known"),
    "demo": ("moiety.cli.demo", "tell the whole story on real faces"),
    "doctor": ("moiety.cli.doctor", "check this installation and a home"),
}

DISK_REFUSED: Final = 74
EXIT_CODES: Final[Sequence[tuple[type[BaseException], int]]] = (
    (UsageError, 64),
    (CredentialRefused, 3),
    (InputError, 4),
    (CaptureRefused, 2),
    (ConsentError, 5),
    (LedgerRefused, 6),
    (StorageError, DISK_REFUSED),
    (RequestRefused, 77),
    (HomeError, 78),
    (ModelError, 78),
    (TrustRefused, 78),
    (KeyboardInterrupt, 130),
    (BrokenPipeError, DISK_REFUSED),
)
INTERNAL_ERROR: Final = 70
_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


class _Parser(argparse.ArgumentParser):
    """argparse, with this project's exit code for a wrong call (64, EX_USAGE) instead of 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """The values of an argument. An empty one, as an unset variable of a shell leaves it, is refused."""
        if "" in arg_strings and not isinstance(action, argparse._SubParsersAction):
            raise argparse.ArgumentError(action, "the value is empty")
        return super()._get_values(action, arg_strings)


def main(argv: Sequence[str] | None = None, out: Output | None = None) -> int:
    """Run one command and return its exit code; never raises but for SystemExit from `--help`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    output = Output() if out is None else out
    try:
        return _dispatch(arguments, output)
    except (MoietyError, KeyboardInterrupt, BrokenPipeError) as error:
        return _explain(error, arguments, output)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            output.note("The disk refused. Make room, then run the command again.")
            return DISK_REFUSED
        if isinstance(error, PermissionError):
            named = f" {Path(error.filename).name!r}" if isinstance(error.filename, str) else " a file"
            output.note(f"This user may not open{named}.", "bad")
            output.note("Run the command as its owner, or give this user the right to it.")
            return DISK_REFUSED
        if isinstance(error, ImportError):
            output.note("This installation of Moiety is damaged (ImportError): a library cannot be imported.")
            output.note("Install again from the lock: make install.")
            return INTERNAL_ERROR
        # The type alone: a message from a library could carry what must not be printed.
        output.note(f"Internal error ({type(error).__name__}). Nothing was decided and nothing was written.")
        output.note("Please report it with the command you ran, without any picture or code.", "dim")
        return INTERNAL_ERROR


def _dispatch(arguments: list[str], out: Output) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        out.say(_overview())
        return 0 if arguments else 64
    if arguments[0] == "--version":
        out.say(f"moiety {__version__}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        raise UsageError(f"There is no command {name!r}.", remedy="See: moiety --help.")
    module = importlib.import_module(COMMANDS[name][0])
    gc.freeze()  # what was imported stays: later collections need not look at it
    gc.enable()
    parser = _Parser(prog=f"moiety {name}", description=module.__doc__, allow_abbrev=False)
    module.configure(parser)
    code: int = module.run(parser.parse_args(arguments[1:]), out)
    return code


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "Is this the person who enrolled?",
            "",
            "usage: moiety COMMAND ...",
            "",
            *lines,
            "",
            "moiety COMMAND --help says more.",
        ]
    )


def _explain(error: BaseException, arguments: Sequence[str], out: Output) -> int:
    if isinstance(error, KeyboardInterrupt):
        out.note("Interrupted. Nothing was half-written.")
    elif isinstance(error, MoietyError):
        if "--json" in arguments:
            out.json(refusal(error))
        out.note(str(error), "bad")
        if error.remedy:
            out.note(error.remedy)
    return exit_code(error)


def exit_code(error: BaseException) -> int:
    """The exit code that stands for an error."""
    return next((number for kind, number in EXIT_CODES if isinstance(error, kind)), INTERNAL_ERROR)


def refusal(error: MoietyError) -> dict[str, object]:
    """An error in the shape that `verify --json` gives a decision."""
    outcome = "refused" if isinstance(error, CredentialRefused) else "error"
    reason = {"code": error.code, "text": str(error), "remedy": error.remedy}
    return {"outcome": outcome, "reasons": [reason]}
