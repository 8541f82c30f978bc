"""`moiety consent new`: a record on disk, for its owner alone, or nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moiety.consent import Consent

Run = Callable[..., Any]


def test_it_records_consent(moiety: Run, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    ran = moiety("consent", "new", "--purpose", "collecting medicine", "--out", path)
    assert ran.code == 0
    assert str(path) in ran.out
    record = Consent.read(path)
    assert (record.purpose, record.modalities) == ("collecting medicine", ("face",))
    assert record.days_left() in (364, 365)
    record.require(frozenset({"face"}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert record.salt not in ran.out + ran.err


def test_modalities_and_days_may_be_chosen(moiety: Run, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    chosen = ["--modality", "face", "--modality", "finger", "--modality", "face", "--days", "30"]
    assert moiety("consent", "new", "--purpose", "tests", "--out", path, *chosen).code == 0
    body = json.loads(path.read_text())
    assert body["modalities"] == ["face", "finger"]
    assert body["expires_at"] - body["given_at"] == 30 * 86_400


@pytest.mark.parametrize(
    "arguments",
    [
        ["--purpose", "ab"],
        ["--purpose", "tests", "--days", "0"],
        ["--purpose", "x" * 3000],
    ],
)
def test_what_is_no_consent_is_5_and_leaves_nothing(
    arguments: list[str], moiety: Run, tmp_path: Path
) -> None:
    ran = moiety("consent", "new", *arguments, "--out", tmp_path / "consent.json")
    assert ran.code == 5
    assert list(tmp_path.iterdir()) == []


def test_days_beyond_all_calendars_are_no_crash(moiety: Run, tmp_path: Path) -> None:
    assert (
        moiety("consent", "new", "--purpose", "tests", "--days", "9" * 30, "--out", tmp_path / "c").code == 5
    )


def test_a_place_that_cannot_be_written_is_74(moiety: Run, tmp_path: Path) -> None:
    assert moiety("consent", "new", "--purpose", "tests", "--out", tmp_path / "no" / "c.json").code == 74
    assert moiety("consent", "new", "--purpose", "tests", "--out", tmp_path).code == 74


def test_an_empty_purpose_is_a_wrong_call(moiety: Run, tmp_path: Path) -> None:
    """As a shell leaves it where a variable isn't set."""
    ran = moiety("consent", "new", "--purpose", "", "--out", tmp_path / "consent.json")
    assert (ran.code, "--purpose: the value is empty" in ran.err) == (64, True)
    assert list(tmp_path.iterdir()) == []
