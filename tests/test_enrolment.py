"""Enrolment, in Python: consent first, every picture fit, all of one person; else nothing is issued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from moiety import Consent, Credential, enrol
from moiety.credential.check import check, open_contents
from moiety.credential.home import Issuer
from moiety.decision import parameters
from moiety.errors import (
    ConsentError,
    ImageUnreadable,
    MoietyError,
    PicturesDisagree,
    QualityRefused,
    UsageError,
)
from moiety.face import pipeline
from moiety.face.template import FaceTemplate
from moiety.image import Image, load

DAY = 86_400
Stage = Any  # the fixture of tests/conftest.py
Face = Callable[[str], Image]


def agreed(**changes: Any) -> Consent:
    return Consent.given("tests of enrolment", **changes)


def issued_codes(stage: Stage) -> int:
    from moiety.credential.register import Register

    with Register(stage.home / "register.sqlite3") as register:
        return sum(len(register.statuses(number)) for number in register.lists())


def test_what_is_sealed_is_one_template_and_the_consents_hash(stage: Stage, face: Face) -> None:
    consent = agreed()
    pictures = [face("lisa/1"), face("lisa/2"), face("lisa/3")]
    credential = enrol(face=pictures, consent=consent, issuer=stage.issuer)
    assert isinstance(credential, Credential)
    contents = open_contents(check(credential, stage.trust), stage.trust)
    assert contents.consent_hash == consent.commitment()
    (one,) = contents.templates
    assert (one.modality, one.model, one.samples, one.position) == ("face", "sface-2021dec-int8bq", 3, 0)
    assert len(one.data) == 128
    assert len(credential.text) <= 816  # version 18-M, ISO/IEC 18004:2015, table 7
    assert credential.version is not None
    assert credential.version <= 18
    FaceTemplate.from_bytes(one.data, model=one.model, samples=one.samples)


def test_pictures_may_be_paths_bytes_arrays_or_images(stage: Stage, picture: Callable[[str], bytes]) -> None:
    sources = [stage.face("lisa/1"), picture("lisa/2"), load(picture("lisa/3")).rgb, load(picture("lisa/4"))]
    credential = enrol(face=sources, consent=agreed(), issuer=stage.issuer)
    (one,) = open_contents(check(credential, stage.trust), stage.trust).templates
    assert one.samples == 4


def test_one_picture_is_taken_only_when_asked_for_by_name(stage: Stage, face: Face) -> None:
    for source in (face("lisa/1"), [face("lisa/1")]):
        with pytest.raises(UsageError, match="at least two") as refused:
            enrol(face=source, consent=agreed(), issuer=stage.issuer)
        assert "--single" in refused.value.remedy
    credential = enrol(face=face("lisa/1"), consent=agreed(), issuer=stage.issuer, single=True)
    (one,) = open_contents(check(credential, stage.trust), stage.trust).templates
    assert one.samples == 1


@pytest.mark.parametrize("single", [True, False])
def test_no_picture_and_six_pictures_are_refused(single: bool, stage: Stage, face: Face) -> None:
    for pictures in ([], [face("lisa/1")] * 6):
        with pytest.raises(UsageError):
            enrol(face=pictures, consent=agreed(), issuer=stage.issuer, single=single)


# --- consent -----------------------------------------------------------------------------------------------


def never(*_: object, **__: object) -> None:
    raise AssertionError("a picture was looked at before consent")


WITHOUT: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "a dictionary": lambda: {"purpose": "x"},
    "True": lambda: True,
    "withdrawn": lambda: replace(agreed(), withdrawn_at=1),
    "expired": lambda: agreed(now=1_500_000_000),
    "future": lambda: agreed(now=4_000_000_000),
    "fingers only": lambda: agreed(modalities=("finger",)),
}


@pytest.mark.parametrize("which", sorted(WITHOUT))
def test_without_consent_no_picture_is_looked_at(
    which: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "reference", never)
    monkeypatch.setattr("moiety.image._decode", never)
    with pytest.raises(ConsentError):
        enrol(face=[stage.face("lisa/1")] * 2, consent=WITHOUT[which](), issuer=stage.issuer)


def test_consent_is_required_by_the_signature(stage: Stage, face: Face) -> None:
    with pytest.raises(TypeError, match="consent"):
        enrol(face=[face("lisa/1")] * 2, issuer=stage.issuer)  # type: ignore[call-arg]


def test_no_code_outlives_its_consent(stage: Stage, face: Face) -> None:
    two = [face("lisa/1"), face("lisa/2")]
    consent = agreed(days=10)
    credential = enrol(face=two, consent=consent, issuer=stage.issuer)
    assert credential.claims.expires <= consent.expires_at + DAY
    shorter = enrol(face=two, consent=consent, issuer=stage.issuer, valid_days=3)
    assert shorter.claims.expires < credential.claims.expires
    with pytest.raises(ConsentError, match="covers"):
        enrol(face=two, consent=consent, issuer=stage.issuer, valid_days=11)


# --- pictures ----------------------------------------------------------------------------------------------


def poor(kind: str, face: Face) -> Image:
    rgb = face("lisa/2").rgb
    rng = np.random.default_rng(4)
    small = cv2.resize(rgb, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    far = np.full_like(rgb, 128)
    far[: small.shape[0], : small.shape[1]] = small
    bystander = cv2.resize(face("london/139/neutral").rgb, (200, 200), interpolation=cv2.INTER_AREA)
    two = rgb.copy()
    two[:200, :200] = bystander
    kinds = {
        "no face": np.full_like(rgb, 90),
        "two faces": np.hstack([rgb, np.vstack([bystander, np.full((600, 200, 3), 90, np.uint8)])]),
        "too far": far,
        "blurred": cv2.GaussianBlur(rgb, (0, 0), 14),
        "too dark": np.clip(rgb * 0.02 + rng.normal(0, 3, rgb.shape), 0, 255),
        "too bright": np.clip(rgb * 5.0, 0, 255),
    }
    return load(np.ascontiguousarray(kinds[kind].astype(np.uint8)))


@pytest.mark.parametrize("kind", ["no face", "two faces", "too far", "blurred", "too dark", "too bright"])
def test_a_poor_picture_stops_the_enrolment_and_is_named(kind: str, stage: Stage, face: Face) -> None:
    before = issued_codes(stage)
    with pytest.raises(QualityRefused, match=r"^Picture 2: ") as refused:
        enrol(face=[face("lisa/1"), poor(kind, face)], consent=agreed(), issuer=stage.issuer)
    assert refused.value.remedy
    assert len(str(refused.value)) > 40  # what is wrong, and what to do
    assert issued_codes(stage) == before


def test_pictures_of_two_people_are_not_one_person(stage: Stage, face: Face) -> None:
    pictures = [face("lisa/1"), face("london/101/neutral")]
    before = issued_codes(stage)
    for mixed in (pictures, [*pictures, face("lisa/2")], [face("lisa/2"), *pictures]):
        with pytest.raises(PicturesDisagree, match="do not match each other"):
            enrol(face=mixed, consent=agreed(), issuer=stage.issuer)
    assert issued_codes(stage) == before


def test_one_picture_given_twice_is_not_two(stage: Stage, face: Face) -> None:
    with pytest.raises(PicturesDisagree, match="1 and 3 are one picture"):
        enrol(face=[face("lisa/1"), face("lisa/2"), face("lisa/1")], consent=agreed(), issuer=stage.issuer)


def test_the_self_check_asks_for_the_default_rate() -> None:
    assert parameters.SELF_CHECK_FMR <= parameters.DEFAULT_FMR


def test_a_picture_that_cannot_be_read(stage: Stage, picture: Callable[[str], bytes]) -> None:
    whole = picture("lisa/2")
    for broken in (b"", whole[:2000], b"a letter", stage.folder / "none.jpg"):
        with pytest.raises(ImageUnreadable):
            enrol(face=[picture("lisa/1"), broken], consent=agreed(), issuer=stage.issuer)


def test_a_verifiers_home_issues_nothing(tmp_path: Any) -> None:
    from moiety.credential.home import create_home

    create_home(tmp_path / "v", issuer_uri=None, role="verifier")
    with pytest.raises(MoietyError):
        Issuer.open(tmp_path / "v")
