"""The gates: exactly one face, fit to be used, or a named finding with its number and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety.face import gate, pipeline
from moiety.face.detect import detect
from moiety.face.gate import ENROL, NONE, VERIFY, Gate, findings_of
from moiety.face.quality import FaceQuality, measures
from moiety.findings import Finding
from moiety.image import Image, load

Face = Callable[[str], Image]
Pixels = NDArray[np.uint8]

LONDON = [
    f"london/{who}/{how}"
    for who in ("005", "025", "061", "066", "101", "139")
    for how in ("neutral", "smiling")
]


@pytest.fixture(scope="module")
def good(face: Face) -> FaceQuality:
    """The measures of a picture that passes both gates."""
    quality = pipeline.probe(face("lisa/1"), VERIFY).quality
    assert quality is not None
    return quality


def found(pixels: NDArray[Any], asked: Gate) -> dict[str, Finding]:
    rounded = np.ascontiguousarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    sample = pipeline.probe(load(rounded), asked)
    assert (sample.embedding is None) == bool(sample.findings)
    return {one.code: one for one in sample.findings}


def on_grey(picture: Image, scale: float) -> Pixels:
    """The picture shrunk, on a grey one of the size it had: the same person further away."""
    small = cv2.resize(picture.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.full_like(picture.rgb, 128)
    whole[100 : 100 + small.shape[0], 100 : 100 + small.shape[1]] = small
    return whole


@pytest.mark.parametrize("name", [*LONDON, *(f"lisa/{number}" for number in range(1, 5))])
def test_a_good_picture_passes_both_gates(name: str, face: Face) -> None:
    for asked in (ENROL, VERIFY):
        sample = pipeline.probe(face(name), asked)
        assert sample.findings == ()
        assert sample.embedding is not None
        assert np.linalg.norm(sample.embedding) == pytest.approx(1, abs=1e-5)


def test_two_faces_are_one_too_many(face: Face) -> None:
    both = np.hstack([face("london/101/neutral").rgb, face("london/139/neutral").rgb])
    for asked in (ENROL, VERIFY):
        (finding,) = found(both, asked).values()
        assert (finding.code, finding.measured, finding.limit) == ("several-faces", 2, 1)
        assert "2 faces" in finding.text


def test_a_small_bystander_is_not_overlooked(face: Face) -> None:
    whole = face("london/101/neutral").rgb.copy()
    whole[:128, :128] = cv2.resize(face("london/139/neutral").rgb, (128, 128), interpolation=cv2.INTER_AREA)
    assert set(found(whole, VERIFY)) == {"several-faces"}


@pytest.mark.parametrize("asked", [ENROL, VERIFY, NONE], ids=lambda one: str(one.name))
@pytest.mark.parametrize("what", ["grey", "noise", "stripes"])
def test_no_face_is_said(what: str, asked: Gate) -> None:
    pictures = {
        "grey": np.full((480, 640, 3), 127, np.uint8),
        "noise": np.random.default_rng(3).integers(0, 256, (480, 640, 3), np.uint8),
        "stripes": np.tile(np.arange(640, dtype=np.uint8)[None, :, None], (480, 1, 3)),
    }
    (finding,) = found(pictures[what], asked).values()
    assert (finding.code, finding.measured, finding.limit) == ("no-face", 0, 1)


@pytest.mark.parametrize("asked", [ENROL, VERIFY], ids=lambda one: str(one.name))
def test_too_far_away_says_how_far(asked: Gate, face: Face) -> None:
    picture = face("london/101/neutral")
    assert asked.eye_distance is not None
    now = pipeline.probe(picture, NONE).quality
    assert now is not None
    near = found(on_grey(picture, 1.15 * asked.eye_distance / now.eye_distance), asked)
    far = found(on_grey(picture, 0.8 * asked.eye_distance / now.eye_distance), asked)
    assert "too-far" not in near
    finding = far["too-far"]
    assert finding.limit == asked.eye_distance
    assert finding.measured == pytest.approx(0.8 * asked.eye_distance, rel=0.12)
    assert f"{finding.measured:.0f} px" in finding.text
    assert f"{finding.limit:.0f} are needed" in finding.text


def test_between_the_gates_a_face_may_be_verified_and_not_enrolled(face: Face) -> None:
    halved = on_grey(face("london/101/neutral"), 0.5)
    assert "too-far" in found(halved, ENROL)
    assert found(halved, VERIFY) == {}


def test_darkness_that_hides_the_face_is_refused(face: Face) -> None:
    rng = np.random.default_rng(5)
    rgb = face("london/101/neutral").rgb
    for gain in (0.03, 0.01, 0.0):
        assert found(rgb * gain + rng.normal(0, 4, rgb.shape), ENROL)


@pytest.mark.parametrize("name", ["london/101/neutral", "london/025/neutral", "lisa/1"])
@pytest.mark.parametrize("gain", [0.4, 0.6, 0.8])
def test_nobody_is_refused_for_mean_brightness(name: str, gain: float, face: Face) -> None:
    """A face at two fifths of its brightness keeps its detail, as darker skin does."""
    assert found(face(name).rgb * gain, ENROL) == {}


def test_light_that_burns_the_face_out_is_named(face: Face) -> None:
    burnt = found(face("london/101/neutral").rgb * 3.0, VERIFY)["too-bright"]
    assert burnt.measured is not None
    assert burnt.limit is not None
    assert burnt.measured > burnt.limit > 0


@pytest.mark.parametrize("name", ["london/101/neutral", "london/005/smiling", "lisa/1", "lisa/2"])
def test_a_blurred_picture_cannot_be_enrolled(name: str, face: Face) -> None:
    """By 0.15 of the eye distance: at that blur strangers resemble each other (design, section 4)."""
    picture = face(name)
    (sharp,) = detect(picture)
    assert found(cv2.GaussianBlur(picture.rgb, (0, 0), 0.15 * sharp.eye_distance), ENROL)


def test_blur_is_named_with_its_number(face: Face) -> None:
    for asked in (ENROL, VERIFY):
        finding = found(cv2.GaussianBlur(face("london/101/smiling").rgb, (0, 0), 10), asked)["blurred"]
        assert finding.measured is not None
        assert finding.limit is not None
        assert finding.measured < finding.limit


def test_the_enrolment_gate_wants_more_detail_than_the_other(face: Face) -> None:
    rgb = face("london/101/neutral").rgb
    first = {
        asked.name: next(s for s in range(1, 30) if found(cv2.GaussianBlur(rgb, (0, 0), s), asked))
        for asked in (ENROL, VERIFY)
    }
    assert first["enrol"] < first["verify"]


def test_strong_noise_is_refused(face: Face) -> None:
    rgb = face("london/101/neutral").rgb
    noisy = rgb + np.random.default_rng(5).normal(0, 70, rgb.shape)
    assert set(found(noisy, ENROL)) & {"too-noisy", "unclear-face", "no-face"}


@pytest.mark.parametrize("asked", [ENROL, VERIFY], ids=lambda one: str(one.name))
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_face_cut_off_by_the_edge_is_named(side: str, asked: Gate, face: Face) -> None:
    picture = face("london/101/neutral")
    (whole,) = detect(picture)
    eyes, mouth = whole.landmarks[:2], whole.landmarks[3:]
    gap = int(whole.eye_distance / 10)
    cuts = {
        "left": picture.rgb[:, int(eyes[0, 0]) - gap :],
        "right": picture.rgb[:, : int(eyes[1, 0]) + gap],
        "top": picture.rgb[int(eyes[0, 1]) - gap :],
        "bottom": picture.rgb[: int(mouth[0, 1]) + gap // 2],
    }
    codes = found(cuts[side], asked)
    assert set(codes) & {"cut-off", "no-face"}
    if "cut-off" in codes:
        assert "%" in codes["cut-off"].text


# --- each limit by itself ----------------------------------------------------------------------------------


CODES = {
    "eye_distance": "too-far",
    "detector_score": "unclear-face",
    "nose_offset": "turned-away",
    "outside": "cut-off",
    "sharpness": "blurred",
    "noise": "too-noisy",
    "flatness": "too-compressed",
    "shadows": "too-dark",
    "lights": "too-bright",
    "strength": "weak-face",
}
FLOORS = {"eye_distance", "detector_score", "sharpness", "strength"}


@pytest.mark.parametrize("asked", [ENROL, VERIFY], ids=lambda one: str(one.name))
@pytest.mark.parametrize("name", sorted(CODES))
def test_each_limit_holds_at_its_number_and_not_beyond(name: str, asked: Gate, good: FaceQuality) -> None:
    limit = getattr(asked, name)
    if limit is None:
        pytest.skip(f"the gate {asked.name} asks for no {name}")
    beyond = np.nextafter(limit, -np.inf if name in FLOORS else np.inf)
    assert CODES[name] not in {one.code for one in findings_of(replace(good, **{name: limit}), asked)}
    (finding,) = (
        one for one in findings_of(replace(good, **{name: beyond}), asked) if one.code == CODES[name]
    )
    assert (finding.measured, finding.limit) == (beyond, limit)
    assert any(digit.isdigit() for digit in finding.text)
    assert finding.text.endswith((".", ")."))


@pytest.mark.parametrize("name", sorted(set(CODES) - {"strength"}))
def test_a_measure_that_is_no_number_never_passes(name: str, good: FaceQuality) -> None:
    assert CODES[name] in {one.code for one in findings_of(replace(good, **{name: float("nan")}), ENROL)}


def test_an_unknown_strength_passes(good: FaceQuality) -> None:
    """Nobody measured how strong the signal of an operator's own model has to be."""
    unknown = replace(good, strength=float("nan"))
    assert findings_of(unknown, ENROL) == ()
    assert "strength" not in measures(unknown)


def test_the_enrolment_gate_is_nowhere_laxer() -> None:
    for name in CODES:
        strict, lax = getattr(ENROL, name), getattr(VERIFY, name)
        if lax is not None:
            assert strict is not None
            assert (strict >= lax) if name in FLOORS else (strict <= lax)
    assert ENROL.single
    assert VERIFY.single


def test_every_measure_is_reported_by_name(good: FaceQuality) -> None:
    named = measures(good)
    assert set(named) == {field.name for field in fields(FaceQuality)}
    assert set(CODES) <= set(named)
    assert all(type(value) is float for value in named.values())


def test_without_a_gate_the_central_face_is_taken(face: Face) -> None:
    """Only evaluation does so, on collections whose protocol says it."""
    left, right = face("london/101/neutral"), face("london/139/neutral")
    wide = load(np.hstack([left.rgb, right.rgb, np.full((640, 640, 3), 128, np.uint8)]))
    chosen, findings = gate.pick(detect(wide), wide, NONE)
    assert chosen is not None
    assert findings == ()
    assert 640 < chosen.centre[0] < 1280
