"""S15: a collection and one picture of somebody unknown: no evaluation says whom it resembles."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import cv2
import pytest

from moiety.cli.main import main

PEOPLE: Final = 6


def mirrored(data: Path) -> bytes:
    done, coded = cv2.imencode(".png", cv2.flip(cv2.imread(str(data)), 1))
    assert done
    return coded.tobytes()


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    """People by name, each twice so that nobody stands alone, and a picture of one of them without a name."""
    from importlib.resources import files

    root = tmp_path / "gallery"
    london = sorted(files("moiety.demo").joinpath("faces", "london").iterdir(), key=lambda one: one.name)
    for person in london[:PEOPLE]:
        for name in ("who_is_this", person.name):
            (root / name).mkdir(parents=True, exist_ok=True)
        file = root / person.name / "1.jpg"
        file.write_bytes(person.joinpath("neutral.jpg").read_bytes())
        (root / person.name / "2.png").write_bytes(mirrored(file))
    probe = root / "who_is_this" / "1.jpg"
    probe.write_bytes(london[2].joinpath("smiling.jpg").read_bytes())
    (root / "who_is_this" / "2.png").write_bytes(mirrored(probe))
    return root


def test_the_audit_of_labels_names_nobody_and_ranks_nothing(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, arguments = tmp_path / "out", ["evaluate", "face", str(gallery), "--json"]
    with contextlib.suppress(SystemExit):  # it took a number once
        main([*arguments, "--out", str(out), "--audit-labels", "20"])
    if not (out / "results.json").exists():
        assert main([*arguments, "--out", str(out), "--audit-labels"]) == 0
    told = (out / "results.json").read_text() + (out / "report.html").read_text() + capsys.readouterr().out
    assert '"audit_labels"' in told
    assert "who_is_this" not in told
    assert not [one.name for one in gallery.iterdir() if f"{one.name}/" in told]


def test_pairs_with_a_fold_each_do_not_say_which_of_them_match(gallery: Path, tmp_path: Path) -> None:
    """A probe beside each person, each pair in a fold of its own: the folds' accuracies named the person."""
    lines = ["first\tsecond\tsame\tfold"]
    named = [one.name for one in sorted(gallery.iterdir()) if one.name != "who_is_this"]
    for number, name in enumerate(named):
        lines += [f"who_is_this/1.jpg\t{name}/1.jpg\t0\t{number}", f"{name}/1.jpg\t{name}/2.png\t1\t{number}"]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    assert (
        main(["evaluate", "face", str(gallery), "--out", str(out), "--pairs", str(tmp_path / "pairs.tsv")])
        == 0
    )
    import json

    accuracy = json.loads((out / "results.json").read_text())["accuracy_10fold"]
    assert not [name for name, value in accuracy.items() if isinstance(value, list)], accuracy
