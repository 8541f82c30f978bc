"""What is measured of a print before it is used, and the gates that say what is wanting.

Inspired by ISO/IEC 29794-4, and no implementation of it. An upside-down print cannot be told from an upright
one by its minutiae, so nothing here claims to; the matcher tries all rotations, so it compares as it should.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from moiety.findings import Finding
from moiety.finger import parameters as p
from moiety.finger.ridges import RidgeMap
from moiety.finger.template import Minutiae


@dataclass(frozen=True, slots=True)
class FingerQuality:
    """What was measured of one print; nothing in it tells fingers apart.

    Attributes:
        minutiae: how many the network is sure of (quality at least `parameters.QUALITY_LEAST`).
        certainty: the mean quality of the minutiae that the template keeps, 0 to 1.
        area: square millimetres that show ridges.
        ridge_period: pixels between ridges at 500 ppi; 0 where no ridges were seen.
        clarity: the mean share of a ridged block's energy that lies in its peak, 0 to 1.
        resolution: "stated" where file or caller gave the pixels an inch, "measured" where the ridges did.
    """

    minutiae: int
    certainty: float
    area: float
    ridge_period: float
    clarity: float
    resolution: Literal["stated", "measured"]


@dataclass(frozen=True, slots=True)
class FingerGate:
    """Limits on the measures of `FingerQuality`, in their units; `None` asks for nothing."""

    name: str
    minutiae: int | None = None
    certainty: float | None = None
    area: float | None = None
    ridge_period_least: float | None = None
    ridge_period_most: float | None = None


ENROL: Final = FingerGate(
    "enrol",
    minutiae=p.ENROL_MINUTIAE,
    certainty=p.ENROL_CERTAINTY,
    area=p.ENROL_AREA,
    ridge_period_least=p.GATE_PERIOD_LEAST,
    ridge_period_most=p.GATE_PERIOD_MOST,
)
VERIFY: Final = FingerGate(
    "verify",
    minutiae=p.VERIFY_MINUTIAE,
    certainty=p.VERIFY_CERTAINTY,
    area=p.VERIFY_AREA,
    ridge_period_least=p.GATE_PERIOD_LEAST,
    ridge_period_most=p.GATE_PERIOD_MOST,
)
NONE: Final = FingerGate("none")

_NO_PRINT: Final = "No ridges were found: this shows no fingerprint, or one too faint to see."


def assess(
    ridges: RidgeMap, minutiae: Minutiae, kept: int, resolution: Literal["stated", "measured"]
) -> FingerQuality:
    """Measure one print from its ridges at 500 ppi and its minutiae, of which the best `kept` are used."""
    best = minutiae.quality[:kept]
    return FingerQuality(
        minutiae=int((minutiae.quality >= p.QUALITY_LEAST).sum()),
        certainty=float(best.mean()) if best.size else 0.0,
        area=ridges.area(p.PPI),
        ridge_period=ridges.period,
        clarity=ridges.clarity,
        resolution=resolution,
    )


def ridge_findings(period: float, gate: FingerGate) -> tuple[Finding, ...]:
    """What `gate` finds wanting in the ridges alone, `period` pixels apart at 500 ppi; 0 if none.

    Codes: no-print, wrong-resolution. With either, nothing else about the print means anything.
    """
    if period == 0:
        return (Finding("no-print", _NO_PRINT),)
    least, most = gate.ridge_period_least, gate.ridge_period_most
    if least is not None and _below(period, least):
        text = _RESOLUTION.format(period, "no less than", least)
        return (Finding("wrong-resolution", text, period, least),)
    if most is not None and _above(period, most):
        text = _RESOLUTION.format(period, "no more than", most)
        return (Finding("wrong-resolution", text, period, most),)
    return ()


def findings_of(quality: FingerQuality, gate: FingerGate) -> tuple[Finding, ...]:
    """What `gate` finds wanting in `quality`, the gravest first.

    Codes: those of `ridge_findings`, no-minutiae, print-too-small, too-few-minutiae, unclear-print.
    """
    grave = ridge_findings(quality.ridge_period, gate)
    if grave:
        return grave
    found = tuple(
        Finding(code, text.format(measured, limit), measured, limit)
        for code, name, worse, text in _CHECKS
        if (limit := getattr(gate, name)) is not None and worse(measured := getattr(quality, name), limit)
    )
    return found if quality.minutiae else (Finding("no-minutiae", _NO_MINUTIAE, 0, 1), *found)


def _below(measured: float, limit: float) -> bool:
    return not measured >= limit  # written so that a NaN fails


def _above(measured: float, limit: float) -> bool:
    return not measured <= limit


_NO_MINUTIAE: Final = "The print shows no minutiae: press the middle of the pad down, or use another finger."
_RESOLUTION: Final = (
    "State the scan's true pixels per inch: at the stated ones, ridges lie {0:.1f} px apart at 500 ppi, and "
    "{1} {2:.1f} is possible."
)
_Check = tuple[str, str, Callable[[float, float], bool], str]
_CHECKS: Final[tuple[_Check, ...]] = (
    (
        "print-too-small",
        "area",
        _below,
        "Press the whole pad down: ridges show on {0:.0f} mm2, {1:.0f} are needed.",
    ),
    (
        "too-few-minutiae",
        "minutiae",
        _below,
        "The print shows {0:.0f} minutiae, {1:.0f} are needed: press the middle of the pad down.",
    ),
    (
        "unclear-print",
        "certainty",
        _below,
        "Clean and dry the finger, or moisten a dry one: the print is {0:.2f} certain, {1:.2f} is needed.",
    ),
)
