"""Wrong files cost seconds: all are read before any picture; only pictures that are listed are seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Run

from moiety.errors import InputError
from moiety.evaluate.run import Options, read_inputs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for person in "abc":
        (tmp_path / "root" / person).mkdir(parents=True)
        for number in "12":
            (tmp_path / "root" / person / f"{number}.jpg").write_bytes(f"{person}{number}".encode())
    return tmp_path / "root"


def options(root: Path, **files: Path) -> Options:
    protocol = "pairs" if "pairs" in files else "all-pairs"
    return Options(root=root, out=root.parent / "out", protocol=protocol, **files)  # type: ignore[arg-type]


@pytest.mark.parametrize("apart", ["\t", ",", ";"])
def test_pairs_may_be_apart_by_tabs_or_commas_and_only_theirs_are_looked_at(root: Path, apart: str) -> None:
    rows = [["first", "second", "same"], ["a/1.jpg", "a/2.jpg", "1"], ["a/1.jpg", "b/1.jpg", "0"]]
    pairs = root.parent / "pairs"
    pairs.write_text("\n".join(apart.join(row) for row in rows))
    said: list[str] = []
    captures = read_inputs(options(root, pairs=pairs), said.append)
    assert [one.name for one in captures.samples] == ["a/1.jpg", "a/2.jpg", "b/1.jpg"]
    assert said[0].startswith("3 of 6 pictures")


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("pairs", "file,person\na/1.jpg,a\n", "'first', 'second', 'same'"),
        ("groups", "name,age\na,5\n", "'subject'"),
        ("groups", "subject,age\nnobody,5\n", "names none of the subjects"),
        ("dates", "name,when\na/1.jpg,2020\n", "'date'"),
    ],
)
def test_a_wrong_file_is_found_before_a_picture_is_looked_at(
    root: Path, kind: str, text: str, told: str, moiety: Run
) -> None:
    file = root.parent / "file.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_inputs(options(root, **{kind: file}), lambda _: None)
    ran = moiety("evaluate", "face", root, f"--{kind}", file, "--out", root.parent / "out")
    assert ran.code == 4
    assert told in ran.err  # and not that none of these files is a picture, which comes later
