"""The fingers of an enrolment: captured, gated, checked against each other, made ready to be sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from moiety.credential.claims import Profile
from moiety.credential.contents import SealedTemplate
from moiety.decision import parameters
from moiety.decision.calibration import Tables
from moiety.decision.decision import part_of
from moiety.errors import PicturesDisagree, QualityRefused, UsageError
from moiety.findings import Finding
from moiety.finger import capture, matcher, quality
from moiety.finger.positions import HandShown
from moiety.finger.seen import SeenHand
from moiety.finger.template import FingerTemplate, Kind
from moiety.image import Source

CARD_MINUTIAE: Final = 42
"""Design section 5: two fingers of 42 minutiae fit a card beside the face."""
_OF_HAND: Final[Mapping[Profile, int]] = {"card": 2, "paper": 4, "open": 4, "blind": 4}
"""How many of the fingers that a photograph shows are kept, thumb side first."""


def sealed_fingers(
    fingers: Mapping[str, Source | Sequence[Source]] | None,
    hands: Mapping[str, Source | SeenHand] | None,
    profile: Profile,
    tables: Tables,
) -> tuple[SealedTemplate, ...]:
    """One template a finger, from scans and photographs of hands.

    Raises:
        UsageError: a finger is named twice in different ways, or has no such name.
        QualityRefused: a capture fails the enrolment gate.
        PicturesDisagree: two scans of one finger do not match, or two fingers are the same.
    """
    captured = capture.scans({} if fingers is None else fingers, quality.ENROL)
    for label, photograph in ({} if hands is None else hands).items():
        shown = HandShown.of_label(label)
        taken = capture.hand(photograph, shown, quality.ENROL)
        _refuse(f"{shown.side} hand", taken.findings)
        named = {one.position.label: one for one in taken.fingers}
        captured += [named[f"{shown.side}-{name}"] for name in shown.fingers[: _OF_HAND[profile]]]
    grouped: dict[int, list[FingerTemplate]] = {}
    for one in captured:
        _refuse(part_of("finger", one.position), one.findings)
        if one.template is None:
            raise QualityRefused(f"No minutiae were found on the {part_of('finger', one.position)}.")
        grouped.setdefault(int(one.position), []).append(one.template)
    sealed = tuple(_one(position, several, profile, tables) for position, several in sorted(grouped.items()))
    _refuse_mixed(sealed, tables)
    return sealed


def _refuse_mixed(sealed: Sequence[SealedTemplate], tables: Tables) -> None:
    """Two positions that show one finger are a mistake of labelling: any finger would then stand for both.

    Raises:
        PicturesDisagree: two positions match each other.
    """
    for one, other in combinations(sealed, 2):
        if _matches(_unplaced(one), _unplaced(other), tables):
            raise PicturesDisagree(
                f"The {part_of('finger', one.position)} and the {part_of('finger', other.position)} are the "
                "same finger.",
                remedy="Capture them again, and name each as it is.",
            )


def _refuse(what: str, findings: Sequence[Finding]) -> None:
    if findings:
        told = " ".join(one.text for one in findings)
        raise QualityRefused(f"The {what}: {told}", remedy="Take this capture again.")


def _one(
    position: int, several: Sequence[FingerTemplate], profile: Profile, tables: Tables
) -> SealedTemplate:
    """The best scan of a finger, after every scan was seen to match every other."""
    if len({one.kind for one in several}) > 1:
        raise UsageError(f"The {part_of('finger', position)} is given as a scan and in a hand: choose one.")
    for one, other in combinations(several, 2):
        if not _matches(one, other, tables):
            raise PicturesDisagree(f"The scans of the {part_of('finger', position)} do not match each other.")
    best = max(several, key=lambda one: one.minutiae)
    kept = best.truncated(CARD_MINUTIAE) if profile == "card" else best
    return SealedTemplate("finger", kept.model, kept.to_bytes(), 1, position, kept.kind, kept.mirrored)


def _matches(one: FingerTemplate, other: FingerTemplate, tables: Tables) -> bool:
    table = tables.find("finger", one.model, 1)
    return table.fmr(matcher.compare(one, other)).value <= parameters.SELF_CHECK_FMR


def _unplaced(sealed: SealedTemplate) -> FingerTemplate:
    """A template under no position, so that two positions can be compared."""
    kind: Kind = "contactless" if sealed.kind == "contactless" else "contact"
    return FingerTemplate.from_bytes(sealed.data, model=sealed.model, kind=kind, mirrored=sealed.mirrored)
