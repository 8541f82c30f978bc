"""What is wrong with a folder or a file is named, counted, and left out or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from moiety.errors import InputError
from moiety.evaluate import groups, protocols
from moiety.evaluate.captures import read_captures
from moiety.evaluate.conditions import read_dates


def lay_out(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


GOOD = {"ann/1.jpg": b"a1", "ann/2.jpg": b"a2", "bob/1.png": b"b1", "bob/2.png": b"b2", "cem/1.jpg": b"c1"}


def codes(root: Path) -> dict[str, str]:
    return {one.name: one.code for one in read_captures(root).exclusions}


def test_a_clean_folder_is_read_in_order_and_its_digest_follows_its_content(tmp_path: Path) -> None:
    captures = read_captures(lay_out(tmp_path / "a", GOOD))
    assert [sample.name for sample in captures.samples] == sorted(GOOD)
    assert captures.exclusions == ()
    other = read_captures(lay_out(tmp_path / "b", {**GOOD, "cem/1.jpg": b"changed"}))
    assert captures.digest() == read_captures(tmp_path / "a").digest() != other.digest()


def test_every_exclusion_is_named(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "root", {
        **GOOD, "ann/3.jpg": b"a1", "dora/1.jpg": b"b2", "ann/notes.txt": b"x", "ann/deep/1.jpg": b"d",
        "loose.jpg": b"l", "pairs.tsv": b"t",
    })  # fmt: skip
    (root / "empty").mkdir()
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"o")
    (root / "bob" / "link.jpg").symlink_to(outside)
    assert codes(root) == {
        "ann/3.jpg": "duplicate", "dora/1.jpg": "mislabelled", "bob/2.png": "mislabelled",
        "ann/notes.txt": "not-a-picture", "ann/deep": "nested-folder", "loose.jpg": "no-subject",
        "empty": "empty-subject", "bob/link.jpg": "outside-root",
    }  # fmt: skip
    assert "bob/2.png" not in {sample.name for sample in read_captures(root).samples}


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        read_captures(tmp_path / "missing")
    (tmp_path / "ann").mkdir()
    with pytest.raises(InputError, match="no usable pictures"):
        read_captures(tmp_path)


@pytest.mark.parametrize("subjects", [[0, 0, 0], [0, 1, 2], []])
def test_folders_that_cannot_show_both_errors_are_refused(subjects: list[int]) -> None:
    with pytest.raises(InputError):
        protocols.refuse_unless_measurable(np.array(subjects, np.int64))


HEAD = "fold\tfirst\tsecond\tsame\n"


def read(tmp_path: Path, text: str) -> protocols.Pairs:
    captures = read_captures(lay_out(tmp_path / "root", GOOD))
    path = tmp_path / "pairs.tsv"
    path.write_text(text)
    return protocols.read_pairs(path, captures.samples)


def test_pairs_are_read_with_their_folds(tmp_path: Path) -> None:
    pairs = read(tmp_path, HEAD + "1\tann/1.jpg\tann/2.jpg\t1\n2\tann/1.jpg\tbob/2.png\t0\n")
    assert pairs.index.tolist() == [[0, 1], [0, 3]]
    assert pairs.same.tolist() == [True, False]
    assert pairs.fold is not None
    assert pairs.fold.tolist() == [0, 1]
    assert pairs.only(np.array([True, True, True, False, True])).index.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1\tann/1.jpg\tann/9.jpg\t1\n", "ann/9.jpg"),
        ("1\tann/1.jpg\tann/2.jpg\t0\n", "contradicts the folders"),
        ("1\tann/1.jpg\tann/1.jpg\t1\n", "itself"),
        ("1\tann/1.jpg\tann/2.jpg\t1\n1\tann/2.jpg\tann/1.jpg\t1\n", "twice"),
        ("1\tann/1.jpg\tann/2.jpg\tyes\n", "1 or 0"),
        ("1\tann/1.jpg\tann/2.jpg\n", "line 2"),
        ("", "no pairs"),
    ],
)
def test_pairs_files_are_refused_with_what_is_wrong(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, HEAD + rows)


def test_pairs_files_without_a_column_or_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'same'"):
        read(tmp_path, "first\tsecond\n")
    captures = read_captures(tmp_path / "root")
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        protocols.read_pairs(tmp_path / "binary.tsv", captures.samples)
    with pytest.raises(InputError, match="cannot be read"):
        protocols.read_pairs(tmp_path / "absent.tsv", captures.samples)


def test_the_fvc_protocol_counts_as_published(tmp_path: Path) -> None:
    genuine, impostor = protocols.fvc_pairs(np.repeat(np.arange(10), 8))
    assert (len(genuine), len(impostor)) == (280, 45)


def test_groups_are_read_with_ages_banded_and_unmatched_named(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text("subject,age,gender,place\nann,23,f,north\nbob,NA,m,south\nzed,40,m,north\n")
    values, unmatched = groups.read_groups(path, ["ann", "bob", "cem"])
    assert values["age"] == ["20 to 29", "not stated", "not stated"]
    assert values["gender and place"] == ["f, north", "m, south", "not stated, not stated"]
    assert unmatched == {"without_row": ["cem"], "without_pictures": ["zed"]}


@pytest.mark.parametrize("text", ["subject\nann\n", "subject,g\nzed,f\n", "subject,g\nann,f\nann,m\n", "x\n"])
def test_groups_files_that_say_nothing_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(InputError):
        groups.read_groups(path, ["ann", "bob"])


def test_dates_are_read_and_nonsense_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("name,date\na/1.jpg,2020-01-02\n")
    days = read_dates(path, ["a/1.jpg", "a/2.jpg"])
    assert days[0] == 737426
    assert np.isnan(days[1])
    path.write_text("name,date\na/1.jpg,2020-13-02\n")
    with pytest.raises(InputError, match="2020-13-02"):
        read_dates(path, ["a/1.jpg"])
