"""The rendered attack set by one command: halves, title, and what cannot be stopped told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moiety.cli.main import main
from moiety.evaluate import rendered
from moiety.evaluate.rendered import half_of
from moiety.rendering.attacks import injected_reactive, print_flat


@pytest.fixture
def people(tmp_path: Path, picture: object) -> Path:
    root = tmp_path / "people"
    for name in ("005", "101"):
        (root / name).mkdir(parents=True)
        (root / name / "1.jpg").write_bytes(picture(f"london/{name}/neutral"))  # type: ignore[operator]
    return root


def test_one_command_states_each_instrument(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendered, "INSTRUMENTS", {"print-flat": print_flat})
    monkeypatch.setattr(rendered, "NOT_STOPPED", {"injected-reactive": injected_reactive})
    out = tmp_path / "out"
    arguments = ["evaluate", "pad", str(people), "--rendered", "--half", "all", "--people", "1"]
    assert main([*arguments, "--out", str(out)]) == 0
    found = json.loads((out / "results.json").read_text())
    assert found["title"] == "Pipeline test on rendered material"
    assert [one["instrument"] for one in found["instruments"]] == ["print-flat"]
    assert found["apcer"]["presentations"] == 1
    assert found["apcer"]["count"] == 0
    assert [one["instrument"] for one in found["not_stopped"]] == ["injected-reactive"]
    report = (out / "report.html").read_text()
    assert "Pipeline test on rendered material" in report
    assert "have their depth by construction" in report
    rows = (out / "presentations.csv").read_text().splitlines()
    assert rows[0].startswith("subject,instrument,outcome")
    assert any(row.split(",")[1] == "print-flat" and row.split(",")[4] == "3" for row in rows)


def test_it_is_called_as_it_must_be(people: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert main(["evaluate", "face", str(people), "--rendered", *out]) == 64
    assert main(["evaluate", "pad", str(people), "--rendered", "--out", str(people / "out")]) == 64
    assert main(["evaluate", "pad", str(tmp_path / "none"), "--rendered", *out]) == 4


def test_a_person_stays_in_one_half() -> None:
    halves = [half_of(f"{i:03}") for i in range(102)]
    assert halves == [half_of(f"{i:03}") for i in range(102)]
    assert 35 < halves.count("test") < 67
