"""Consoles, PIN files and policies of other machines: a mark or a reason, never an internal error."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from moiety.cli.main import main
from moiety.cli.output import Output
from moiety.cli.pin import read_pin
from moiety.decision.policy_file import home_policy
from moiety.errors import DocumentUnreadable, UsageError

ASKED = "Jos\u00e9 \u0645\u0631\u062d\u0628\u0627 \u2026"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1", "shift_jis", "utf-8"])
def test_what_a_console_cannot_show_becomes_a_mark(encoding: str) -> None:
    held, noted = io.BytesIO(), io.BytesIO()
    out = Output(io.TextIOWrapper(held, encoding=encoding), io.TextIOWrapper(noted, encoding=encoding))
    out.say(ASKED)
    out.note(ASKED)
    out.json({"name": ASKED, "half": "\udcff"})
    told = held.getvalue().decode(encoding, "replace")
    assert told.startswith("Jos")
    said = told[told.index("{") :]
    if encoding != "utf-8":
        assert json.loads(said)["name"] == ASKED  # escaped: a program loses nothing


def test_the_whole_command_line_speaks_ascii(tmp_path: Path) -> None:
    held, noted = io.BytesIO(), io.BytesIO()
    out = Output(io.TextIOWrapper(held, encoding="ascii"), io.TextIOWrapper(noted, encoding="ascii"))
    assert main(["inspect", str(tmp_path / "jos\u00e9.png")], out) == 4
    assert b"Internal error" not in noted.getvalue()


def test_a_console_that_was_closed_is_no_error() -> None:
    import sys
    from unittest import mock

    with mock.patch.object(sys, "stdout", None), mock.patch.object(sys, "stderr", None):
        assert main(["--version"]) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_pin_file_of_any_editor_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "pin.txt"
    path.write_bytes("1234\r\n".encode(encoding))
    assert read_pin(str(path)) == "1234"


def test_a_pin_file_that_is_no_text_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "pin.txt"
    path.write_bytes(b"12\xff34")
    with pytest.raises(UsageError) as caught:
        read_pin(str(path))
    assert "UTF-8" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    ['{"fmr": 0,0001}', '{"fmr": "0,0001"}', '{"liveness": "none", "fmr": "\u0660\u066b\u0660\u0661"}'],
)
def test_a_decimal_comma_in_a_policy_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.json").write_text(text, "utf-8")
    with pytest.raises(DocumentUnreadable, match="decimal comma in 'fmr'") as caught:
        home_policy(tmp_path)
    assert "0.0001" in caught.value.remedy


def test_a_decimal_comma_on_the_command_line_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verify", "x.png", "--home", "h", "--face", "f.png", "--fmr", "0,0001"])
    assert caught.value.code == 64
    assert "decimal comma" in capsys.readouterr().err
