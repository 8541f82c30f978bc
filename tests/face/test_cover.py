"""Covered eyes and mouths are named, clean faces are not, and darkness isn't taken for compression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.covers import COVERS, cover, only_face

from moiety.face import gate, pipeline
from moiety.guidance import hint_for, look, parameters
from moiety.image import Image, load

Face = Callable[[str], Image]
PEOPLE = ("005", "025", "061", "066", "101", "139")


def codes(image: Image, limits: gate.Gate) -> set[str]:
    return {one.code for one in pipeline.probe(image, limits).findings}


def covered(image: Image, name: str, seed: int) -> Image:
    face = only_face(image)
    assert face is not None
    return cover(image, face, COVERS[name][1], np.random.default_rng([11, seed]))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("expression", ["neutral", "smiling"])
def test_a_clean_face_is_covered_by_nothing(face: Face, person: str, expression: str) -> None:
    image = face(f"london/{person}/{expression}")
    assert not codes(image, gate.ENROL) & {"covered-eyes", "covered-mouth"}
    assert hint_for(look(image)).code not in {"uncover", "uncover-eyes", "uncover-mouth"}


@pytest.mark.parametrize("name", COVERS)
def test_a_cover_is_named_by_the_part_that_it_hides(face: Face, name: str) -> None:
    part = COVERS[name][0]
    named = [
        codes(covered(face(f"london/{one}/neutral"), name, at), gate.ENROL) for at, one in enumerate(PEOPLE)
    ]
    assert sum(f"covered-{part}" in one for one in named) >= len(PEOPLE) - 1


def test_sunglasses_pass_neither_gate(face: Face) -> None:
    for at, person in enumerate(PEOPLE):
        image = covered(face(f"london/{person}/smiling"), "sunglasses", at)
        assert "covered-eyes" in codes(image, gate.ENROL) & codes(image, gate.VERIFY)


def test_a_dark_picture_is_dark_and_not_compressed(face: Face) -> None:
    for person in PEOPLE:
        dark = load((face(f"london/{person}/neutral").rgb * 0.15).astype(np.uint8))
        assert "too-compressed" not in codes(dark, gate.ENROL)
        assert "too-dark" in codes(dark, gate.ENROL)


def test_live_hints_and_the_verification_gate_have_the_same_limits() -> None:
    limits = gate.VERIFY.covered_eyes, gate.VERIFY.covered_both, gate.VERIFY.covered_mouth
    assert limits == (parameters.COVERED_EYES, parameters.COVERED_BOTH, parameters.COVERED_MOUTH)


@pytest.mark.parametrize(
    ("measured", "code", "hint"),
    [
        ({"covered_eyes": 3.1}, "covered-eyes", "uncover-eyes"),
        ({"covered_both": 0.9}, "covered-eyes", "uncover-eyes"),
        ({"covered_mouth": 1.6}, "covered-mouth", "uncover-mouth"),
        ({"covered_eyes": 2.9, "covered_both": 0.7, "covered_mouth": 1.4}, "", ""),
    ],
)
def test_each_measure_of_a_cover_is_said_live_and_at_the_gate(
    face: Face, measured: dict[str, float], code: str, hint: str
) -> None:
    sight = look(face(f"london/{PEOPLE[0]}/neutral"))
    assert sight.quality is not None
    quality = replace(sight.quality, **measured)
    found = [one.code for one in gate.findings_of(quality, gate.VERIFY) if one.code.startswith("covered")]
    assert found == ([code] if code else [])
    said = hint_for(replace(sight, quality=quality)).code
    assert said == hint if hint else not said.startswith("uncover")
