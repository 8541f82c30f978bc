"""The fingers of a verification: captured, gated, and each compared with the enrolled finger of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from moiety.credential.contents import SealedTemplate
from moiety.decision.calibration import Tables
from moiety.decision.decision import CaptureEvidence, Comparison, FingerEvidence, Reason, part_of
from moiety.decision.judge import calibrate
from moiety.errors import UsageError
from moiety.findings import Finding
from moiety.finger.seen import SeenHand
from moiety.image import Source

if TYPE_CHECKING:
    from moiety.finger.capture import CapturedFinger
    from moiety.finger.pipeline import Explain
    from moiety.finger.template import FingerTemplate


@dataclass(frozen=True, slots=True)
class LiveFingers:
    """The fingers captured now, one of each name, and what is wrong with photographs as a whole."""

    fingers: tuple[CapturedFinger, ...]
    findings: tuple[Finding, ...]

    def hindrances(self) -> tuple[Finding, ...]:
        """What keeps the fingers from being compared.

        A scan was chosen by hand, so each must be fit. Of a photographed hand the fit fingers are compared;
        only when none is fit does the photograph stand in the way. Fitness is judged before any comparison.
        """
        scanned = [f for one in self.fingers if one.kind == "contact" for f in one.findings]
        photographed = [one for one in self.fingers if one.kind == "contactless"]
        unfit = [f for one in photographed for f in one.findings]
        if any(one.template is not None for one in photographed):
            unfit = []
        return (*self.findings, *scanned, *unfit)

    def evidence(self, done: Mapping[int, Comparison]) -> tuple[FingerEvidence, ...]:
        """Each finger as the decision states it."""
        return tuple(
            FingerEvidence(
                int(one.position),
                one.kind,
                CaptureEvidence(one.quality, one.findings, done.get(int(one.position))),
            )
            for one in self.fingers
        )


def capture_fingers(
    fingers: Mapping[str, Source] | None,
    hands: Mapping[str, Source | SeenHand] | None,
    *,
    explain: Explain | None = None,
) -> LiveFingers:
    """Read what was captured now, through the verification gate; `explain` is told of each print.

    Raises:
        UsageError: a finger given twice, or a name that no finger or side has.
        ImageUnreadable, ImageTooLarge: a picture cannot be read.
    """
    if not fingers and not hands:
        return LiveFingers((), ())
    from moiety.finger import capture, quality  # a face alone does not wait for the finger's modules
    from moiety.finger.positions import HandShown

    found = capture.scans({} if fingers is None else fingers, quality.VERIFY, explain=explain)
    findings: list[Finding] = []
    for label, photograph in ({} if hands is None else hands).items():
        taken = capture.hand(photograph, HandShown.of_label(label), quality.VERIFY, explain=explain)
        found.extend(taken.fingers)
        findings.extend(taken.findings)
    positions = [one.position for one in found]
    twice = {part_of("finger", one) for one in positions if positions.count(one) > 1}
    if twice:
        raise UsageError(
            f"Given twice: {', '.join(sorted(twice))}.", remedy="One capture of a finger is compared."
        )
    return LiveFingers(tuple(found), tuple(findings))


def compare_fingers(
    held: Sequence[SealedTemplate],
    live: LiveFingers,
    tables: Tables,
    *,
    foreign: frozenset[int] = frozenset(),
    explain: Explain | None = None,
) -> tuple[dict[int, Comparison], tuple[Reason, ...]]:
    """Each captured finger against the enrolled finger of the same name, and what a reader must know.

    `foreign` are the positions whose minutiae another program found: no rate was measured on those. `explain`
    is told, under "pairing", what each comparison paired.
    """
    enrolled = {one.position: one for one in held}
    done: dict[int, Comparison] = {}
    notes: list[Reason] = []
    contactless = False
    for one in live.fingers:
        if one.template is None:
            continue
        sealed = enrolled.get(int(one.position))
        if sealed is None:
            text = f"The code holds no {part_of('finger', one.position)}: it was not compared."
            notes.append(Reason("finger-not-enrolled", text))
            continue
        by_photograph = "contactless" in (one.kind, sealed.kind)
        contactless = contactless or by_photograph
        made = _compared(sealed, one.template, tables, explain)
        if by_photograph or int(one.position) in foreign:
            made = replace(made, rate=replace(made.rate, measured=False))
        done[int(one.position)] = made
    if contactless:
        text = "Photographed fingers are given the rates of contact prints; on photographs none was measured."
        notes.append(Reason("contactless-not-measured", text))
    return done, tuple(notes)


def _compared(
    sealed: SealedTemplate, probe: FingerTemplate, tables: Tables, explain: Explain | None
) -> Comparison:
    from moiety.finger import matcher
    from moiety.finger.template import FingerTemplate

    reference = FingerTemplate.from_bytes(
        sealed.data,
        model=sealed.model,
        position=sealed.position,
        kind="contactless" if sealed.kind == "contactless" else "contact",
        mirrored=sealed.mirrored,
    )
    sink = None if explain is None else lambda paired: explain("pairing", paired)
    score = matcher.compare(reference, probe, explain=sink)
    return calibrate(
        score, tables, modality="finger", model=reference.model, samples=1, position=sealed.position
    )
