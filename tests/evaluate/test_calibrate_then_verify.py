"""docs/how-to/calibrate.md from end to end: a site's own tables, and the decision that names them."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PEOPLE = 30
"""The fewest that docs/how-to/calibrate.md asks for."""

ENROLLED = ("lisa/1", "lisa/2")
"""Nobody of the London set, on whom the tables are fitted."""


@pytest.mark.data
def test_a_site_calibrates_enrols_and_verifies(
    data_folder: Path, stage: Any, moiety: Callable[..., Any], tmp_path: Path
) -> None:
    captures = tmp_path / "captures"
    for person in sorted(each for each in (data_folder / "faces" / "london").iterdir() if each.is_dir())[
        :PEOPLE
    ]:
        shutil.copytree(person, captures / person.name)
    assert len(list(captures.glob("*/*.jpg"))) == 2 * PEOPLE
    code = stage.folder / "two.png"
    faces = [part for name in ENROLLED for part in ("--face", stage.face(name))]
    enrolled = moiety(
        "enrol", "--home", stage.home, "--consent", stage.folder / "consent.json", "--out", code, *faces
    )
    assert enrolled.code == 0, enrolled.err

    def verify(picture: str) -> tuple[int, dict[str, Any]]:
        ran = moiety("verify", code, "--home", stage.home, "--face", stage.face(picture),
                     "--liveness", "none", "--json")  # fmt: skip
        return ran.code, json.loads(ran.out)

    shipped = verify("lisa/3")[1]["face"]
    calibrated = moiety("calibrate", "face", captures, "--name", "our-front-desk",
                        "--out", stage.home / "calibration")  # fmt: skip
    assert calibrated.code == 0, calibrated.err
    names = [f"our-front-desk-{count}" for count in ("1-picture", "2-pictures", "3-pictures")]
    assert sorted(path.stem for path in (stage.home / "calibration").iterdir()) == names
    table = json.loads((stage.home / "calibration" / f"{names[1]}.json").read_text())
    pairs = PEOPLE * (PEOPLE - 1) // 2
    assert table["sets"][0]["people_pairs"] == pairs
    assert math.isclose(table["measured_to"], 3 / pairs)

    code_same, same = verify("lisa/3")
    code_other, other = verify("london/101/neutral")
    assert (code_same, code_other) == (0, 1)
    assert same["face"]["calibration"] == other["face"]["calibration"] == names[1]
    assert shipped["calibration"] != names[1]
    assert same["face"]["score"] == shipped["score"]
    shutil.rmtree(stage.home / "calibration")
    assert verify("lisa/3")[1]["face"] == shipped
