"""What the command line prints: plain text for people, JSON for programs, colour only on a terminal."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO

Tone = Literal["plain", "good", "bad", "warn", "dim", "bold"]

_SGR: Mapping[Tone, str] = {"good": "32;1", "bad": "31;1", "warn": "33;1", "dim": "2", "bold": "1"}


class Output:
    """Where a command speaks: results on standard output, remarks on standard error."""

    def __init__(self, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self._stdout = _showing(sys.stdout if stdout is None else stdout)
        self._stderr = _showing(sys.stderr if stderr is None else stderr)

    def say(self, text: str = "", tone: Tone = "plain") -> None:
        """Print a result."""
        print(_painted(text, tone, self._stdout), file=self._stdout, flush=True)

    def note(self, text: str, tone: Tone = "plain") -> None:
        """Print a remark that a program reading the result should not see."""
        print(_painted(text, tone, self._stderr), file=self._stderr, flush=True)

    def json(self, value: Mapping[str, Any]) -> None:
        """Print one JSON object."""
        # Escaped where the stream cannot show all there is: what a program reads must not lose a character.
        escaped = not _shows_everything(self._stdout)
        text = json.dumps(value, ensure_ascii=escaped, indent=2, allow_nan=False)
        print(text, file=self._stdout, flush=True)

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show on a terminal that something that can take over a second goes on, and wipe it after."""
        live = self._stderr.isatty()
        if live:
            print(_painted(f"{text} …", "dim", self._stderr), end="\r", file=self._stderr, flush=True)
        try:
            yield
        finally:
            if live:
                print("\x1b[2K", end="\r", file=self._stderr, flush=True)


def _showing(stream: TextIO | None) -> TextIO:
    """A stream that shows a mark for what its encoding has no character for; a closed one swallows all."""
    if stream is None:
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper) and stream.errors != "backslashreplace":
        stream.reconfigure(errors="replace")
    return stream


def _shows_everything(stream: TextIO) -> bool:
    try:
        return codecs.lookup(stream.encoding or "utf-8").name.startswith("utf")
    except LookupError:
        return False


def _painted(text: str, tone: Tone, stream: TextIO) -> str:
    """Colour `text` on a terminal, unless NO_COLOR (https://no-color.org) asks for none."""
    if tone == "plain" or not stream.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\x1b[{_SGR[tone]}m{text}\x1b[0m"
