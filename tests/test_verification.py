"""Verification, in Python: the code is checked first, the key is touched last, doubt is never acceptance."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from moiety import Consent, Credential, Policy, TrustBundle, enrol, verify
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.decision.calibration import Tables
from moiety.decision.decision import Liveness, Outcome
from moiety.decision.policy import AllOf, AnyOf, FaceMatches
from moiety.errors import (
    ClockSetBack,
    CodeMalformed,
    CodeUnreadable,
    CredentialExpired,
    CredentialNotYetValid,
    CredentialRefused,
    CredentialRevoked,
    CredentialSuspended,
    ImageUnreadable,
    IssuerUntrusted,
    MoietyError,
    PinRequired,
    PinWrong,
    SealUnopenable,
    StatusUnavailable,
    TemplateMismatch,
)
from moiety.image import Image, load

CEREMONY = importlib.import_module("moiety.verification")
PLAIN = Policy(liveness="none")
DAY = 86_400

Stage = Any  # the fixture of tests/conftest.py
Face = Callable[[str], Image]


def blurred(picture: Image) -> Image:
    return load(np.asarray(cv2.GaussianBlur(picture.rgb, (0, 0), 16), np.uint8))


def never(*_: object, **__: object) -> None:
    raise AssertionError("the sealed part was opened")


# --- outcomes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lisa/3", "lisa/4"])
def test_the_holder_is_accepted(name: str, stage: Stage, face: Face) -> None:
    decision = verify(credential=stage.credential, face=face(name), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT
    assert [one.code for one in decision.reasons] == ["face-match", "liveness-none"]
    assert decision.face is not None
    assert decision.face.comparison is not None
    assert decision.face.comparison.rate.value <= 1e-4
    assert decision.face.comparison.calibration.endswith("2-pictures")
    assert decision.liveness is Liveness.NONE
    assert decision.credential.status == "valid"
    assert decision.credential.status_age_s is not None
    assert 0 <= decision.credential.status_age_s < DAY
    assert decision.credential.not_after is not None and decision.credential.not_after > time.time()


@pytest.mark.parametrize("name", ["london/101/neutral", "london/139/smiling", "london/005/neutral"])
def test_someone_else_is_rejected(name: str, stage: Stage, face: Face) -> None:
    decision = verify(credential=stage.credential, face=face(name), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.REJECT
    assert [one.code for one in decision.reasons] == ["face-no-match"]


@pytest.mark.parametrize("way", ["credential", "path", "text", "string path"])
def test_the_code_may_be_given_in_any_form(way: str, stage: Stage, face: Face) -> None:
    forms: dict[str, Any] = {
        "credential": stage.credential,
        "path": Path(stage.code),
        "text": stage.credential.text,
        "string path": stage.code,
    }
    decision = verify(credential=forms[way], face=face("lisa/3"), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT


def test_the_same_input_gives_the_same_score(stage: Stage, face: Face) -> None:
    scores = {
        decision.face.comparison.score
        for _ in range(3)
        for decision in [
            verify(credential=stage.credential, face=face("lisa/3"), trust=stage.trust, policy=PLAIN)
        ]
        if decision.face is not None and decision.face.comparison is not None
    }
    assert len(scores) == 1


# --- what stands in the way of a comparison ----------------------------------------------------------------


@pytest.mark.parametrize(
    "policy", [None, Policy(), Policy(fmr=1e-2), Policy(require=AnyOf((FaceMatches(),)))]
)
def test_a_picture_shows_no_liveness_and_then_nothing_is_opened(
    policy: Policy | None, stage: Stage, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.document.own.open_contents", never)
    monkeypatch.setattr("moiety.face.compare.score", never)
    decision = verify(credential=stage.credential, face=face("lisa/3"), trust=stage.trust, policy=policy)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert decision.reasons[0].code == "liveness-none"
    assert decision.face is not None
    assert decision.face.comparison is None


def unfit(kind: str, face: Face) -> Image:
    grey = load(np.full((480, 640, 3), 120, np.uint8))
    two = load(np.hstack([face("london/101/neutral").rgb, face("london/139/neutral").rgb]))
    return {"no-face": grey, "several-faces": two, "blurred": blurred(face("london/101/smiling"))}[kind]


@pytest.mark.parametrize("kind", ["no-face", "several-faces", "blurred"])
def test_a_poor_picture_decides_nothing_and_opens_nothing(
    kind: str, stage: Stage, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.document.own.open_contents", never)
    decision = verify(credential=stage.credential, face=unfit(kind, face), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert kind in [one.code for one in decision.reasons]
    assert decision.to_json()["face"]["quality"]["findings"]


def test_the_holder_beside_someone_else_is_not_accepted(stage: Stage, face: Face) -> None:
    """The best of all faces in a picture would let a bystander's face stand in."""
    holder, other = face("lisa/3").rgb, face("london/139/neutral").rgb
    both = np.hstack([holder, np.vstack([other, np.full((holder.shape[0] - 640, 640, 3), 90, np.uint8)])])
    decision = verify(credential=stage.credential, face=load(both), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.INCONCLUSIVE


def test_a_policy_that_wants_more_than_a_face_is_not_met_by_one(stage: Stage, face: Face) -> None:
    class Fingers:
        def judge(self, comparisons: Any, fmr: float) -> Any:
            from moiety.decision.decision import Reason
            from moiety.decision.policy import Judgement

            assert [one.modality for one in comparisons] == ["face"]
            return Judgement(Outcome.INCONCLUSIVE, (Reason("finger-not-compared", "No finger."),))

    both = Policy(liveness="none", require=AllOf((FaceMatches(), Fingers())))
    decision = verify(credential=stage.credential, face=face("lisa/3"), trust=stage.trust, policy=both)
    assert decision.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("broken", [b"", b"a letter", b"\xff\xd8\xff\xe0" + bytes(100)])
def test_a_picture_that_cannot_be_read(broken: bytes, stage: Stage) -> None:
    with pytest.raises(ImageUnreadable):
        verify(credential=stage.credential, face=broken, trust=stage.trust, policy=PLAIN)


# --- codes that must not be relied on ----------------------------------------------------------------------


ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def says_the_same(text: str, credential: Credential) -> bool:
    try:
        return Credential.from_text(text).message == credential.message
    except (CredentialRefused, CodeUnreadable):
        return False


def test_no_altered_character_passes(
    stage: Stage, picture: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.document.own.open_contents", never)
    text, trust = stage.credential.text, stage.trust
    rng = np.random.default_rng(11)
    for at in range(0, len(text), 3):
        other = ALPHABET[(ALPHABET.index(text[at]) + int(rng.integers(1, 45))) % 45]
        altered = text[:at] + other + text[at + 1 :]
        if says_the_same(altered, stage.credential):
            continue  # only the bits that fill up the last byte of the compression: no reader looks at them
        with pytest.raises((CredentialRefused, CodeUnreadable)) as refused:
            verify(
                credential=Credential.from_text(altered),
                face=picture("lisa/3"),
                trust=trust,
                policy=PLAIN,
            )
        assert text[20:60] not in str(refused.value)


@pytest.mark.parametrize("cut", [3, 90, 300])
def test_a_shortened_code_is_refused(cut: int, stage: Stage) -> None:
    for text in (stage.credential.text[:-cut], stage.credential.text[cut:]):
        with pytest.raises((CodeMalformed, CodeUnreadable)):
            Credential.from_text(text)


def refused(expected: type[MoietyError], stage: Stage, **arguments: Any) -> MoietyError:
    """Verify, and expect this very refusal, before any picture is looked at."""
    given: dict[str, Any] = {
        "credential": stage.credential,
        "face": b"never looked at",
        "trust": stage.trust,
        "policy": PLAIN,
    }
    with pytest.raises(expected) as caught:
        verify(**(given | arguments))
    assert type(caught.value) is expected
    assert caught.value.remedy
    assert len(str(caught.value)) < 300
    return caught.value


def test_expired(stage: Stage) -> None:
    last = stage.credential.claims.expires
    refused(CredentialExpired, stage, now=last)
    with pytest.raises(StatusUnavailable):
        verify(credential=stage.credential, face=b"", trust=stage.trust, policy=PLAIN, now=last - 1)


def test_not_yet_valid(tmp_path: Path, face: Face) -> None:
    now = int(time.time())
    create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/", now=now - 10 * DAY)
    before = TrustBundle.open(tmp_path / "home")
    credential = enrol(
        face=face("lisa/1"),
        consent=Consent.given("tests"),
        issuer=Issuer.open(tmp_path / "home"),
        single=True,
    )
    with pytest.raises(CredentialNotYetValid):
        verify(credential=credential, face=b"", trust=before, policy=PLAIN, now=now - 5 * DAY)


def test_a_clock_set_back(stage: Stage) -> None:
    refused(ClockSetBack, stage, now=int(time.time()) - DAY)


def test_revoked_suspended_and_restored(stage: Stage, face: Face) -> None:
    stage.issuer.suspend(stage.credential)
    refused(CredentialSuspended, stage)
    stage.issuer.restore(stage.credential)
    decision = verify(credential=stage.credential, face=face("lisa/3"), trust=stage.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT
    stage.issuer.revoke(stage.credential)
    refused(CredentialRevoked, stage)


def test_a_status_list_older_than_the_policy_allows(stage: Stage) -> None:
    later = int(time.time()) + 31 * DAY
    refused(StatusUnavailable, stage, now=later)
    refused(
        StatusUnavailable, stage, now=later - 30 * DAY, policy=Policy(liveness="none", max_status_age_s=3600)
    )
    with pytest.raises(ImageUnreadable):  # now the code is good, and the picture is looked at
        verify(
            credential=stage.credential,
            face=b"",
            trust=stage.trust,
            policy=Policy(liveness="none", max_status_age_s=40 * DAY),
            now=later,
        )


def test_another_roots_issuer_is_not_trusted(stage: Stage, tmp_path: Path) -> None:
    create_home(tmp_path / "other", issuer_uri="https://issuer.example.org/")
    refused(IssuerUntrusted, stage, trust=TrustBundle.open(tmp_path / "other"))


def test_a_code_for_another_group_cannot_be_opened(stage: Stage, face: Face) -> None:
    blind = stage.trust.with_group_keys({})
    with pytest.raises(SealUnopenable):
        verify(credential=stage.credential, face=face("lisa/3"), trust=blind, policy=PLAIN)


@pytest.fixture
def sealed(stage: Stage) -> Callable[..., Credential]:
    """A code of our own issuer with any template in it."""

    def make(model: str = "sface-2021dec-int8bq", data: bytes | None = None, **changes: Any) -> Credential:
        values: dict[str, Any] = {
            "modality": "face",
            "samples": 2,
            "position": 0,
            "kind": "face",
            "mirrored": False,
        }
        filled = bytes(range(1, 129)) if data is None else data
        template = SealedTemplate(model=model, data=filled, **(values | changes))
        issued: Credential = stage.issuer.issue(Contents((template,), bytes(32)))
        return issued

    return make


def test_another_models_template_never_compares(
    sealed: Callable[..., Credential], stage: Stage, face: Face
) -> None:
    for data in (None, bytes(range(1, 65)), bytes(range(256)) * 2):
        with pytest.raises(TemplateMismatch):
            verify(
                credential=sealed("arcface-r100", data), face=face("lisa/3"), trust=stage.trust, policy=PLAIN
            )


def test_not_even_where_a_site_has_a_table_for_that_model(
    sealed: Callable[..., Credential], stage: Stage, face: Face
) -> None:
    """The probe comes from the network that ran, whatever name the code gives to its own."""
    (shipped, *_) = Tables.shipped()
    tables = Tables([replace(shipped, model="arcface-r100", samples=1)])
    with pytest.raises(TemplateMismatch, match="arcface-r100"):
        verify(
            credential=sealed("arcface-r100"),
            face=face("lisa/3"),
            trust=stage.trust,
            policy=PLAIN,
            tables=tables,
        )


@pytest.mark.parametrize("data", [bytes(128), b"\x01" * 8, b"\x01" * 64, b"\x01" * 512])
def test_a_malformed_template_inside_a_good_seal(
    data: bytes, sealed: Callable[..., Credential], stage: Stage, face: Face
) -> None:
    with pytest.raises(TemplateMismatch):
        verify(credential=sealed(data=data), face=face("lisa/3"), trust=stage.trust, policy=PLAIN)


def test_a_code_without_a_face(sealed: Callable[..., Credential], stage: Stage, face: Face) -> None:
    finger = sealed(modality="finger", position=2, kind="contactless", samples=1)
    with pytest.raises(TemplateMismatch, match="0 face templates"):
        verify(credential=finger, face=face("lisa/3"), trust=stage.trust, policy=PLAIN)


# --- PIN ---------------------------------------------------------------------------------------------------


def test_a_pin_is_asked_for_and_must_be_right(stage: Stage, face: Face) -> None:
    two = [face("lisa/1"), face("lisa/2")]
    credential = enrol(face=two, consent=Consent.given("tests"), issuer=stage.issuer, pin="271828")
    arguments: dict[str, Any] = {"credential": credential, "trust": stage.trust, "policy": PLAIN}
    assert verify(face=face("lisa/3"), pin="271828", **arguments).outcome is Outcome.ACCEPT
    assert verify(face=face("london/101/neutral"), pin="271828", **arguments).outcome is Outcome.REJECT
    with pytest.raises(PinRequired):
        verify(face=face("lisa/3"), **arguments)
    for wrong in ("271829", ""):
        with pytest.raises(PinWrong) as caught:
            verify(face=face("lisa/3"), pin=wrong, **arguments)
        assert "2718" not in caught.value.diagnostics()
    assert (
        verify(face=face("lisa/3"), pin="２７１８２８", **arguments).outcome is Outcome.ACCEPT
    )  # full width


@pytest.mark.parametrize("profile", ["card", "paper", "open"])
def test_every_profile_goes_all_the_way(profile: Any, stage: Stage, face: Face, tmp_path: Path) -> None:
    two = [face("lisa/1"), face("lisa/2")]
    credential = enrol(face=two, consent=Consent.given("tests"), issuer=stage.issuer, profile=profile)
    for suffix in (".png", ".txt"):
        credential.save(tmp_path / f"code{suffix}")
        decision = verify(
            credential=tmp_path / f"code{suffix}", face=face("lisa/3"), trust=stage.trust, policy=PLAIN
        )
        assert decision.outcome is Outcome.ACCEPT
