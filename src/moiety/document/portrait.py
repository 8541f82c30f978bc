"""A document's portrait to a face template: one face, large enough, and what makes it poor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from moiety import image
from moiety.decision.decision import PortraitEvidence, Reason
from moiety.decision.portraits import UNDATED
from moiety.document import parameters as p
from moiety.errors import ImageTooLarge, ImageUnreadable, PortraitTooLarge, PortraitUnreadable
from moiety.face import pipeline
from moiety.face.gate import Gate
from moiety.face.quality import FaceQuality, measures
from moiety.face.template import FaceTemplate
from moiety.findings import Finding

KINDS: Final = ("JPEG", "JPEG2000", "WEBP", "AVIF", "PNG")

GATE: Final = Gate(
    "portrait",
    detector_score=0.80,
    eye_distance=p.LEAST_EYE_DISTANCE,
    nose_offset=0.30,
    outside=0.10,
    noise=10.0,
    shadows=0.40,
    lights=0.40,
    strength=9.0,
)
"""The verification gate's limits, but for size, sharpness and flatness: documents shrink and compress, and
the portrait's own calibration table was fitted on such pictures."""


@dataclass(frozen=True, slots=True, repr=False)
class Portrait:
    """A portrait as it was read: its template, or the findings that say why there is none."""

    template: FaceTemplate | None
    evidence: PortraitEvidence
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """What the document says of its portrait.

    Attributes:
        taken: when it was taken, or else the date of issuance that it states, in UTC seconds; None where it
            states neither.
        printed: whether its issuer's portraits are scans of prints.
        withheld: whether the holder may have withheld an older date than the one that is known.
    """

    taken: int | None
    printed: bool
    withheld: bool = False

    @property
    def unknown(self) -> bool:
        """Whether the portrait may be older than anything here says."""
        return self.taken is None or self.withheld


AGE_UNKNOWN: Final = Reason(
    "portrait-age-unknown",
    "How old the portrait is isn't known: the document doesn't show when it was taken.",
)


def read_portrait(data: bytes, stated: Stated, *, model: str, now: int) -> Portrait:
    """Decode a portrait and make a template of the one face in it.

    `data` comes out of a document whose issuer signed it; that is for the caller to have checked.

    Raises:
        PortraitUnreadable: no picture of `KINDS`, or a damaged one.
        PortraitTooLarge: over `MAX_PORTRAIT_BYTES` or `MAX_PORTRAIT_PIXELS`.
    """
    if len(data) > p.MAX_PORTRAIT_BYTES:
        raise PortraitTooLarge(
            f"The document's portrait has {len(data):,} bytes; {p.MAX_PORTRAIT_BYTES:,} are allowed."
        )
    try:
        picture = image.load(data, formats=KINDS, max_pixels=p.MAX_PORTRAIT_PIXELS)
    except ImageTooLarge as error:
        raise PortraitTooLarge("The document's portrait has more pixels than are allowed.") from error
    except ImageUnreadable as error:
        raise PortraitUnreadable(
            "The document's portrait isn't a picture of a kind that is taken, or is damaged or tiny."
        ) from error
    sample = pipeline.reference(picture, GATE, model=model)
    template = None if sample.embedding is None else pipeline.template([sample], model=model)
    quality = {} if sample.quality is None else measures(sample.quality)
    kind = image.kind_of(data)
    evidence = PortraitEvidence(
        format="" if kind is None else kind,
        width=picture.width,
        height=picture.height,
        size=len(data),
        taken=stated.taken,
        quality=quality,
        poor=_poor(sample.quality, stated, now),
    )
    return Portrait(template, evidence, tuple(_told(one) for one in sample.findings))


def _poor(quality: FaceQuality | None, stated: Stated, now: int) -> tuple[str, ...]:
    """Why a policy may ask for more than this portrait's face."""
    found = []
    if quality is not None and quality.eye_distance < p.POOR_EYE_DISTANCE:
        found.append("small")
    if quality is not None and quality.strength < p.POOR_STRENGTH:  # NaN: not measured for this model
        found.append("weak")
    if stated.taken is not None and now - stated.taken > p.OLD_S:
        found.append("old")
    elif stated.withheld:
        found.append(UNDATED)
    if stated.printed:
        found.append("printed")
    return tuple(found)


def _told(finding: Finding) -> Finding:
    """A finding about the portrait in words for the portrait: nobody can move closer in it."""
    measured, limit = finding.measured, finding.limit
    if finding.code == "no-face":
        return Finding("portrait-no-face", "No face was found in the document's portrait.", measured, limit)
    if finding.code == "several-faces":
        text = "The document's portrait shows more than one face."
        return Finding("portrait-several-faces", text, measured, limit)
    if finding.code == "too-far":
        text = (
            f"The document's portrait is too small: the eyes are {measured:.1f} px apart, {limit:.1f} needed."
        )
        return Finding("portrait-small", text, measured, limit)
    text = f"The document's portrait is too poor to compare with ({finding.code})."
    return Finding("portrait-unfit", text, measured, limit)
