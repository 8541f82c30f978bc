"""A code's text as mail, clipboards, spreadsheets and browsers change it: the text that was, or nothing."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable

import pytest

from moiety.credential.reading import recognise
from moiety.credential.reading.things import Kind
from moiety.document.read import of_text
from moiety.errors import CodeMalformed, CodeUnreadable

from .samples import code_text

TEXT = code_text()


def _lines(width: int) -> str:
    return "\n".join(TEXT[at : at + width] for at in range(0, len(TEXT), width))


CHANGES: dict[str, Callable[[], str]] = {
    "spaces behind it": lambda: TEXT + "   ",
    "%20 for a space": lambda: TEXT.replace(" ", "%20"),
    "percent-encoded": lambda: TEXT.replace("%", "%25").replace(" ", "%20").replace("+", "%2B"),
    "a form's field": lambda: TEXT.replace("%", "%25").replace("+", "%2B").replace(" ", "+"),
    "lines of a mail": lambda: _lines(76),
    "lines whose last spaces were cut": lambda: re.sub(r" +$", "", _lines(76), flags=re.MULTILINE),
    "lines with other ends": lambda: _lines(64).replace("\n", "\r\n"),
    "a quoted mail": lambda: "\n".join(f"> {one}" for one in _lines(70).split("\n")),
    "quoted-printable": lambda: _lines(75).replace("\n", "=\n"),
    "a mail around it": lambda: f"Dear all,\n\nhere it is:\n{TEXT}\n\n--\nSent from my phone\n",
    "a label before it": lambda: f"Code: {TEXT}",
    "spaces that do not break": lambda: TEXT.replace(" ", "\u00a0"),
    "smart quotes": lambda: f"\u201c{TEXT}\u201d",
    "small letters": lambda: TEXT.lower(),
    "a Turkish keyboard's small letters": lambda: TEXT.lower().replace("i", "\u0131"),
    "dashes": lambda: TEXT.replace("-", "\u2013"),
    "full-width letters": lambda: "".join(chr(ord(one) + 0xFEE0) if one != " " else "\u3000" for one in TEXT),
    "Arabic digits": lambda: "".join(chr(0x660 + int(one)) if one.isdigit() else one for one in TEXT),
    "a spreadsheet's cells": lambda: f'lisa;"{TEXT}";2026-01-01\r\n',
    "a web page": lambda: f"<p>{html.escape(TEXT).replace(' ', '&nbsp;')}<br>",
    "JSON": lambda: json.dumps(TEXT),
    "Markdown": lambda: re.sub(r"([*+.-])", r"\\\1", TEXT),
    "a byte order mark": lambda: "\ufeff" + TEXT,
    "marks of direction": lambda: f"\u200e{TEXT[:100]}\u200b{TEXT[100:]}\u200f",
    "hexadecimal digits": lambda: TEXT.encode().hex(),
    "base64": lambda: base64.b64encode(TEXT.encode()).decode(),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_was_changed_on_its_way_is_read_as_it_was(change: str) -> None:
    changed = CHANGES[change]()
    assert changed != TEXT
    found = recognise.of_text(changed)
    assert (found.kind, found.text) == (Kind.CODE, TEXT)


def test_spaces_that_became_one_are_found_again() -> None:
    text = next(one for seed in range(200) if "  " in (one := code_text(900, seed)))
    found = recognise.of_text(re.sub(" +", " ", text))
    assert (found.kind, found.text) == (Kind.CODE, text)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_files_of_other_encodings_are_read(encoding: str) -> None:
    found = recognise.of_bytes(TEXT.encode(encoding))
    assert (found.kind, found.text) == (Kind.CODE, TEXT)


@pytest.mark.parametrize(
    "broken", [TEXT[:700], TEXT[:300] + TEXT[305:], TEXT[:90] + "AAA" + TEXT[93:], TEXT.replace("-", "")]
)
def test_what_cannot_be_mended_is_said_to_be_damaged_and_never_taken(broken: str) -> None:
    with pytest.raises((CodeMalformed, CodeUnreadable), match="damaged"):
        of_text(broken)
