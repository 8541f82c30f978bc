"""Every command and every snippet in the documentation runs, and prints what the page says it prints.

A page's blocks run in order, in a directory of its own that holds `faces/` (the package's pictures) and
`src/`. In a ```console block, a line that begins with `$ ` is a command, and the lines after it are its whole
output; `…` stands for any text, and alone on a line for any lines. A command without such lines may print
what it likes. It must exit with 0, or be followed by `$ echo $?`. In a ```python block, the comment after a
`print(...)` is what it prints. A block exempt from all this comes after `<!-- not run: reason -->`; what a
reader need not see, such as files from an earlier page, stands in a comment `<!-- setup ... -->`.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from moiety.cli.main import main
from moiety.cli.output import Output

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_BLOCK: Final = re.compile(
    r"^<!-- setup\n(?P<setup>.*?)^-->$"
    r"|^(?P<exempt> *<!-- not run: [^\n]+ -->\n+)?"
    r"(?P<indent> *)(?P<fence>```+)(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_SHELL: Final = re.compile(r"[|<>;&*?`~]|\$[\w({]")


@dataclass(frozen=True)
class Block:
    """One block of a page: its kind, its text, and its first line's number."""

    kind: str
    body: str
    line: int


@dataclass(frozen=True)
class Command:
    """One command of a console block, with the output that the page shows (None: it shows none)."""

    text: str
    shown: tuple[str, ...] | None
    line: int


def blocks(text: str) -> list[Block]:
    """The blocks of a page that are to be run."""
    found = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["setup"] is not None:
            found.append(Block("console", match["setup"], line + 1))
        elif match["exempt"] is None and match["kind"] in ("console", "python"):
            found.append(Block(match["kind"], textwrap.dedent(match["body"]), line + 1))
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    lines = list(enumerate(block.body.splitlines(), block.line))
    while lines:
        number, line = lines.pop(0)
        if not line.startswith("$ "):
            raise ValueError(f"line {number}: output before any command")
        text = line[2:]
        while text.endswith("\\"):
            text = text[:-1] + " " + lines.pop(0)[1].strip()
        shown = []
        while lines and not lines[0][1].startswith("$ "):
            shown.append(lines.pop(0)[1].rstrip())
        while shown and not shown[-1]:
            shown.pop()
        found.append(Command(text, tuple(shown) or None, number))
    return found


def matches(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether the printed lines are the ones that the page shows."""
    parts = [
        "(?:.*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, line.split("…"))) + "\n"
        for line in shown
    ]
    return re.fullmatch("".join(parts), "".join(f"{line.rstrip()}\n" for line in printed)) is not None


class Reader:
    """Somebody who does what a page says, in a directory of their own."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.code, self.names = place, 0, dict[str, object]({"__name__": "__docs__"})
        self._patch = monkeypatch
        self._patch.chdir(place)

    def console(self, block: Block) -> None:
        """Run the commands of a block."""
        asked = commands(block)
        for command, following in zip(asked, [*asked[1:], None], strict=True):
            printed = self._printed(command.text)
            where = f"line {command.line}: {command.text}\nprinted:\n{printed}"
            if command.shown is not None:
                assert matches(command.shown, printed.splitlines()), where
            told = following is not None and following.text == "echo $?"
            assert self.code == 0 or told, f"exit code {self.code}, {where}"

    def _printed(self, command: str) -> str:
        if command == "echo $?":
            code, self.code = self.code, 0
            return f"{code}\n"
        words = [] if _SHELL.search(command) else shlex.split(command)
        if words[:1] == ["cd"]:
            self.place = (self.place / words[1]).resolve()
            self._patch.chdir(self.place)
            return ""
        return self._moiety(words[1:]) if words[:1] == ["moiety"] else self._bash(command)

    def _moiety(self, arguments: list[str]) -> str:
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            try:
                self.code = main(arguments, Output(stream, stream))
            except SystemExit as end:
                self.code = end.code if isinstance(end.code, int) else 0
        return stream.getvalue()

    def _bash(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.code = done.returncode
        return done.stdout

    def python(self, block: Block, page: str) -> None:
        """Run a snippet, and compare what it prints with the comments behind its prints."""
        stream = io.StringIO()
        source = "\n" * (block.line - 1) + block.body
        with contextlib.redirect_stdout(stream):
            exec(compile(source, page, "exec"), self.names)
        shown = re.findall(r"^\s*print\(.*\)  # (.+)$", block.body, re.MULTILINE)
        if shown:
            printed = stream.getvalue().splitlines()
            assert matches(tuple(shown), printed), f"line {block.line}: printed {printed}"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in a fresh directory, with `moiety` on the path."""
    place, tools = tmp_path / "clone", tmp_path / "bin"
    place.mkdir()
    tools.mkdir()
    shutil.copytree(ROOT / "src" / "moiety" / "demo" / "faces", place / "faces")
    (place / "src").symlink_to(ROOT / "src")
    (place / "docs").symlink_to(ROOT / "docs")
    shim = tools / "moiety"
    start = "from moiety_entry import entry; entry()"
    shim.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c '{start}' \"$@\"\n")
    shim.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tools), os.environ.get("PATH", "")]))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    return Reader(place, monkeypatch)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if blocks(page.read_text("utf-8"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_works_as_written(page: Path, reader: Reader) -> None:
    for block in blocks(page.read_text("utf-8")):
        if block.kind == "console":
            reader.console(block)
        else:
            reader.python(block, str(page.relative_to(ROOT)))


def test_the_tutorial_and_the_readme_are_among_the_pages() -> None:
    run = {str(page.relative_to(ROOT)) for page in PAGES if blocks(page.read_text("utf-8"))}
    assert {"README.md", "docs/tutorial/ten-minutes-by-hand.md"} <= run


def test_output_that_differs_from_the_page_fails(reader: Reader) -> None:
    with pytest.raises(AssertionError, match="one"):
        reader.console(Block("console", "$ echo one\ntwo\n", 1))
    reader.console(Block("console", "$ echo one two\no… two\n$ printf 'a\\nb\\nc\\n'\na\n…\nc\n", 1))


def test_a_failing_command_fails_unless_its_exit_code_is_shown(reader: Reader) -> None:
    fails = "$ moiety verify nothing.png --home no --face no.jpg\n"
    with pytest.raises(AssertionError, match="exit code"):
        reader.console(Block("console", fails, 1))
    reader.console(Block("console", f"{fails}$ echo $?\n78\n", 1))


def test_a_snippet_that_prints_something_else_fails(reader: Reader) -> None:
    with pytest.raises(AssertionError, match="printed"):
        reader.python(Block("python", "print(1 + 1)  # 3\n", 1), "page")
