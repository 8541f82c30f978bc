"""The story that the demonstration tells: eight scenes, six of them on real faces, and what came of each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from moiety.consent import Consent
from moiety.credential import base45
from moiety.credential.code import Credential
from moiety.credential.home import Issuer, create_home
from moiety.credential.inflate import deflate, inflate
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import Decision
from moiety.decision.policy import FingersMatch, Policy
from moiety.enrolment import enrol
from moiety.errors import CredentialRefused
from moiety.finger.drawing import draw_pairing
from moiety.finger.matcher import Pairing
from moiety.finger.pipeline import FingerTrace
from moiety.finger.synthesis import draw_touch, impression, master_print
from moiety.image import Image, load
from moiety.verification import verify

HOLDER, OTHER = "101", "005"
_PURPOSE = "Demonstration on pictures whose subjects agreed to such use (CC BY 4.0)."
_BLUR_SIGMA_PX = 9.0
_FINGER = "right-index"
_BY_FINGER = Policy(liveness="none", require=FingersMatch())


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: what was tried, with which picture, and what came of it; of a synthetic print, a drawing."""

    title: str
    told: str
    picture: Image
    decision: Decision | None = None
    refusal: CredentialRefused | None = None
    drawing: str = ""

    @property
    def outcome(self) -> str:
        """The outcome, in a word."""
        return "refused" if self.decision is None else self.decision.outcome.value


@dataclass(frozen=True, slots=True)
class Story:
    """All that the page shows: the enrolment, the code, and the scenes."""

    enrolled: Image
    credential: Credential
    scenes: tuple[Scene, ...]


def face(person: str, expression: str) -> Image:
    """A picture of the London set that comes with the package (attribution beside it)."""
    resource = files("moiety.demo").joinpath("faces", "london", person, f"{expression}.jpg")
    return load(resource.read_bytes())


def synthetic_print(finger: int, touch: int) -> Image:
    """A synthetic scan of a fingerprint, 480 x 384 at 500 ppi: no finger of anyone."""
    master = master_print(np.random.default_rng(finger), pattern="whorl")
    random = np.random.default_rng([finger, touch])
    return load(impression(master, draw_touch(random), random))


def tell(on_scene: Callable[[Scene], None]) -> Story:
    """Live the story in a home that is gone afterwards; `on_scene` hears of each scene as it ends."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory) / "home"
        create_home(home, issuer_uri="https://demo.invalid", role="both")
        return _live(home, on_scene)


def _live(home: Path, on_scene: Callable[[Scene], None]) -> Story:
    enrolled, smiling = face(HOLDER, "neutral"), face(HOLDER, "smiling")
    credential = enrol(
        face=enrolled,
        fingers={_FINGER: synthetic_print(1, 0)},
        consent=Consent.given(_PURPOSE, modalities=("face", "finger")),
        issuer=Issuer.open(home),
        single=True,
    )
    stage = _Stage(home, credential, on_scene)
    scenes = (
        stage.play("The holder returns, smiling", "Another picture of the person who enrolled.", smiling),
        stage.play(
            "Someone else brings the code", "Another person holds the same code.", face(OTHER, "smiling")
        ),
        stage.play(
            "The picture is blurred", "The holder again, out of focus (blurred by us).", _blurred(smiling)
        ),
        stage.play(
            "A finger instead of the face (synthetic print)",
            "The print was drawn by a program; it belongs to nobody. The policy asks for a finger.",
            synthetic_print(1, 1),
            policy=_BY_FINGER,
        ),
        stage.play(
            "Another finger under that name (synthetic print)",
            "A second print, drawn by the same program, is presented as the enrolled finger.",
            synthetic_print(2, 0),
            policy=_BY_FINGER,
        ),
        stage.play(
            "No word about liveness",
            "A picture file cannot show that the person is here; the default policy asks for that.",
            smiling,
            policy=Policy(),
        ),
        stage.play(
            "The code was altered",
            "One bit was changed by someone who knows the format.",
            smiling,
            credential=_altered(credential),
        ),
        stage.play(
            "The code was revoked",
            "The issuer withdrew the code; the verifier holds the new status list.",
            smiling,
            before=lambda: Issuer.open(home).revoke(credential),
        ),
    )
    return Story(enrolled, credential, scenes)


@dataclass(frozen=True, slots=True)
class _Stage:
    home: Path
    credential: Credential
    on_scene: Callable[[Scene], None]

    def play(
        self,
        title: str,
        told: str,
        picture: Image,
        *,
        credential: str | None = None,
        policy: Policy | None = None,
        before: Callable[[], None] | None = None,
    ) -> Scene:
        if before is not None:
            before()
        try:
            by_finger = policy is _BY_FINGER
            told_of: dict[str, object] = {}
            decision = verify(
                credential=Credential.read(self.credential.text if credential is None else credential),
                face=None if by_finger else picture,
                fingers={_FINGER: picture} if by_finger else None,
                trust=TrustBundle.open(self.home),
                policy=Policy(liveness="none") if policy is None else policy,
                explain=told_of.__setitem__ if by_finger else None,
            )
            scene = Scene(title, told, picture, decision=decision, drawing=_drawn(told_of))
        except CredentialRefused as refusal:
            scene = Scene(title, told, picture, refusal=refusal)
        self.on_scene(scene)
        return scene


def _drawn(told_of: dict[str, object]) -> str:
    """What the matcher paired, over the ridges of the synthetic probe; the code's side has no picture."""
    pairing, probe = told_of.get("pairing"), told_of.get("finger")
    if not isinstance(pairing, Pairing) or not isinstance(probe, FingerTrace):
        return ""
    return draw_pairing(pairing, probe=probe, label="Synthetic print; the code (left) holds no picture")


def _altered(credential: Credential) -> str:
    """The code as a forger who knows the format would change it: one sealed bit, everything else in order."""
    message = bytearray(inflate(base45.decode(credential.text)))
    message[len(message) // 2] ^= 1
    return base45.encode(deflate(bytes(message)))


def _blurred(picture: Image) -> Image:
    return load(np.asarray(cv2.GaussianBlur(picture.rgb, (0, 0), _BLUR_SIGMA_PX), np.uint8))
