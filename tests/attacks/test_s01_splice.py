"""S1: a stranger turns their own head, and holds up a picture of the holder for the frames that are compared.

The wide runs, over people, shares and moments, are `python -m benchmarks.attacks splice`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from moiety import Consent, enrol, verify
from moiety.decision.decision import Outcome
from moiety.errors import LivenessRefused
from moiety.image import Image
from moiety.liveness import Challenge, Liveness
from moiety.presence import LiveCapture, LiveFrame
from moiety.rendering import Head
from moiety.rendering.splices import Splice, splice

Face = Callable[[str], Image]
Stage = Any  # the fixture of tests/conftest.py

AT_THE_END = (Splice("morph", "end", 0.6), "london/061/neutral", 11)
"""Shown, and a match with a score of 0.65, before the compared face had to be the one that turned."""

CASES = [
    AT_THE_END,
    (Splice("morph", "ends", 0.6, 0.0), "london/061/neutral", 12),
    (Splice("morph", "but-turns", 0.6), "london/061/neutral", 11),
    (Splice("screen-no-bezel", "but-turns"), "london/139/neutral", 12),
    (Splice("print", "beginning"), "london/139/neutral", 11),
]


STOPPED_BY = ("surroundings", "several-people", "cut", "not-turned", "flat")

AT_BOTH_ENDS = (Splice("morph", "ends", 0.65, 0.0), "london/139/neutral", 20)
"""Every picture that would be enrolled is of the other."""


def spliced(
    face: Face, how: Splice, stranger: str, seed: int, size: tuple[int, int] = (320, 240)
) -> LiveCapture:
    """Frames of a stranger with a picture of the holder of the stage's code in between."""
    rng = np.random.default_rng(seed)
    challenge = Challenge.from_nonce(rng.bytes(32))
    frames = splice(how, Head.of(face("lisa/4")), Head.of(face(stranger), seed=1), challenge, rng)
    seen = [LiveFrame(at, cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC)) for at, frame in frames]
    return LiveCapture(challenge, seen)


@pytest.mark.parametrize(
    ("how", "stranger", "seed"), CASES, ids=[f"{how.medium}-{how.where}" for how, *_ in CASES]
)
def test_a_picture_of_the_holder_does_not_stand_in_for_who_turned(
    stage: Stage, face: Face, how: Splice, stranger: str, seed: int
) -> None:
    decision = verify(credential=stage.credential, live=spliced(face, how, stranger, seed), trust=stage.trust)
    assert decision.outcome is not Outcome.ACCEPT
    assert decision.liveness is not Liveness.SHOWN
    assert decision.presence is not None
    codes = {one.code for one in decision.presence.reasons}
    assert codes & {f"liveness-{one}" for one in STOPPED_BY}


def test_a_picture_that_is_held_up_is_not_enrolled(stage: Stage, face: Face) -> None:
    """Someone consents, turns, and has the picture of another put into their code."""
    consent = Consent.given("tests of splices")
    with pytest.raises(LivenessRefused, match="around the face"):
        enrol(live=spliced(face, *AT_BOTH_ENDS, size=(480, 360)), consent=consent, issuer=stage.issuer)


def test_another_face_is_told_where_nothing_around_it_changes(
    stage: Stage, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that is cut out hides nothing but the face."""
    monkeypatch.setattr("moiety.presence.Surroundings.change", lambda _: 0.0)
    how, stranger, seed = AT_BOTH_ENDS
    live = spliced(face, how, stranger, seed, size=(480, 360))
    with pytest.raises(LivenessRefused, match="same person"):
        enrol(live=live, consent=Consent.given("tests of splices"), issuer=stage.issuer)


def test_liveness_that_was_shown_by_another_decides_nothing(
    stage: Stage, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two faces are too alike to be told apart, the reference still has to resemble both."""
    monkeypatch.setattr("moiety.presence.one_face", lambda *_: ())
    monkeypatch.setattr("moiety.presence.hidden", lambda *_: ())
    monkeypatch.setattr("moiety.presence.judge", lambda *_: _shown())
    for how, *_ in CASES[1:4]:
        decision = verify(
            credential=stage.credential, live=spliced(face, how, "london/061/neutral", 12), trust=stage.trust
        )
        assert decision.liveness is Liveness.SHOWN
        assert decision.outcome is not Outcome.ACCEPT


def _shown() -> Any:
    from moiety.liveness import Presence

    return Presence(Liveness.SHOWN)
