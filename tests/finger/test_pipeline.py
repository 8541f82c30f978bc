from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.errors import ImageUnreadable, UsageError
from moiety.finger import parameters as p
from moiety.finger.matcher import compare
from moiety.finger.pipeline import FingerExtraction, FingerTrace, Print, extract, extract_each, select
from moiety.finger.quality import ENROL, NONE, VERIFY, FingerGate
from moiety.finger.template import FingerTemplate
from moiety.image import SCANS, Image, load

from .conftest import make_minutiae

Pixels = NDArray[np.uint8]
FINGERS = ("101/1", "101/4", "105/1", "105/3")


@pytest.fixture(scope="module")
def scans(data_folder: Path) -> dict[str, Image]:
    """Two impressions each of two fingers of FVC2002 DB1."""
    folder = data_folder / "fingers" / "fvc2002_db1_b"
    return {name: load(folder / f"{name}.png", formats=SCANS) for name in FINGERS}


@pytest.fixture(scope="module")
def extracted(scans: dict[str, Image]) -> dict[str, FingerExtraction]:
    return dict(zip(scans, extract_each([Print(one) for one in scans.values()]), strict=True))


def template_of(found: FingerExtraction) -> FingerTemplate:
    assert found.template is not None, found.findings
    return found.template


@pytest.mark.data
def test_impressions_of_a_finger_match_and_others_do_not(extracted: dict[str, FingerExtraction]) -> None:
    made = {name: template_of(one) for name, one in extracted.items()}
    genuine = [compare(made["101/1"], made["101/4"]), compare(made["105/1"], made["105/3"])]
    impostor = [compare(made[a], made[b]) for a in FINGERS[:2] for b in FINGERS[2:]]
    assert min(genuine) > 2 * max(impostor)
    assert all(len(one.to_bytes()) <= 150 and one.minutiae >= p.ENROL_MINUTIAE for one in made.values())


@pytest.mark.data
def test_quality_of_a_good_scan(extracted: dict[str, FingerExtraction]) -> None:
    quality = extracted["101/1"].quality
    assert extracted["101/1"].findings == ()
    assert quality.resolution == "stated"
    assert 7 < quality.ridge_period < 12
    assert quality.area > p.ENROL_AREA
    assert quality.certainty > p.ENROL_CERTAINTY
    assert repr(extracted["101/1"]) == "FingerExtraction(findings=[])"


@pytest.mark.data
def test_one_by_one_is_as_all_at_once(
    scans: dict[str, Image], extracted: dict[str, FingerExtraction]
) -> None:
    alone = extract(scans["101/4"], position=3)
    assert template_of(alone).to_bytes() == template_of(extracted["101/4"]).to_bytes()
    assert template_of(alone).position == 3


@pytest.mark.data
@pytest.mark.parametrize("quarters", [1, 2])
def test_a_turned_or_upside_down_scan_still_compares(
    scans: dict[str, Image], extracted: dict[str, FingerExtraction], quarters: int
) -> None:
    """A quarter turn also shows that angles run anticlockwise: with the other sense nothing would match."""
    turned = extract(np.ascontiguousarray(np.rot90(scans["101/1"].rgb, quarters)), ppi=500)
    assert turned.findings == ()
    assert compare(template_of(extracted["101/4"]), template_of(turned)) > 0.1


@pytest.mark.data
def test_a_wrong_resolution_is_found_and_a_missing_one_is_measured(
    scans: dict[str, Image], extracted: dict[str, FingerExtraction]
) -> None:
    grey = cv2.cvtColor(scans["101/1"].rgb, cv2.COLOR_RGB2GRAY)
    larger = cv2.resize(grey, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC)
    wrong = extract(larger, ppi=500)
    assert wrong.template is None
    assert wrong.findings[0].code == "wrong-resolution"
    shrunk = extract(grey, ppi=1200)
    assert "wrong-resolution" in {one.code for one in shrunk.findings}
    measured = extract(larger)
    assert measured.quality.resolution == "measured"
    assert compare(template_of(measured), template_of(extracted["101/4"])) > 0.1
    right = extract(larger, ppi=1000)
    assert compare(template_of(right), template_of(extracted["101/4"])) > 0.1


@pytest.mark.data
def test_a_corner_of_a_print_is_too_little_to_enrol(scans: dict[str, Image]) -> None:
    grey = cv2.cvtColor(scans["101/1"].rgb, cv2.COLOR_RGB2GRAY)
    corner = extract(np.ascontiguousarray(grey[150:230, 150:230]), ppi=500, gate=ENROL)
    assert corner.template is None
    assert {one.code for one in corner.findings} & {"print-too-small", "too-few-minutiae"}


@pytest.mark.parametrize("gate", [ENROL, VERIFY, NONE])
@pytest.mark.parametrize("level", [0, 200, 255])
def test_an_empty_picture_shows_no_print(level: int, gate: FingerGate) -> None:
    found = extract(np.full((128, 128), level, np.uint8), gate=gate)
    assert found.template is None
    assert [one.code for one in found.findings] == ["no-print"]


def test_noise_shows_no_print() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    assert [one.code for one in extract(noise, ppi=500).findings] == ["no-print"]


def test_parallel_lines_are_no_finger() -> None:
    x = np.mgrid[:256, :256][1]
    lines = (128 + 100 * np.cos(2 * np.pi / 9 * x)).astype(np.uint8)
    found = extract(lines, ppi=500)
    assert found.template is None
    assert {one.code for one in found.findings} & {"no-minutiae", "too-few-minutiae"}


@pytest.mark.parametrize("ppi", [99.0, 2501.0, 0.0, -1.0, float("nan"), float("inf")])
def test_refuses_an_impossible_resolution(ppi: float) -> None:
    with pytest.raises(UsageError):
        extract(np.zeros((64, 64), np.uint8), ppi=ppi)


def test_refuses_what_is_no_picture() -> None:
    with pytest.raises(ImageUnreadable):
        extract(np.zeros((64, 64), np.float32))


def test_nothing_in_nothing_out() -> None:
    assert extract_each([]) == []


def test_explanation_names_each_stage() -> None:
    shown: dict[str, object] = {}
    extract(np.full((64, 64), 255, np.uint8), position=3, explain=shown.__setitem__)
    trace = shown.pop("finger")
    assert isinstance(trace, FingerTrace)
    assert (trace.position, trace.grey.shape, len(trace.found), len(trace.kept)) == (3, (64, 64), 0, 0)
    assert not shown


@pytest.mark.parametrize(("sure", "kept"), [(10, 30), (30, 30), (37, 37), (60, 50)])
def test_keeps_the_sure_ones_and_fills_up_to_thirty(sure: int, kept: int) -> None:
    minutiae = make_minutiae(1, 70)
    quality = np.linspace(0.9, 0.4, 70)
    quality[sure:] = np.linspace(0.29, 0.1, 70 - sure)
    found = select(type(minutiae)(minutiae.x, minutiae.y, minutiae.angle, minutiae.ending, quality))
    assert len(found) == kept
    assert found.quality.min() >= 0.1
