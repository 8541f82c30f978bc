"""Fingers through both ceremonies: enrolled, compared by name, never chosen, never under a wrong name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from moiety import Consent, Credential, Policy, enrol, verify
from moiety.credential.check import check, open_contents
from moiety.decision.decision import Decision, Outcome
from moiety.decision.policy import requirement
from moiety.errors import ConsentError, OverBudget, PicturesDisagree, QualityRefused, UsageError
from moiety.finger.capture import see_hand
from moiety.finger.positions import HandShown
from moiety.finger.synthesis import draw_touch, impression, master_print
from moiety.finger.synthesis.parameters import FINGERS
from moiety.finger.synthesis.photograph import master_of, photograph
from moiety.finger.synthesis.scene import Scene
from moiety.image import Image

Stage = Any  # the fixture of tests/conftest.py
Face = Callable[[str], Image]
BOTH = ("face", "finger")


@cache
def scan(finger: int, touch: int = 0) -> bytes:
    """A synthetic scan at 500 ppi, as a PNG without a stated resolution."""
    master = master_print(np.random.default_rng(100 + finger), pattern="whorl")
    random = np.random.default_rng(1000 * finger + touch)
    done, png = cv2.imencode(".png", impression(master, draw_touch(random), random))
    assert done
    return png.tobytes()


def agreed(*modalities: str) -> Consent:
    return Consent.given("To collect a parcel", modalities=modalities)


@pytest.fixture
def two_fingers(stage: Stage) -> Credential:
    return enrol(
        fingers={"right-index": [scan(1), scan(1, 1)], "left-index": scan(2)},
        consent=agreed("finger"),
        issuer=stage.issuer,
    )


def decide(credential: Credential, stage: Stage, ask: str, **captures: Any) -> Decision:
    policy = Policy(liveness="none", require=requirement(ask))
    return verify(credential=credential, trust=stage.trust, policy=policy, **captures)


def test_a_finger_alone_is_accepted_and_the_decision_says_how_it_is_known(
    two_fingers: Credential, stage: Stage
) -> None:
    decision = decide(two_fingers, stage, "finger", fingers={"right-index": scan(1, 2)})
    assert decision.outcome is Outcome.ACCEPT
    assert decision.face is None
    (finger,) = decision.fingers
    assert finger.position == 2
    assert finger.capture.comparison is not None
    assert finger.capture.comparison.calibration == "moiety-finger-1-1-picture"
    assert not finger.capture.comparison.rate.measured
    assert decision.to_json()["fingers"][0]["position"] == "right index finger"
    assert decision.to_json()["face"] is None


def test_another_finger_under_that_name_is_rejected(two_fingers: Credential, stage: Stage) -> None:
    decision = decide(two_fingers, stage, "finger", fingers={"right-index": scan(3)})
    assert decision.outcome is Outcome.REJECT
    # The right finger of the same person under another finger's name is no match either.
    decision = decide(two_fingers, stage, "finger", fingers={"right-index": scan(2, 3)})
    assert decision.outcome is Outcome.REJECT


def test_a_finger_that_is_not_enrolled_is_not_compared(two_fingers: Credential, stage: Stage) -> None:
    decision = decide(two_fingers, stage, "finger", fingers={"right-middle": scan(1, 2)})
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert [one.code for one in decision.reasons] == ["finger-not-compared", "finger-not-enrolled"]
    assert decision.fingers[0].capture.comparison is None


def test_another_finger_stands_in_for_an_injured_one(two_fingers: Credential, stage: Stage) -> None:
    assert decide(two_fingers, stage, "finger", fingers={"left-index": scan(2, 4)}).outcome is Outcome.ACCEPT
    both = {"right-index": scan(1, 2), "left-index": scan(2, 4)}
    assert decide(two_fingers, stage, "two-fingers", fingers=both).outcome is Outcome.ACCEPT
    one_wrong = {"right-index": scan(1, 2), "left-index": scan(3)}
    assert decide(two_fingers, stage, "two-fingers", fingers=one_wrong).outcome is Outcome.REJECT
    alone = decide(two_fingers, stage, "two-fingers", fingers={"left-index": scan(2, 4)})
    assert alone.outcome is Outcome.INCONCLUSIVE


def test_what_is_captured_never_changes_what_is_asked_for(two_fingers: Credential, stage: Stage) -> None:
    policy = Policy(liveness="none")
    decision = verify(
        credential=two_fingers, fingers={"right-index": scan(1, 2)}, trust=stage.trust, policy=policy
    )
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert decision.reasons[0].code == "face-not-compared"
    strict = verify(credential=two_fingers, fingers={"right-index": scan(1, 2)}, trust=stage.trust)
    assert strict.outcome is Outcome.INCONCLUSIVE
    assert strict.reasons[0].code == "liveness-none"


def test_face_and_fingers_on_a_card(stage: Stage, face: Face) -> None:
    credential = enrol(
        face=[face("lisa/1"), face("lisa/2")],
        fingers={"right-index": scan(1), "right-middle": scan(2)},
        consent=agreed(*BOTH), issuer=stage.issuer, pin="2580",
    )  # fmt: skip
    contents = open_contents(check(credential, stage.trust), stage.trust, "2580")
    assert [one.position for one in contents.templates] == [0, 2, 3]
    assert all(len(one.data) <= 42 * 3 for one in contents.templates[1:])
    captures = {"face": face("lisa/3"), "fingers": {"right-index": scan(1, 2)}, "pin": "2580"}
    for ask in ("face-and-finger", "face-or-finger", "fused"):
        assert decide(credential, stage, ask, **captures).outcome is Outcome.ACCEPT
    stranger = {**captures, "face": face("london/101/neutral")}
    assert decide(credential, stage, "face-and-finger", **stranger).outcome is Outcome.REJECT
    only_face = {"face": face("lisa/3"), "pin": "2580"}
    assert decide(credential, stage, "fused", **only_face).outcome is Outcome.INCONCLUSIVE


def test_a_code_with_a_face_alone_is_read_as_before(stage: Stage, face: Face) -> None:
    decision = decide(stage.credential, stage, "face", face=face("lisa/3"), fingers={"right-index": scan(1)})
    assert decision.outcome is Outcome.ACCEPT
    assert "finger-not-enrolled" in [one.code for one in decision.reasons]


def test_too_many_fingers_for_a_card_name_what_to_leave_out(stage: Stage, face: Face) -> None:
    names = ("right-index", "right-middle", "left-index", "left-middle", "right-thumb", "left-thumb")
    with pytest.raises(OverBudget) as caught:
        enrol(
            face=[face("lisa/1"), face("lisa/2")],
            fingers={name: scan(number) for number, name in enumerate(names, 1)},
            consent=agreed(*BOTH), issuer=stage.issuer,
        )  # fmt: skip
    assert "eave out" in str(caught.value.remedy)


def test_scans_that_disagree_and_fingers_that_are_one_are_refused(stage: Stage) -> None:
    with pytest.raises(PicturesDisagree, match="right index finger do not match"):
        enrol(fingers={"right-index": [scan(1), scan(2)]}, consent=agreed("finger"), issuer=stage.issuer)
    with pytest.raises(PicturesDisagree, match="are the same finger"):
        enrol(
            fingers={"right-index": scan(1), "right-middle": scan(1, 1)},
            consent=agreed("finger"), issuer=stage.issuer,
        )  # fmt: skip


def test_consent_names_the_fingers_and_something_is_captured(stage: Stage) -> None:
    with pytest.raises(ConsentError):
        enrol(fingers={"right-index": scan(1)}, consent=agreed("face"), issuer=stage.issuer)
    with pytest.raises(UsageError, match="nothing to enrol"):
        enrol(consent=agreed(*BOTH), issuer=stage.issuer)
    with pytest.raises(UsageError, match="Nothing was captured"):
        verify(credential=stage.credential, trust=stage.trust)
    with pytest.raises(UsageError, match="No finger is called"):
        enrol(fingers={"right-pinky": scan(1)}, consent=agreed("finger"), issuer=stage.issuer)


def test_a_blank_scan_is_a_finding_and_never_a_template(two_fingers: Credential, stage: Stage) -> None:
    _, png = cv2.imencode(".png", np.full((300, 300), 255, np.uint8))
    blank = png.tobytes()
    with pytest.raises(QualityRefused, match="right index finger"):
        enrol(fingers={"right-index": blank}, consent=agreed("finger"), issuer=stage.issuer)
    # A scan that was offered and is unfit stops the comparison, even where another would do.
    captures = {"right-index": blank, "left-index": scan(2, 4)}
    decision = decide(two_fingers, stage, "finger", fingers=captures)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert all(one.capture.comparison is None for one in decision.fingers)


def test_a_photograph_without_a_hand_is_a_finding(two_fingers: Credential, stage: Stage, face: Face) -> None:
    with pytest.raises(QualityRefused, match="right hand"):
        enrol(hands={"right": face("lisa/1")}, consent=agreed("finger"), issuer=stage.issuer)
    decision = decide(two_fingers, stage, "finger", hands={"right": face("lisa/1")})
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert not decision.fingers


def test_the_command_line_takes_fingers(stage: Stage, moiety: Any, tmp_path: Path) -> None:
    consent, code = tmp_path / "fingers.json", tmp_path / "code.png"
    agreed("finger").save(consent)
    first, second, other = tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png"
    first.write_bytes(scan(1))
    second.write_bytes(scan(1, 2))
    other.write_bytes(scan(3))
    home = ("--home", stage.home)
    ran = moiety("enrol", *home, "--consent", consent, "--out", code, "--finger", f"right-index={first}")
    assert ran.code == 0, ran.err
    call = ("verify", code, *home, "--liveness", "none")
    asked = ("--require", "finger", "--finger")
    assert moiety(*call, *asked, f"right-index={second}").code == 0
    assert moiety(*call, *asked, f"right-index={other}").code == 1
    assert moiety(*call, "--finger", f"right-index={second}").code == 2
    for wrong in ("right-index", "=x.png", f"right-pinky={second}"):
        assert moiety(*call, *asked, wrong).code == 64
    assert moiety(*call, *asked, f"right-index={first}", "--finger", f"right-index={second}").code == 64
    for wrong in ("both", "right:", "right:pinky"):
        assert moiety(*call, "--hand", f"{wrong}={second}").code == 64
    assert moiety(*call, "--hand", f"right={first}", "--hand", f"right:index={second}").code == 64


@cache
def hand(person: int, seed: int) -> Any:
    """A synthetic photograph of a right hand, uint8 (3264, 2448, 3)."""
    masters = {f"right-{name}": master_of(person, f"right-{name}") for name in FINGERS}
    scene = Scene(rotation=4.0 * seed, tone=float(seed))
    return photograph(scene, masters, np.random.default_rng(seed)).rgb


def fingertip(person: int, seed: int) -> Any:
    """A synthetic photograph of a right index finger alone, uint8 (1600, 1200, 3)."""
    scene = Scene(fingers=("index",), close_up=True, height=1600, width=1200, centre=(0.5, 0.25))
    masters = {"right-index": master_of(person, "right-index")}
    return photograph(scene, masters, np.random.default_rng(seed)).rgb


@pytest.mark.slow
def test_a_photographed_hand_enrols_and_verifies_and_says_what_was_not_measured(stage: Stage) -> None:
    credential = enrol(hands={"right": hand(1, 1)}, consent=agreed("finger"), issuer=stage.issuer)
    contents = open_contents(check(credential, stage.trust), stage.trust, None)
    assert [(one.position, one.kind) for one in contents.templates] == [
        (2, "contactless"),
        (3, "contactless"),
    ]
    again = decide(credential, stage, "two-fingers", hands={"right": hand(1, 2)})
    assert again.outcome is Outcome.ACCEPT
    codes = [one.code for one in again.reasons]
    assert codes.count("finger-match") == 2
    assert codes.count("finger-not-enrolled") == 2
    assert codes[-1] == "contactless-not-measured"
    compared = [one.capture.comparison for one in again.fingers if one.capture.comparison is not None]
    assert len(compared) == 2
    assert not any(one.rate.measured for one in compared)
    # A hand that was seen while it was captured tells the same, and is no other than it was seen as.
    seen = see_hand(hand(1, 2), HandShown.of_label("right"))
    told = decide(credential, stage, "two-fingers", hands={"right": seen})
    assert told.outcome is Outcome.ACCEPT
    assert told.fingers == again.fingers
    for wrong in ("left", "right:index"):
        with pytest.raises(UsageError, match="as another"):
            decide(credential, stage, "two-fingers", hands={wrong: seen})
    # The photograph is read for the fingers that it is said to show.
    fewer = decide(credential, stage, "finger", hands={"right:index": fingertip(1, 4)})
    assert fewer.outcome is Outcome.ACCEPT
    assert [one.position for one in fewer.fingers] == [2]
    other = decide(credential, stage, "two-fingers", hands={"right": hand(2, 3)})
    assert other.outcome is Outcome.REJECT
    # A right hand that is called a left one is never passed on under the other's names.
    swapped = decide(credential, stage, "finger", hands={"left": hand(1, 2)})
    assert swapped.outcome is Outcome.INCONCLUSIVE
    assert not swapped.fingers
    with pytest.raises(UsageError, match="choose one"):
        enrol(
            fingers={"right-index": scan(1)}, hands={"right": hand(1, 1)},
            consent=agreed("finger"), issuer=stage.issuer,
        )  # fmt: skip
