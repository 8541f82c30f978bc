"""`moiety practice`: a list, a run by given actions or by answers, a debrief as a page or as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_the_list_is_whole_in_a_language(moiety: Run) -> None:
    ran = moiety("practice", "list", "--language", "ar")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 21
    assert "تدريب" in ran.out


def test_a_run_by_given_actions(moiety: Run, tmp_path: Path) -> None:
    page = tmp_path / "debrief.html"
    ran = moiety("practice", "run", "revoked", "--actions", "scan,other-way", "--debrief", page)
    assert ran.code == 0
    assert ran.out.startswith("PRACTICE")
    assert "100 of 100 points" in ran.out
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_a_run_by_answers(moiety: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nnonsense\n99\nother-way\n"))
    ran = moiety("practice", "run", "expired")
    assert ran.code == 0
    assert "The code has expired." in ran.out
    assert "100 of 100 points" in ran.out


def test_input_that_ends_too_early_is_told(moiety: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    ran = moiety("practice", "run", "expired")
    assert ran.code == 64
    assert "has not ended" in ran.err


def test_json_is_json_alone(moiety: Run) -> None:
    ran = moiety("practice", "run", "revoked", "--actions", "scan,turn-away", "--json", "--language", "es")
    told = json.loads(ran.out)
    assert told["scenario"] == "revoked"
    assert told["score"] == 80
    assert told["practice"].startswith("PRÁCTICA")


@pytest.mark.parametrize(
    "arguments",
    [
        ["none"],
        ["good", "--actions", ""],
        ["good", "--actions", "scan"],
        ["good", "--actions", "scan,fly,accept"],
        ["good", "--language", "de"],
    ],
)
def test_a_wrong_call_is_64(arguments: list[str], moiety: Run) -> None:
    assert moiety("practice", "run", *arguments).code == 64


def test_a_debrief_without_a_place_is_74(moiety: Run, tmp_path: Path) -> None:
    where = tmp_path / "no" / "d.html"
    assert moiety("practice", "run", "revoked", "--actions", "other-way", "--debrief", where).code == 74
