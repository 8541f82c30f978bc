"""The contract for scripts: an exit code for every outcome, and no verdict by accident."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moiety import errors
from moiety.cli.main import COMMANDS, EXIT_CODES, INTERNAL_ERROR, main
from moiety.errors import MoietyError

Stage = Any  # the fixtures of tests/conftest.py
Run = Callable[..., Any]
Process = Callable[..., subprocess.CompletedProcess[bytes]]
VERDICTS = {0, 1, 2}
ROOT = Path(__file__).parents[2]


def every(kind: type[MoietyError]) -> list[type[MoietyError]]:
    return [kind, *(leaf for below in kind.__subclasses__() for leaf in every(below))]


CONTRACT = {
    "UsageError": 64,
    "InputError": 4,
    "CredentialRefused": 3,
    "TrustRefused": 78,
    "CaptureRefused": 2,
    "ConsentError": 5,
    "LedgerRefused": 6,
    "HomeError": 78,
    "ModelError": 78,
    "StorageError": 74,
    "RequestRefused": 77,
}


@pytest.mark.parametrize("kind", every(MoietyError)[1:], ids=lambda kind: str(kind.__name__))
def test_every_error_has_the_exit_code_of_its_branch(
    kind: type[MoietyError], moiety: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = next(one.__name__ for one in kind.__mro__ if one.__name__ in CONTRACT)
    monkeypatch.setattr("moiety.cli.models.run", _raiser(kind("what is wrong", remedy="what to do")))
    ran = moiety("models", "list")
    assert ran.code == CONTRACT[branch]
    assert ran.out == ""
    assert ran.err == "what is wrong\nwhat to do\n"


def _raiser(error: BaseException) -> Callable[..., int]:
    def run(*_: object) -> int:
        raise error

    return run


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = errors.__doc__
    assert drawn is not None
    names = [
        line.split()[0]
        for line in drawn.replace("│", " ").replace("├──", "").replace("└──", "").splitlines()
        if line.strip()
    ]
    for kind in every(MoietyError):
        assert kind.__name__ in names
        assert kind.__doc__


def test_error_codes_are_stable_names_and_unique() -> None:
    codes = [kind.code for kind in every(MoietyError)]
    assert len(set(codes)) == len(codes)
    assert all(code.replace("-", "").isalpha() and code.islower() for code in codes)


SECRET = "PIN 271828 and template bytes"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(SECRET),
        AssertionError(SECRET),
        ValueError(SECRET),
        KeyError(SECRET),
        OSError(SECRET),
        MemoryError(SECRET),
        RecursionError(SECRET),
        ZeroDivisionError(SECRET),
        ImportError(SECRET),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, SECRET),
        TimeoutError(SECRET),
        StopIteration(SECRET),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_was_not_foreseen_is_no_verdict_and_tells_no_secret(
    error: Exception, moiety: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.cli.verify.run", _raiser(error))
    for arguments in ([], ["--json"]):
        ran = moiety("verify", "x", "--home", "h", "--face", "f", *arguments)
        assert ran.code == INTERNAL_ERROR == 70
        assert ran.out == ""
        assert SECRET not in ran.err
        assert type(error).__name__ in ran.err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_74(number: int, moiety: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moiety.cli.verify.run", _raiser(OSError(number, SECRET)))
    ran = moiety("verify", "x", "--home", "h", "--face", "f")
    assert ran.code == 74
    assert ran.out == "" and SECRET not in ran.err


def test_an_interruption_is_130(moiety: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moiety.cli.verify.run", _raiser(KeyboardInterrupt()))
    ran = moiety("verify", "x", "--home", "h", "--face", "f")
    assert ran.code == 130
    assert "Nothing was half-written" in ran.err


def test_no_exit_code_of_an_error_is_a_verdict_but_for_captures() -> None:
    for kind, code in EXIT_CODES:
        assert code not in VERDICTS or kind is errors.CaptureRefused


# --- wrong calls -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unlock"],
        ["--verbose"],
        ["verify"],
        ["verify", "code.png"],
        ["verify", "code.png", "--home", "h"],
        ["verify", "code.png", "--home", "h", "--face", "f", "--liveness", "maybe"],
        ["verify", "code.png", "--home", "h", "--face", "f", "--fmr", "low"],
        ["verify", "a.png", "b.png", "--home", "h", "--face", "f"],
        ["verify", "code.png", "--home", "h", "--face", "f", "--threshold", "0.4"],
        ["enrol", "--home", "h", "--face", "f"],
        ["enrol", "--home", "h", "--face", "f", "--consent", "c", "--out", "o.png", "--profile", "huge"],
        ["enrol", "--home", "h", "--face", "f", "--consent", "c", "--out", "o.jpg"],
        ["consent"],
        ["consent", "new"],
        ["consent", "new", "--purpose", "x", "--out", "o", "--modality", "voice"],
        ["models", "download"],
        ["doctor", "--hom", "x"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_64_and_says_what_is_wrong(arguments: list[str], moiety: Run) -> None:
    ran = moiety(*arguments)
    assert ran.code == 64
    assert ran.out + ran.err


def test_the_overview_names_every_command(moiety: Run) -> None:
    ran = moiety("--help")
    assert ran.code == 0
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in ran.out
        assert summary in ran.out


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, moiety: Run) -> None:
    ran = moiety(name, "--help")
    assert ran.code == 0
    assert f"moiety {name}" in ran.out


def test_the_version(moiety: Run) -> None:
    from moiety import __version__

    assert moiety("--version").out == f"moiety {__version__}\n"


def test_no_command_searches(moiety: Run) -> None:
    for name in ("identify", "search", "match", "dedup", "watch", "gallery"):
        assert moiety(name).code == 64


# --- in a process of its own -------------------------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    return ["-c", "from moiety_entry import entry; entry()", *arguments]


def test_the_console_script_exits_with_the_code(process: Process, tmp_path: Path) -> None:
    assert process(command("--version")).returncode == 0
    done = process(command("verify", "none.png", "--home", str(tmp_path), "--face", "none.jpg"))
    assert done.returncode == 4
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


def test_nothing_is_coloured_where_nobody_looks(process: Process) -> None:
    done = process(command("doctor"))
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr


def test_a_reader_that_goes_away_is_no_verdict() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [sys.executable, *command("models", "list")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        told = running.stderr.read()
        assert running.wait(60) not in VERDICTS
    assert b"Traceback" not in told


def test_control_c_is_130_and_leaves_nothing(stage: Stage, tmp_path: Path) -> None:
    """The signal comes while the command waits for a picture from a pipe that nobody writes to."""
    pipe = tmp_path / "face.jpg"
    os.mkfifo(pipe)
    script = (
        # A shell that runs the tests in the background has its children ignore the signal.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import moiety.files, pathlib\n"
        "pathlib.Path.is_file = pathlib.Path.exists\n"  # let a pipe pass for a file
        "from moiety_entry import entry; entry()"
    )
    out = tmp_path / "out" / "code.png"
    out.parent.mkdir()
    arguments = ["enrol", "--home", str(stage.home), "--consent", str(stage.folder / "consent.json")]
    arguments += ["--face", str(pipe), "--single", "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as running:
        descriptor = os.open(pipe, os.O_WRONLY)  # returns once the command has opened the other end
        for _ in range(100):  # until it ends: a first signal can fall into a library's callback and be lost
            time.sleep(0.2)
            if running.poll() is not None:
                break
            running.send_signal(signal.SIGINT)
        os.close(descriptor)
        _, told = running.communicate(timeout=60)
        assert running.returncode == 130
    assert b"Traceback" not in told
    assert b"Interrupted" in told
    assert list(out.parent.iterdir()) == []


def test_main_returns_and_does_not_raise() -> None:
    assert main(["no such command"]) == 64
