"""One print in, one template or findings out. Read this first: one stage a line.

For prints that a scanner took, and for what `contactless` makes of photographs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.finger import parameters as p
from moiety.finger.minutiae import MODEL, find_each
from moiety.finger.quality import VERIFY, FingerGate, FingerQuality, assess, findings_of, ridge_findings
from moiety.finger.ridges import RidgeMap, resample, ridge_map
from moiety.finger.template import FingerTemplate, Kind, Minutiae, no_minutiae
from moiety.image import Image, load

Explain = Callable[[str, object], None]
"""Receives intermediates by name, in process only: a `FingerTrace` for each print, under "finger". Off by
default, and then it costs nothing."""

Resolution = Literal["stated", "measured"]

_PPI_LIMITS: Final = (100.0, 2500.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FingerExtraction:
    """One print's outcome: its template, or why there is none.

    Attributes:
        template: the template, or None where the gate found something wanting.
        findings: what the gate found wanting; empty when it passes.
        quality: what was measured.
    """

    template: FingerTemplate | None
    findings: tuple[Finding, ...]
    quality: FingerQuality

    def __repr__(self) -> str:
        return f"FingerExtraction(findings={[one.code for one in self.findings]})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FingerTrace:
    """What one print went through, for drawing (see `drawing`). In-process only.

    Attributes:
        position: which finger, 0 where not known.
        grey: uint8 (height, width), the part that shows ridges, at 500 ppi.
        ridges: where the ridges are in the whole print.
        found: all minutiae of `grey`, in mm from its upper left corner, best first.
        kept: those that its template keeps.
    """

    position: int
    grey: NDArray[np.uint8]
    ridges: RidgeMap
    found: Minutiae
    kept: Minutiae


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Print:
    """One print to process: the picture and what is known of it.

    Attributes:
        image: an `Image`, or a uint8 array of shape (height, width[, 3]); ridges dark.
        ppi: pixels per inch, 100 to 2500; None takes the image's own statement, or else measures the ridges.
        position: which finger, ISO/IEC 19794-2:2005; 0 where not known.
        kind: how it was captured.
        mirrored: whether a contactless print was mirrored to agree with contact prints.
    """

    image: Image | NDArray[np.uint8]
    ppi: float | None = None
    position: int = 0
    kind: Kind = "contact"
    mirrored: bool = False


def extract(
    image: Image | NDArray[np.uint8],
    *,
    ppi: float | None = None,
    gate: FingerGate = VERIFY,
    position: int = 0,
    kind: Kind = "contact",
    mirrored: bool = False,
    explain: Explain | None = None,
) -> FingerExtraction:
    """Process one print; the arguments are those of `Print`.

    Raises:
        ImageUnreadable: the array is no picture.
        UsageError: `ppi` is outside 100 to 2500.
        ModelError: the network cannot be used.
    """
    one = Print(image, ppi, position, kind, mirrored)
    return extract_each([one], gate=gate, explain=explain)[0]


def extract_each(
    prints: Sequence[Print], *, gate: FingerGate = VERIFY, explain: Explain | None = None
) -> list[FingerExtraction]:
    """Process several prints, two at a time: four cost less time than four times one. Raises as `extract`."""
    # 1. Grey, at 500 pixels an inch.
    normal = [_normalised(one) for one in prints]
    # 2. Where the ridges are, and how far apart.
    ridges = [ridge_map(grey) for grey, _ in normal]
    # 3. The minutiae of the part that shows ridges, where these can be a finger's.
    cropped = [_cropped(grey, one) for (grey, _), one in zip(normal, ridges, strict=True)]
    found = _minutiae(cropped, ridges, gate)
    # 4. Quality, gate, template.
    rows = zip(prints, normal, ridges, found, strict=True)
    outcomes = [_outcome(one, how, map_, minutiae, gate) for one, (_, how), map_, minutiae in rows]
    if explain is not None:
        for one, grey, map_, minutiae in zip(prints, cropped, ridges, found, strict=True):
            explain("finger", FingerTrace(one.position, grey, map_, minutiae, select(minutiae)))
    return outcomes


def select(minutiae: Minutiae) -> Minutiae:
    """The minutiae that a template keeps: the sure ones, at most 50; if under 30, up to 30 of the next."""
    sure = int((minutiae.quality >= p.QUALITY_LEAST).sum())
    return minutiae.take(slice(min(max(sure, p.FILL_MINUTIAE), p.MAX_MINUTIAE)))


def _normalised(one: Print) -> tuple[NDArray[np.uint8], Resolution]:
    image = load(one.image)
    grey = cv2.cvtColor(image.rgb, cv2.COLOR_RGB2GRAY)
    if one.ppi is not None and not _PPI_LIMITS[0] <= one.ppi <= _PPI_LIMITS[1]:
        raise UsageError(f"A print has 100 to 2500 pixels an inch, not {one.ppi:g}.")
    stated = one.ppi if one.ppi is not None else image.ppi
    if stated is not None and (one.ppi is not None or stated >= p.STATED_PPI_LEAST):
        return resample(grey, p.PPI / stated), "stated"
    period = ridge_map(grey).period
    if period == 0 or p.ADULT_PERIOD_LEAST <= period <= p.ADULT_PERIOD_MOST:
        return grey, "measured"
    return resample(grey, p.RIDGE_PERIOD / period), "measured"


def _minutiae(pictures: list[NDArray[np.uint8]], ridges: list[RidgeMap], gate: FingerGate) -> list[Minutiae]:
    worth = [not ridge_findings(one.period, gate) for one in ridges]
    found = iter(find_each([one for one, is_worth in zip(pictures, worth, strict=True) if is_worth]))
    return [next(found) if is_worth else no_minutiae() for is_worth in worth]


def _cropped(grey: NDArray[np.uint8], ridges: RidgeMap) -> NDArray[np.uint8]:
    height, width = grey.shape
    rows, columns = ridges.box((height, width))
    return grey[rows, columns]


def _outcome(
    one: Print, resolution: Resolution, ridges: RidgeMap, minutiae: Minutiae, gate: FingerGate
) -> FingerExtraction:
    kept = select(minutiae)
    quality = assess(ridges, minutiae, len(kept), resolution)
    findings = findings_of(quality, gate)
    if findings or len(kept) == 0:
        return FingerExtraction(None, findings, quality)
    template = FingerTemplate.from_minutiae(
        kept, model=MODEL, position=one.position, kind=one.kind, mirrored=one.mirrored
    )
    return FingerExtraction(template, (), quality)
