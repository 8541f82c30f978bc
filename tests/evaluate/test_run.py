"""Whole evaluations of real faces: counts, gates, resuming, refusals, the report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.evaluate import plain

from moiety.cli.main import main
from moiety.evaluate import figures
from moiety.evaluate.cache import CACHE_NAME, KEY_NAME
from moiety.evaluate.engines import Job, extract_face, face_engine
from moiety.evaluate.meaning import false_hit
from moiety.evaluate.report import page
from moiety.evaluate.run import Options, evaluate
from moiety.face import gate, pipeline
from moiety.image import load


def say(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged faces: one person with four pictures, the others with two."""
    root = tmp_path_factory.mktemp("faces")
    packaged = files("moiety.demo").joinpath("faces")
    people = [("lisa", packaged.joinpath("lisa"))]
    people += [(one.name, one) for one in packaged.joinpath("london").iterdir() if one.is_dir()]
    for name, folder in people:
        (root / name).mkdir()
        for one in folder.iterdir():
            if one.name.endswith(".jpg"):
                (root / name / one.name).write_bytes(one.read_bytes())
    (root / "lisa" / "copy.jpg").write_bytes((root / "lisa" / "1.jpg").read_bytes())
    (root / "lisa" / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return root


@pytest.fixture(scope="module")
def results(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("out")
    groups = out / "groups.csv"
    people = sorted(one.name for one in faces.iterdir())
    groups.write_text("subject,half\n" + "".join(f"{name},{'ab'[i % 2]}\n" for i, name in enumerate(people)))
    options = Options(faces, out, "all-pairs", max_genuine=2, groups=groups, audit_labels=True)
    return evaluate(options, face_engine(), say)


def test_figures_agree_with_the_plain_implementation(faces: Path, results: dict[str, Any]) -> None:
    references: list[list[int]] = []
    probes: list[list[int]] = []
    subjects: list[int] = []
    for number, person in enumerate(sorted(one for one in faces.iterdir() if one.is_dir())):
        for path in sorted(person.iterdir()):
            if path.name in ("copy.jpg", "broken.jpg"):
                continue
            image = load(path)
            one, other = pipeline.reference(image, gate.NONE), pipeline.probe(image, gate.NONE)
            references.append(np.frombuffer(pipeline.template([one]).to_bytes(), np.int8).tolist())
            probes.append(np.frombuffer(pipeline.template([other]).to_bytes(), np.int8).tolist())
            subjects.append(number)
    genuine, impostor = plain.compare_all(references, probes, subjects)
    assert results["impostor"] == len(impostor)
    assert results["zero_fmr"]["threshold"] == np.nextafter(max(impostor), 2)
    people = len(set(subjects))
    assert results["subject_pairs"] == people * (people - 1) // 2
    assert results["genuine"] == people - 1 + 2
    assert results["eer"]["value"] == pytest.approx(plain.eer(genuine, impostor), abs=1e-12)


def test_what_is_left_out_is_named(results: dict[str, Any]) -> None:
    listed = {name: code for name, code, _ in results["exclusions"]["listed"]}
    assert listed == {"lisa/copy.jpg": "duplicate", "lisa/broken.jpg": "image-unreadable"}
    assert results["fta"]["count"] == 1
    assert results["fta"]["reasons"] == {"image-unreadable": 1}


def test_rates_that_the_data_cannot_support_are_refused(results: dict[str, Any]) -> None:
    for target in ("0.01", "0.001", "0.0001", "0.00001"):
        rate = results["fnmr_at_fmr"][target]
        assert (rate["value"] is None) == (results["subject_pairs"] < 3 / float(target))
        if rate["value"] is None:
            assert "rule of 3" in rate["reason"]
    assert set(results["fnmr_at_fmr"]) == {figures.key(t) for t in (1e-2, 1e-3, 1e-4, 1e-5)}


def test_the_audit_of_labels_counts_and_names_nobody(results: dict[str, Any]) -> None:
    found = results["audit_labels"]
    assert set(found) in ({"people", "reason"}, {"people", "least", "alike", "unlike"})
    assert isinstance(found["people"], int)


def test_small_groups_are_counted_and_not_spoken_of(results: dict[str, Any]) -> None:
    for row in results["groups"]["columns"]["half"]:
        if row["subjects"] < 5:
            assert set(row) == {"group", "subjects", "reason"}


def test_the_engine_makes_the_pipelines_templates(faces: Path) -> None:
    path = faces / "lisa" / "2.jpg"
    found = extract_face(Job(str(path), hashlib.sha256(path.read_bytes()).hexdigest()))
    expected = pipeline.reference(load(path), gate.NONE).embedding
    assert expected is not None
    assert found.reference == expected.tobytes()
    assert extract_face(Job(str(path), "0" * 64)).failure == "unreadable"


def test_an_interrupted_run_goes_on_and_leaves_nothing_behind(faces: Path, tmp_path: Path) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    options = Options(faces, out, "all-pairs", cache=cache)
    engine = face_engine()
    done: list[Job] = []

    def stop(job: Job) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(job)
        return engine.extract(job)

    with pytest.raises(KeyboardInterrupt):
        evaluate(options, replace(engine, extract=stop), say)
    assert (cache / CACHE_NAME).exists()
    said: list[str] = []
    whole = evaluate(options, engine, said.append)
    assert any("3 of" in line for line in said)
    fresh = evaluate(Options(faces, tmp_path / "other", "all-pairs"), engine, say)
    for name in ("eer", "thresholds", "fnmr_at_fmr", "det", "impostor", "genuine"):
        assert whole[name] == fresh[name]
    assert not (cache / CACHE_NAME).exists()
    assert not (out / KEY_NAME).exists()


class Check(HTMLParser):
    """Collects what a report must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.levels: list[int] = []
        self.headless = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = dict(attributes)
        if "src" in names or (tag in ("link", "script", "img", "iframe")):
            self.loads.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.levels.append(int(tag[1]))
        if tag == "th" and "scope" not in names:
            self.headless += 1
        href = names.get("href")
        if href is not None and not href.startswith("#"):
            self.loads.append(href)


def test_the_report_is_one_file_in_order_that_loads_nothing(results: dict[str, Any]) -> None:
    text = page(results)
    check = Check()
    check.feed(text)
    assert check.loads == []
    assert "url(" not in text
    assert check.levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(check.levels, check.levels[1:], strict=False))
    assert check.headless == 0
    for heading in ("What this means", "Why these scores would fail as a search", "For the auditor"):
        assert heading in text


def test_names_from_the_folder_are_escaped(results: dict[str, Any]) -> None:
    hostile = {**results, "exclusions": {"counts": {"x": 1}, "listed": [["<script>a</script>", "x", "<b>"]]}}
    assert "<script>" not in page(hostile)


def test_the_chance_of_a_false_hit() -> None:
    assert false_hit(1e-4, 1) == pytest.approx(1e-4)
    assert false_hit(1e-4, 10_000) == pytest.approx(0.632, abs=1e-3)


def test_the_command_writes_both_files_and_refuses_nonsense(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = tmp_path / "small"
    for name in ("lisa/2.jpg", "lisa/3.jpg"):
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_bytes((faces / name).read_bytes())
    out = tmp_path / "out"
    assert main(["evaluate", "face", str(small), "--out", str(out)]) == 4
    assert "1 subject" in capsys.readouterr().err
    other = next(one for one in sorted(faces.iterdir()) if one.name != "lisa")
    (small / "other").mkdir()
    (small / "other" / "1.jpg").write_bytes(next(iter(sorted(other.iterdir()))).read_bytes())
    assert main(["evaluate", "face", str(small), "--out", str(out), "--json"]) == 0
    written = json.loads((out / "results.json").read_text())
    assert written == json.loads(capsys.readouterr().out)
    assert written["impostor"] == 2
    assert "not stated" in (out / "report.html").read_text()
    assert main(["evaluate", "face", str(small), "--out", str(small / "inside")]) == 64
    with pytest.raises(SystemExit, match="64"):  # it takes no number
        main(["evaluate", "face", str(small), "--out", str(out), "--audit-labels", "20"])
    assert main(["evaluate", "face", str(tmp_path / "none"), "--out", str(out)]) == 4


def test_presentation_attacks_are_stated_by_instrument(tmp_path: Path) -> None:
    root, out = tmp_path / "pad", tmp_path / "out"
    root.mkdir()
    rows = [f"p{i},bona_fide,{'bona_fide' if i else 'attack'}" for i in range(20)]
    rows += [f"p{i},print,{'bona_fide' if i < 2 else 'attack'}" for i in range(10)]
    rows += [f"p{i},screen,{'accepted' if i < 5 else 'no_response'}" for i in range(10)]
    (root / "results.csv").write_text("subject,instrument,outcome\n" + "\n".join(rows))
    assert main(["evaluate", "pad", str(root), "--out", str(out)]) == 0
    found = json.loads((out / "results.json").read_text())
    assert found["bpcer"]["value"] == pytest.approx(0.05)
    by_name = {each["instrument"]: each for each in found["instruments"]}
    assert by_name["print"]["apcer"]["value"] == pytest.approx(0.2)
    assert by_name["screen"]["iapar"]["value"] == pytest.approx(0.5)
    assert found["apcer"] == by_name["screen"]["apcer"]
    assert "never averaged" in (out / "report.html").read_text()
    (root / "results.csv").write_text("subject,instrument,outcome\na,print,maybe\n")
    assert main(["evaluate", "pad", str(root), "--out", str(out)]) == 4
