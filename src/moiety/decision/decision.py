"""The decision: accept, reject or inconclusive, with its reasons and its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Final, Literal, NoReturn

from moiety.decision.calibration import Rate
from moiety.findings import Finding
from moiety.liveness.level import Liveness as Liveness
from moiety.liveness.verdict import Presence


class Outcome(StrEnum):
    """What was decided."""

    ACCEPT = "accept"
    REJECT = "reject"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code for programs, a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a reference with a probe.

    Attributes:
        modality: "face" or "finger".
        position: ISO/IEC 19794-2 finger position, 0 for a face.
        score: the comparison score.
        rate: the false match rate that the score stands for.
        llr: natural log-likelihood ratio, capped at what the calibration supports.
        calibration: name of the table used.
        model: what made the templates.
        calibration_sha256, model_sha256: of the table's and of the model's file, in hexadecimal: what a name
            stands for differs from home to home.
    """

    modality: str
    position: int
    score: float
    rate: Rate
    llr: float
    calibration: str
    model: str = ""
    calibration_sha256: str = ""
    model_sha256: str = ""


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """What was seen of one modality: the measures, what the gate found wanting, and the comparison if any."""

    quality: Mapping[str, float]
    findings: tuple[Finding, ...]
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class FingerEvidence:
    """What was seen of one finger.

    Attributes:
        position: ISO/IEC 19794-2 finger position.
        kind: "contact" or "contactless".
        capture: its measures, findings, and the comparison if it was compared.
    """

    position: int
    kind: str
    capture: CaptureEvidence


@dataclass(frozen=True, slots=True)
class PortraitEvidence:
    """What a document's portrait is like.

    Attributes:
        format: "JPEG", "JPEG2000", "WEBP", "AVIF" or "PNG".
        width, height: pixels.
        size: bytes.
        taken: when it was taken, or else the date of issuance that the document states, in UTC seconds; None
            where neither is known.
        quality: the measures of its face.
        poor: codes of what makes it poor, so that a policy may ask for more; empty where it is good.
    """

    format: str
    width: int
    height: int
    size: int
    taken: int | None
    quality: Mapping[str, float]
    poor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialEvidence:
    """What was checked of the document. Times are UTC seconds.

    Attributes:
        issuer: who vouches for it.
        not_after: until when it is valid; None where it does not say.
        status: "valid" by a status list, or "not-checked" where none says anything of it.
        status_age_s: the list's age.
        kind: "moiety" (a code of ours), "claim-169", "mdoc" or "sd-jwt-vc".
        portrait: the picture compared with, where the reference is one.
        enrolled: how the holder of a code of ours was enrolled, "live" or from "files"; None where it is not
            stated.
        document_type: a document's docType or `vct`; None for codes.
    """

    issuer: str
    not_after: int | None
    status: str
    status_age_s: int | None
    kind: str = "moiety"
    portrait: PortraitEvidence | None = None
    enrolled: Literal["live", "files"] | None = None
    document_type: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one verification, with everything that led to it.

    Compare `outcome`; a Decision has no truth value, so that "inconclusive" cannot pass for "accept".
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    face: CaptureEvidence | None
    liveness: Liveness
    credential: CredentialEvidence
    target_fmr: float
    fingers: tuple[FingerEvidence, ...] = ()
    presence: Presence | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError("A Decision is not true or false: compare decision.outcome.")

    def made_with(self) -> tuple[str, ...]:
        """The tables and models behind the comparisons, as NAME:SHA-256, sorted."""
        captures = (*(() if self.face is None else (self.face,)), *(one.capture for one in self.fingers))
        made = [one.comparison for one in captures if one.comparison is not None]
        tables = {f"{one.calibration}:{one.calibration_sha256}" for one in made}
        return tuple(sorted(tables | {f"{one.model}:{one.model_sha256}" for one in made if one.model}))

    def explain(self) -> str:
        """The outcome and its numbered reasons, as text."""
        lines = [self.outcome.value.upper(), *(f"{i}. {one.text}" for i, one in enumerate(self.reasons, 1))]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The decision as plain data, in the shape of `docs/reference/command-line.md`."""
        return {
            "outcome": self.outcome.value,
            "reasons": [asdict(one) for one in self.reasons],
            "face": None if self.face is None else _capture(self.face),
            "fingers": [
                {"position": part_of("finger", one.position), "kind": one.kind, **_capture(one.capture)}
                for one in self.fingers
            ],
            "liveness": {"level": self.liveness.value, **_presence(self.presence)},
            "credential": _credential(self.credential),
            "target_fmr": self.target_fmr,
        }


_FINGERS: Final = (
    "right thumb", "right index", "right middle", "right ring", "right little",
    "left thumb", "left index", "left middle", "left ring", "left little",
)  # fmt: skip


def part_of(modality: str, position: int) -> str:
    """What was compared, as people say it: "face", "right index finger", "left thumb"."""
    if modality != "finger" or not 1 <= position <= len(_FINGERS):
        return modality
    name = _FINGERS[position - 1]
    return name if name.endswith("thumb") else f"{name} finger"


def _credential(about: CredentialEvidence) -> dict[str, Any]:
    portrait = about.portrait
    told = {field.name: getattr(about, field.name) for field in fields(about)}
    if portrait is not None:
        told["portrait"] = {
            **{field.name: getattr(portrait, field.name) for field in fields(portrait)},
            "quality": {name: round(value, 4) for name, value in portrait.quality.items()},
            "poor": list(portrait.poor),
        }
    return told


def _presence(presence: Presence | None) -> dict[str, Any]:
    """What live frames showed; nothing where there were none."""
    if presence is None:
        return {}
    return {
        "reasons": [{"code": one.code, "text": one.text} for one in presence.reasons],
        "measures": {name: round(value, 4) for name, value in presence.measures.items()},
    }


def _capture(capture: CaptureEvidence) -> dict[str, Any]:
    done = capture.comparison
    return {
        "score": None if done is None else round(done.score, 6),
        "fmr": None if done is None else done.rate.value,
        "fmr_measured": None if done is None else done.rate.measured,
        "calibration": None if done is None else done.calibration,
        "calibration_sha256": None if done is None else done.calibration_sha256,
        "model": None if done is None else done.model,
        "model_sha256": None if done is None else done.model_sha256,
        "calibration_set": None if done is None else done.rate.binds,
        "quality": {
            "measures": {name: round(value, 4) for name, value in capture.quality.items()},
            "findings": [{"code": one.code, "text": one.text} for one in capture.findings],
        },
    }
