"""Every named bad capture of a finger comes to what its index says: a finding, an error, never a match."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety import errors
from moiety.finger import capture, formats
from moiety.finger.matcher import compare
from moiety.finger.minutiae import MODEL
from moiety.finger.pipeline import extract
from moiety.finger.positions import HandShown
from moiety.finger.quality import ENROL
from moiety.finger.scan import load
from moiety.finger.template import FingerTemplate

FOLDER = Path(__file__).parent / "fingers"
INDEX: dict[str, dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))


def named(kind: str) -> list[str]:
    return sorted(name for name, case in INDEX.items() if case["kind"] == kind)


def test_the_folder_and_its_index_agree() -> None:
    assert {one.name for one in FOLDER.iterdir()} == {*INDEX, "index.json"}
    assert sum(one.stat().st_size for one in FOLDER.iterdir()) < 2_500_000
    assert all(case["why"] for case in INDEX.values())


@pytest.mark.parametrize("name", named("photograph"))
def test_a_photograph_has_its_finding_and_no_wrong_finger(name: str) -> None:
    case = INDEX[name]
    taken = capture.hand(FOLDER / name, HandShown("right"), ENROL)
    if not case["fingers"]:
        if name == "drawing.jpg" and taken.fingers:  # an outline may be a hand; it has no ridges
            assert all(one.findings and one.template is None for one in taken.fingers)
            return
        assert taken.fingers == ()
        assert taken.findings
        assert {one.code for one in taken.findings} <= set(case["codes"])
        return
    assert taken.findings == ()
    assert [one.position.label for one in taken.fingers] == [
        f"right-{finger}" for finger in ("index", "middle", "ring", "little")
    ]
    for one in taken.fingers:
        codes = [finding.code for finding in one.findings]
        if one.position.label.split("-")[1] in case["fingers"]:
            assert codes[0] in case["codes"]
            assert one.template is None
        else:
            assert codes == []
            assert one.template is not None


@pytest.mark.parametrize("name", named("scan"))
def test_a_scan_has_its_finding(name: str) -> None:
    found = extract(load(FOLDER / name), gate=ENROL)
    codes = {one.code for one in found.findings}
    assert bool(codes) == bool(INDEX[name]["codes"])
    assert not codes or codes & set(INDEX[name]["codes"])
    assert (found.template is None) == bool(codes)


def test_an_upside_down_scan_compares_all_the_same() -> None:
    upright, turned = (extract(load(FOLDER / f"{name}.png")).template for name in ("upright", "upside-down"))
    assert upright is not None
    assert turned is not None
    assert compare(upright, turned) > 0.1


@pytest.mark.parametrize("name", named("record"))
def test_a_record_is_refused(name: str) -> None:
    with pytest.raises(errors.DocumentUnreadable) as refused:
        formats.read((FOLDER / name).read_bytes(), model=MODEL)
    assert refused.value.remedy
    assert INDEX[name]["codes"] == ["DocumentUnreadable"]


@pytest.mark.parametrize("name", named("template"))
def test_a_template_is_refused_or_never_matches(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    if INDEX[name]["codes"] == ["TemplateMismatch"]:
        with pytest.raises(errors.TemplateMismatch):
            FingerTemplate.from_bytes(data, model=MODEL)
        return
    template = FingerTemplate.from_bytes(data, model=MODEL)
    whole = extract(load(FOLDER / "upright.png")).template
    assert whole is not None
    assert compare(template, template) == compare(template, whole) == 0.0


def test_the_files_can_be_made_anew() -> None:
    """Those that take no time, byte for byte; photographs depend on the JPEG encoder's version."""
    spec = importlib.util.spec_from_file_location("generate_fingers", FOLDER.parent / "generate_fingers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    made = [*module._records(), *module._templates()]
    assert {case.name for case in made} == {*named("record"), *named("template")}
    assert all((FOLDER / case.name).read_bytes() == case.data for case in made)
    assert np.all([case.why == INDEX[case.name]["why"] for case in made])
