"""Fingers are calibrated as faces are: folders in, tables out that decisions read, and what these show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety.decision.calibration import Tables, read
from moiety.errors import UsageError
from moiety.evaluate.calibrating import Plan, Source, calibrate
from moiety.evaluate.engines import Engine, Extracted, Job

FINGERS, SCANS = 16, 3
RECIPE = Path(__file__).parents[2] / "benchmarks" / "shipped_finger_tables.json"


def read_number(job: Job) -> Extracted:
    """A stand-in for the network: the file's number is the template."""
    text = Path(job.path).read_bytes()
    return Extracted(text, text, "", (), (), None, 0.0)


def closeness(reference: bytes, probe: bytes) -> float:
    """A stand-in for the matcher: 0 to 1 by how near two numbers lie."""
    return float(np.exp(-abs(float(reference) - float(probe))))


ENGINE = Engine("finger", "stand-in", {"stand-in": "0" * 64}, read_number, closeness)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Source, ...]:
    random = np.random.default_rng(3)
    sources = []
    for name in ("one", "two"):
        for finger in range(FINGERS):
            place = tmp_path / name / f"{finger:03}"
            place.mkdir(parents=True)
            centre = random.uniform(0, 12)
            for scan in range(SCANS):
                # Captures are told by their suffix; the stand-in reads only the number within.
                (place / f"{scan}.png").write_text(f"{centre + random.normal(0, 0.05):.6f}")
        sources.append(Source(name, tmp_path / name))
    return tuple(sources)


def test_small_sets_are_pooled_and_the_table_says_what_they_show(
    folders: tuple[Source, ...], tmp_path: Path
) -> None:
    (document,) = calibrate(Plan("site", folders, (1,)), ENGINE, tmp_path, lambda _: None)
    pairs = 2 * FINGERS * (FINGERS - 1) // 2
    assert [one["name"] for one in document["sets"]] == ["all sets pooled", "one", "two"]
    assert document["counts"]["people_pairs"] == pairs
    table = read(json.dumps(document).encode())
    assert table.measured_to == pytest.approx(3 / pairs)
    assert table.modality == "finger"
    assert table.fmr(0.99).value < table.fmr(0.2).value
    # Half of the fingers are too few to shape a ratio: that is said, and no rate is made up.
    assert "too few" in document["held_back"]["reason"]


def test_a_fingers_reference_is_one_print(folders: tuple[Source, ...], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one print"):
        calibrate(Plan("site", folders, (1, 2)), ENGINE, tmp_path, lambda _: None)


def test_the_shipped_table_is_the_recipes_and_marks_its_tail() -> None:
    recipe = json.loads(RECIPE.read_text())
    table = Tables.shipped().find("finger", "leader-2026", 1)
    assert table.name.startswith(recipe["name"])
    assert all(row["name"] in table.fitted_on for row in recipe["sets"])
    assert table.counts["people"] == 46
    assert table.measured_to == pytest.approx(3 / 255)
    assert not table.fmr(0.068).measured
    assert table.fmr(0.0).measured
    assert table.llr_cap() == pytest.approx(np.log(255 / 3))


@pytest.mark.data
def test_the_shipped_table_lies_above_what_is_counted(
    data_folder: Path, engine_scores: Callable[..., Any]
) -> None:
    table = Tables.shipped().find("finger", "leader-2026", 1)
    impostor = engine_scores(data_folder / "fingers" / "fvc2004_db3_b", fingers=6, scans=2)
    assert len(impostor) == 60
    # Sixty comparisons of one set scatter about its curve; the table is the envelope of all sets.
    for threshold in np.quantile(impostor, (0.5, 0.8, 0.95)):
        assert table.fmr(float(threshold)).value >= 0.5 * float((impostor >= threshold).mean())


@pytest.fixture
def engine_scores() -> Callable[..., Any]:
    from moiety.evaluate.engines import extract_finger, score_fingers

    def scores(root: Path, *, fingers: int, scans: int) -> Any:
        import hashlib

        found: list[list[bytes]] = []
        for folder in sorted(root.iterdir())[:fingers]:
            paths = sorted(folder.glob("*.png"))[:scans]
            jobs = [Job(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]
            found.append([extract_finger(job).reference for job in jobs])
        return np.array([
            score_fingers(a, b)
            for i, one in enumerate(found) for other in found[i + 1 :] for a in one for b in other
        ])  # fmt: skip

    return scores
