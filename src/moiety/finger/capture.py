"""From what a ceremony is given, scans and photographs of hands, to fingers that are named and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.finger import scan
from moiety.finger.contactless import read_hand
from moiety.finger.pipeline import Explain, FingerExtraction, Print, extract_each
from moiety.finger.positions import FingerPosition, HandShown
from moiety.finger.quality import FingerGate
from moiety.finger.seen import SeenHand
from moiety.finger.template import FingerTemplate, Kind
from moiety.image import Image, Source, load


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CapturedFinger:
    """One finger of one capture.

    Attributes:
        position: which finger, as the capture was labelled or as the hand shows.
        kind: scanned by contact, or photographed.
        template: None where something was found wanting.
        findings: what was found wanting.
        quality: numbers by name, for the evidence.
    """

    position: FingerPosition
    kind: Kind
    template: FingerTemplate | None
    findings: tuple[Finding, ...]
    quality: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CapturedHand:
    """A photograph's fingers, and what is wrong with the photograph as a whole."""

    fingers: tuple[CapturedFinger, ...]
    findings: tuple[Finding, ...]


def see_hand(photograph: Source, shown: HandShown) -> SeenHand:
    """Find the fingers of a photographed hand, so that whoever waits for a fit one need not find them again.

    Raises:
        ImageUnreadable, ImageTooLarge: the photograph cannot be read.
    """
    rgb = np.ascontiguousarray(load(photograph).rgb)
    return SeenHand(shown, read_hand(rgb, shown.side, expected=shown.fingers))


def scans(
    prints: Mapping[str, Source | Sequence[Source]], gate: FingerGate, *, explain: Explain | None = None
) -> list[CapturedFinger]:
    """Scans of prints, by the name of the finger; several of one finger come in the order given.

    `explain` is told of each, as in `pipeline`.

    Raises:
        UsageError: a name that no finger has, or a finger without a print.
        ImageUnreadable, ImageTooLarge: a scan cannot be read.
    """
    rows = [(FingerPosition.of_label(label), one) for label, given in prints.items() for one in _each(given)]
    jobs = [Print(_scan(source), position=int(position)) for position, source in rows]
    found = extract_each(jobs, gate=gate, explain=explain)
    return [_captured(position, "contact", one) for (position, _), one in zip(rows, found, strict=True)]


def hand(
    photograph: Source | SeenHand,
    shown: HandShown,
    gate: FingerGate,
    *,
    explain: Explain | None = None,
) -> CapturedHand:
    """The fingers of a photographed hand that whoever took it says are shown.

    Raises:
        UsageError: a hand was seen as another than it is given for.
        ImageUnreadable, ImageTooLarge: the photograph cannot be read.
    """
    seen = photograph if isinstance(photograph, SeenHand) else see_hand(photograph, shown)
    if seen.shown != shown:
        raise UsageError("A hand was seen as another than it is given for.", remedy="See it again.")
    reading = seen.reading
    fit = [(one, one.flat) for one in reading.fingers if one.flat is not None and not one.findings]
    jobs = [Print(flat.grey, 500.0, int(one.position), "contactless", flat.flipped) for one, flat in fit]
    done = iter(extract_each(jobs, gate=gate, explain=explain))
    fingers = []
    for one in reading.fingers:
        if one.flat is None or one.findings:
            fingers.append(CapturedFinger(one.position, "contactless", None, one.findings, {}))
        else:
            fingers.append(_captured(one.position, "contactless", next(done)))
    return CapturedHand(tuple(fingers), reading.findings)


def _each(given: Source | Sequence[Source]) -> list[Source]:
    if isinstance(given, (str, bytes, Path, Image, np.ndarray)):
        return [given]
    if not given:
        raise UsageError("A finger is named without a print.")
    return list(given)


def _scan(source: Source) -> Image:
    return scan.load(source) if isinstance(source, (str, Path, bytes)) else load(source)


def _captured(position: FingerPosition, kind: Kind, found: FingerExtraction) -> CapturedFinger:
    quality = {
        name: float(value)
        for name in found.quality.__dataclass_fields__
        if isinstance(value := getattr(found.quality, name), (int, float))
    }
    return CapturedFinger(position, kind, found.template, found.findings, quality)
