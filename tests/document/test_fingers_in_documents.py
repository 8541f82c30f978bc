"""Finger images and ISO/IEC 19794-2 records in Claim 169 codes (attributes 50 to 59), on synthetic prints."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import claim169 as oracle
import cv2
import numpy as np
import pytest
from PIL import Image

from moiety import Policy, verify
from moiety.credential.claim169 import Biometric
from moiety.decision.decision import Decision, Outcome
from moiety.decision.policy import requirement
from moiety.document.fingers import of_attributes
from moiety.finger import formats
from moiety.finger.minutiae import MODEL
from moiety.finger.pipeline import extract
from moiety.finger.synthesis import draw_touch, impression, master_print

from .conftest import Face, Issuers, Portrait
from .test_claim169 import written


@cache
def touch(finger: int, number: int = 0) -> bytes:
    """A synthetic scan at 500 ppi, as PNG."""
    master = master_print(np.random.default_rng(100 + finger), pattern="whorl")
    random = np.random.default_rng(1000 * finger + number)
    done, png = cv2.imencode(".png", impression(master, draw_touch(random), random))
    assert done
    return png.tobytes()


@cache
def image(finger: int) -> bytes:
    """A scan as a document holds it: WebP."""
    out = BytesIO()
    Image.open(BytesIO(touch(finger))).convert("RGB").save(out, "WEBP", quality=50)
    return out.getvalue()


@cache
def record(finger: int, position: int) -> bytes:
    """An ISO/IEC 19794-2:2005 record of a scan."""
    from moiety.image import load

    found = extract(load(touch(finger)), ppi=500, position=position)
    assert found.template is not None
    return formats.write([found.template])


def decided(
    code: str, issuers: Issuers, fingers: dict[str, bytes], ask: str = "finger", **more: Any
) -> Decision:
    policy = Policy(liveness="none", require=requirement(ask))
    return verify(credential=code, fingers=fingers, trust=issuers.trust, policy=policy, **more)


@pytest.mark.parametrize("kind", ["image", "record"])
def test_a_finger_of_the_document_is_compared(kind: str, issuers: Issuers, now: int) -> None:
    entry = oracle.Biometric(image(1), 0, 4) if kind == "image" else oracle.Biometric(record(1, 2), 1, 1)
    code = written(issuers, now, right_pointer_finger=[entry])
    decision = decided(code, issuers, {"right-index": touch(1, 1)})
    assert decision.outcome is Outcome.ACCEPT, decision.explain()
    codes = [one.code for one in decision.reasons]
    assert ("foreign-minutiae-not-measured" in codes) == (kind == "record")
    if kind == "record":
        (finger,) = decision.fingers
        assert finger.capture.comparison is not None and not finger.capture.comparison.rate.measured
    assert decided(code, issuers, {"right-index": touch(3)}).outcome is Outcome.REJECT
    assert decided(code, issuers, {"left-index": touch(1, 1)}).outcome is Outcome.INCONCLUSIVE


def test_what_cannot_be_used_is_left_out_and_named(issuers: Issuers, now: int) -> None:
    bad: dict[str, Any] = {
        "right_thumb": [oracle.Biometric(b"no picture", 0, 1)],
        "right_pointer_finger": [oracle.Biometric(b"vendor", 1, 100)],
        "right_middle_finger": [oracle.Biometric(b"FMR\0 20\0", 1, 1)],
        "left_thumb": [oracle.Biometric(image(1), 0, 4), oracle.Biometric(image(2), 0, 4)],
    }
    code = written(issuers, now, **bad)
    decision = decided(code, issuers, {"right-thumb": touch(1, 1)})
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert [one.code for one in decision.reasons].count("finger-reference-unfit") == 4


def test_an_image_comes_before_another_programs_record() -> None:
    both = (Biometric(record(1, 2), 1, 1, None), Biometric(image(1), 0, 4, None))
    found = of_attributes({"rightPointerFinger": both})
    assert [one.position for one in found.templates] == [2]
    assert not found.foreign and found.templates[0].model == MODEL
    wrong = of_attributes({"leftThumb": (Biometric(record(1, 2), 1, 1, None),)})
    assert not wrong.templates  # the record says that it is of another finger


def test_a_finger_stands_beside_a_poor_portrait(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    """More evidence that a policy asks for: the document's own finger beside its small portrait."""
    entry = [oracle.Biometric(image(1), 0, 4)]
    small = [oracle.Biometric(portrait(width=40), 0, 1)]
    code = written(issuers, now, face=small, right_pointer_finger=entry)
    fingers = {"right-index": touch(1, 1)}
    with_finger = decided(code, issuers, fingers, "face", face=face("lisa/3"))
    assert with_finger.outcome is Outcome.ACCEPT
    stranger = decided(code, issuers, fingers, "face", face=face("london/101/neutral"))
    assert stranger.outcome is Outcome.INCONCLUSIVE
