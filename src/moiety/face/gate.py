"""The quality gates: what a face picture must show, and what to do when it does not.

The enrolment gate is a security control, not a courtesy: two poor pictures of different people resemble each
other, so a poor reference lets strangers in (measured in docs/reference/face-gate.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from moiety.face import parameters
from moiety.face.detect import Face
from moiety.face.quality import FaceQuality
from moiety.findings import Finding
from moiety.image import Image


@dataclass(frozen=True, slots=True)
class Gate:
    """Limits on the measures of `FaceQuality`, in their units; `None` asks for nothing.

    `single` refuses pictures with more than one face. Without it the most central face is taken, which only
    evaluation does, on collections whose protocol says so.
    """

    name: str
    single: bool = True
    detector_score: float | None = None
    eye_distance: float | None = None
    nose_offset: float | None = None
    outside: float | None = None
    sharpness: float | None = None
    noise: float | None = None
    flatness: float | None = None
    shadows: float | None = None
    lights: float | None = None
    strength: float | None = None
    covered_eyes: float | None = None
    covered_both: float | None = None
    covered_mouth: float | None = None


ENROL: Final = Gate(
    "enrol",
    detector_score=0.90,
    eye_distance=60,
    nose_offset=0.30,
    outside=0.02,
    sharpness=-4.5,
    noise=5.0,
    flatness=0.05,
    shadows=0.25,
    lights=0.25,
    strength=10.5,
    covered_eyes=-0.5,
    covered_mouth=-1.0,
)

VERIFY: Final = Gate(
    "verify",
    detector_score=0.80,
    eye_distance=40,
    nose_offset=0.45,
    outside=0.10,
    sharpness=-8.0,
    noise=10.0,
    flatness=0.20,
    shadows=0.40,
    lights=0.40,
    strength=9.0,
    covered_eyes=3.0,
    covered_both=0.75,
    covered_mouth=1.5,
)

NONE: Final = Gate("none", single=False)


_NO_FACE: Final = "No face was found: face the camera, in even light, with nothing before the face."
_DIM: Final = "More light on the face: its brightest parts have grey level {0:.0f}, {1:.0f} is needed."
_GLARING: Final = "Less light on the face: {0:.0%} of it is white, and detail is lost."
_EYES: Final = "Uncover the eyes: take off sunglasses, hair or a hand (log odds {0:.1f}, {1:.1f} allowed)."
_SEVERAL: Final = "{0} faces were found: only one person may be in the picture."


def pick(faces: list[Face], image: Image, gate: Gate) -> tuple[Face | None, tuple[Finding, ...]]:
    """The one face to use, or the finding that says why there is none.

    Never the best of several: a bystander's face must not stand in for the holder's.
    """
    if not faces:
        return None, (Finding("no-face", _NO_FACE, 0, 1),)
    if gate.single:
        if len(faces) > 1:
            return None, (Finding("several-faces", _SEVERAL.format(len(faces)), len(faces), 1),)
        return faces[0], ()
    middle = image.width / 2, image.height / 2
    return min(
        faces, key=lambda face: (face.centre[0] - middle[0]) ** 2 + (face.centre[1] - middle[1]) ** 2
    ), ()


def findings_of(quality: FaceQuality, gate: Gate) -> tuple[Finding, ...]:
    """What `gate` finds wanting in `quality`, the gravest first."""
    found = (
        Finding(code, text.format(measured, limit), measured, limit)
        for code, name, worse, text in _CHECKS
        if (limit := getattr(gate, name)) is not None and worse(measured := getattr(quality, name), limit)
    )
    causes: dict[str, Finding] = {}
    for one in (_name_cause(one, quality) for one in found):
        causes.setdefault(one.code, one)
    return tuple(causes.values())


def _name_cause(finding: Finding, quality: FaceQuality) -> Finding:
    """Detail that darkness or glare took was not wiped out by compression."""
    if finding.code != "too-compressed":
        return finding
    if quality.brightest < parameters.DIM:
        return Finding(
            "too-dark", _DIM.format(quality.brightest, parameters.DIM), quality.brightest, parameters.DIM
        )
    if quality.lights > parameters.GLARING:
        return Finding("too-bright", _GLARING.format(quality.lights), quality.lights, parameters.GLARING)
    return finding


def _below(measured: float, limit: float) -> bool:
    return not measured >= limit  # written so that a NaN fails


def _above(measured: float, limit: float) -> bool:
    return not measured <= limit


def _weaker(measured: float, limit: float) -> bool:
    return measured < limit  # written so that a NaN passes: not embedded yet, or a model never measured


def _exceeding(measured: float, limit: float) -> bool:
    return measured > limit  # written so that a NaN passes: not measured


_Worse = Callable[[float, float], bool]

_CHECKS: Final[tuple[tuple[str, str, _Worse, str], ...]] = (
    ("too-far", "eye_distance", _below, "Move closer: the eyes are {0:.0f} px apart, {1:.0f} are needed."),
    (
        "covered-eyes",
        "covered_eyes",
        _exceeding,
        _EYES,
    ),
    (
        "covered-eyes",
        "covered_both",
        _exceeding,
        _EYES,
    ),
    (
        "covered-mouth",
        "covered_mouth",
        _exceeding,
        "Uncover the nose and mouth: lower a mask or scarf, or a hand (log odds {0:.1f}, {1:.1f} allowed).",
    ),
    (
        "unclear-face",
        "detector_score",
        _below,
        "Take away what covers the face, and face the light: the detector says {0:.2f}, {1:.2f} is needed.",
    ),
    (
        "turned-away",
        "nose_offset",
        _above,
        "Look straight at the camera: the nose is {0:.2f} eye distances off the middle, {1:.2f} are allowed.",
    ),
    (
        "cut-off",
        "outside",
        _above,
        "Bring the whole face into the picture: {0:.0%} of it is cut off, {1:.0%} are allowed.",
    ),
    ("too-dark", "shadows", _above, "More light on the face: {0:.0%} of it is black, {1:.0%} are allowed."),
    ("too-bright", "lights", _above, "Less light on the face: {0:.0%} of it is white, {1:.0%} are allowed."),
    (
        "too-noisy",
        "noise",
        _above,
        "More light on the face: the picture is grainy (noise {0:.1f} grey levels, {1:.1f} are allowed).",
    ),
    (
        "blurred",
        "sharpness",
        _below,
        "Hold still and let the camera focus: sharpness is {0:.1f} dB, {1:.1f} dB is needed.",
    ),
    (
        "too-compressed",
        "flatness",
        _above,
        "Use the picture as the camera took it: compression wiped out {0:.0%} of the face, {1:.0%} may be.",
    ),
    (
        "weak-face",
        "strength",
        _weaker,
        "Come closer, hold still, and face an even light: the face's signal is {0:.1f}, {1:.1f} is needed.",
    ),
)
