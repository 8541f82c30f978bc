"""Live captures in both ceremonies: what is compared is what was shown alive, and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from moiety import Consent, Policy, enrol, verify
from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison, Outcome
from moiety.decision.policy import requirement
from moiety.errors import ConsentError, ImageTooLarge, ImageUnreadable, LivenessRefused, UsageError
from moiety.face import gate
from moiety.face.detect import detect
from moiety.face.landmarks import refine
from moiety.image import Image, load
from moiety.liveness import Challenge, Liveness, motion
from moiety.presence import LiveCapture, LiveFrame, Watch, examine
from moiety.rendering import Head
from moiety.rendering.head import Pose
from moiety.rendering.performance import Style, frame_times, perform

CEREMONY = importlib.import_module("moiety.verification")
HOW = Style(reaction_ms=450, move_ms=500, yaw=36, roll=21, sway=0.5)
SIZE = (480, 360)
CHALLENGE = Challenge.from_nonce(bytes(31) + b"\x07")

Stage = Any  # the fixture of tests/conftest.py
Face = Callable[[str], Image]


def recorded(picture: Image, challenge: Challenge, *, followed: Challenge | None = None) -> LiveCapture:
    """Frames of a rendered person who follows a challenge."""
    rng = np.random.default_rng(4)
    head = Head.of(picture)
    times = frame_times(challenge.duration_ms, 6.5, rng)
    poses = perform(challenge if followed is None else followed, times, rng, how=HOW, frontal=Pose(eyes=0.17))
    frames = [LiveFrame(at, head.render(pose, SIZE)) for at, pose in zip(times, poses, strict=True)]
    return LiveCapture(challenge, frames)


@pytest.fixture(scope="session")
def holder() -> LiveCapture:
    """The holder of the stage's code, alive as far as rendering goes."""
    from importlib.resources import files

    return recorded(load(files("moiety.demo").joinpath("faces", "lisa", "3.jpg").read_bytes()), CHALLENGE)


def never(*_: object, **__: object) -> None:
    raise AssertionError("this was not to be done")


def test_the_holder_is_shown_and_accepted(holder: LiveCapture, stage: Stage) -> None:
    decision = verify(credential=stage.credential, live=holder, trust=stage.trust)
    assert decision.outcome is Outcome.ACCEPT
    assert decision.liveness is Liveness.SHOWN
    assert decision.presence is not None
    assert decision.presence.measures["compared"] > 0.9
    assert decision.presence.measures["turned"] > 0.6
    told = decision.to_json()["liveness"]
    assert told["level"] == "shown"
    assert told["reasons"] == []
    assert told["measures"]["turns"] == 3


def test_without_the_challenge_being_met_nothing_is_opened(
    holder: LiveCapture, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same frames, another session's challenge: they end inconclusive, and the key is never touched."""
    monkeypatch.setattr("moiety.credential.check.open_contents", never)
    other = next(
        one
        for one in (Challenge.from_nonce(i.to_bytes(32)) for i in range(1, 99))
        if [step.kind for step in one.moves] != [step.kind for step in CHALLENGE.moves]
        and one.duration_ms >= CHALLENGE.duration_ms - 600
    )
    decision = verify(credential=stage.credential, live=replace(holder, challenge=other), trust=stage.trust)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert decision.liveness is Liveness.NOT_SHOWN
    codes = [one.code for one in decision.reasons]
    assert codes[0] == "liveness-not-shown"
    assert set(codes[1:]) & {"liveness-wrong-turn", "liveness-not-turned"}
    assert decision.face is not None
    assert decision.face.comparison is None


def test_a_policy_that_asks_for_none_still_repeats_what_was_seen(holder: LiveCapture, stage: Stage) -> None:
    still = LiveCapture(CHALLENGE, [LiveFrame(one.at_ms, holder.frames[0].image) for one in holder.frames])
    lax = Policy(liveness="none")
    decision = verify(credential=stage.credential, live=still, trust=stage.trust, policy=lax)
    assert decision.outcome is Outcome.ACCEPT
    assert decision.liveness is not Liveness.SHOWN
    assert "although" in decision.reasons[-1].text


def test_a_picture_cannot_stand_in_for_what_was_shown_alive(
    holder: LiveCapture, stage: Stage, face: Face
) -> None:
    with pytest.raises(UsageError, match="beside live frames"):
        verify(credential=stage.credential, face=face("lisa/3"), live=holder, trust=stage.trust)
    with pytest.raises(UsageError, match="beside live frames"):
        enrol(
            face=[face("lisa/3"), face("lisa/4")],
            live=holder,
            consent=Consent.given("tests of live captures"),
            issuer=stage.issuer,
        )


def test_somebody_else_at_the_end_is_several_people(holder: LiveCapture, face: Face) -> None:
    """A live person meets the challenge, then the holder's face is held up to be compared."""
    other = Head.of(face("london/101/neutral"))
    last = CHALLENGE.steps[-1].onset_ms + 800
    swapped = [
        LiveFrame(one.at_ms, other.render(Pose(eyes=0.17), SIZE)) if one.at_ms > last else one
        for one in holder.frames
    ]
    shown = examine(LiveCapture(CHALLENGE, swapped), gate.VERIFY)
    assert shown.presence.level is Liveness.NOT_SHOWN
    assert {one.code for one in shown.presence.reasons} & {"liveness-several-people", "liveness-cut"}


def test_a_watch_that_saw_the_frames_one_by_one_says_the_same(holder: LiveCapture, stage: Stage) -> None:
    watch = Watch(CHALLENGE)
    for frame in holder.frames:
        assert len(watch.see(frame)) == 1
    assert examine(watch, gate.VERIFY).presence == examine(holder, gate.VERIFY).presence
    assert verify(credential=stage.credential, live=watch, trust=stage.trust).outcome is Outcome.ACCEPT


def test_what_was_asked_for_ahead_is_not_done_again_until_a_frame_comes(
    holder: LiveCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(CHALLENGE)
    for frame in holder.frames[:-1]:
        watch.see(frame)
    ahead = watch.shown(gate.VERIFY)
    with monkeypatch.context() as idle:
        idle.setattr("moiety.presence.judge", never)
        assert examine(watch, gate.VERIFY) is ahead
        for judged_by, count in ((gate.ENROL, 2), (gate.VERIFY, 3)):
            with pytest.raises(AssertionError):
                watch.shown(judged_by, count=count)
    watch.see(holder.frames[-1])
    assert watch.shown(gate.VERIFY) is not ahead


def test_enrolment_takes_three_pictures_from_the_frames(holder: LiveCapture, stage: Stage) -> None:
    consent = Consent.given("tests of live captures")
    credential = enrol(live=holder, consent=consent, issuer=stage.issuer)
    decision = verify(credential=credential, live=holder, trust=stage.trust)
    assert decision.outcome is Outcome.ACCEPT
    assert decision.face is not None
    assert decision.face.comparison is not None
    assert decision.face.comparison.calibration.endswith(("2-pictures", "3-pictures"))


def test_enrolment_refuses_a_still_picture_and_what_no_consent_covers(
    holder: LiveCapture, stage: Stage
) -> None:
    still = LiveCapture(CHALLENGE, [LiveFrame(one.at_ms, holder.frames[0].image) for one in holder.frames])
    with pytest.raises(LivenessRefused):
        enrol(live=still, consent=Consent.given("tests of live captures"), issuer=stage.issuer)
    fingers = Consent.given("tests of live captures", modalities=("finger",))
    with pytest.raises(ConsentError):
        enrol(live=holder, consent=fingers, issuer=stage.issuer)


def test_frames_that_cannot_be_used(stage: Stage, face: Face) -> None:
    with pytest.raises(UsageError, match="Nothing was captured"):
        verify(credential=stage.credential, live=LiveCapture(CHALLENGE, []), trust=stage.trust)
    with pytest.raises(UsageError, match="LiveCapture"):
        verify(credential=stage.credential, live="frames", trust=stage.trust)  # type: ignore[arg-type]
    watch = Watch(CHALLENGE)
    watch.see(LiveFrame(10.0, face("lisa/3")))
    for at in (10.0, 5.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="rising"):
            watch.see(LiveFrame(at, face("lisa/3")))
    with pytest.raises(ImageUnreadable):
        watch.see(LiveFrame(20.0, b"no picture"))


def test_landmarks_read_again_do_not_lean_to_one_side(face: Face) -> None:
    """A small face that turns as far to either side must be seen to, which is what the crop is for."""
    head = Head.of(face("london/139/neutral"))
    turns = [0.0] * 8 + [30.0] * 4 + [-30.0] * 4
    once, again = [], []
    for i, yaw in enumerate(turns):
        pose = Pose(yaw=yaw, eyes=0.14, shift=(0.003 * (i % 5), -0.04))
        picture = load(head.render(pose, (320, 240)))
        found = detect(picture)[0]
        once.append(found.landmarks.astype(np.float64))
        again.append(refine(picture, found, i).astype(np.float64))

    def lean(landmarks: list[NDArray[np.float64]]) -> float:
        nose = motion.trace(np.arange(16.0), np.stack(landmarks), 8).nose[:, 0]
        return abs(float(nose[8:12].mean() + nose[12:].mean()))

    assert lean(again) < lean(once)


def test_frames_outside_the_challenge_are_passed_over(holder: LiveCapture) -> None:
    watch = Watch(CHALLENGE)
    assert watch.see(LiveFrame(-1.0, holder.frames[0].image)) == []
    assert watch.see(LiveFrame(CHALLENGE.duration_ms + 60_000.0, holder.frames[0].image)) == []
    assert watch.observations == []


def test_a_frame_of_too_many_pixels_is_refused() -> None:
    for picture in (np.zeros((1000, 1400, 3), np.uint8), load(np.zeros((1000, 1400, 3), np.uint8))):
        with pytest.raises(ImageTooLarge):
            Watch(CHALLENGE).see(LiveFrame(1.0, picture))


def test_a_portrait_slipped_in_where_the_face_is_compared_shows(
    holder: LiveCapture, stage: Stage, face: Face
) -> None:
    """All frames but one are the holder's own; the one that will be compared is somebody else's portrait."""
    frames = list(holder.frames)
    at = min(range(len(frames)), key=lambda i: abs(frames[i].at_ms - CHALLENGE.compared_ms[0]))
    rgb = face("london/139/neutral").rgb
    portrait = load(cv2.addWeighted(rgb, 3.0, cv2.GaussianBlur(rgb, (0, 0), 2.0), -2.0, 0.0).astype(np.uint8))
    frames[at] = LiveFrame(frames[at].at_ms, portrait)
    found = examine(LiveCapture(CHALLENGE, frames), gate.VERIFY)
    assert found.presence.level is Liveness.NOT_SHOWN
    assert "liveness-several-people" in [one.code for one in found.presence.reasons]
    decision = verify(credential=stage.credential, live=LiveCapture(CHALLENGE, frames), trust=stage.trust)
    assert decision.outcome is not Outcome.ACCEPT


def test_liveness_of_one_person_lends_nothing_to_the_finger_of_another(
    holder: LiveCapture, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finger that matches beside a live face that is not the holder's decides nothing."""
    rate = Rate(1e-9, True, "test")
    finger = Comparison("finger", 2, 1.0, rate, 9.0, "test")
    stranger = Comparison("face", 0, 0.0, Rate(0.5, True, "test"), -5.0, "test")
    monkeypatch.setattr("moiety.verification.compare_fingers", lambda *_, **__: ({2: finger}, ()))
    monkeypatch.setattr("moiety.decision.faces.HeldFace.worst", lambda *_: stranger)
    policy = Policy(require=requirement("face-or-finger"))
    decision = verify(credential=stage.credential, live=holder, trust=stage.trust, policy=policy)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert [one.code for one in decision.reasons] == ["liveness-of-another"]
