"""Finger images and ISO/IEC 19794-2 records in a document, as references of the fingers that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from moiety.credential.claim169 import BIOMETRICS, FORMATS, TEMPLATE, Attribute, Biometric
from moiety.credential.contents import SealedTemplate
from moiety.decision.decision import Reason, part_of
from moiety.errors import InputError, TemplateMismatch

if TYPE_CHECKING:
    from moiety.finger.template import FingerTemplate

_IMAGE: Final = 0
_ISO_19794_2: Final = 1
_FIRST_KEY: Final = 49  # attributes 50 to 59 are the positions 1 to 10
_FINGERS: Final = range(1, 11)

FOREIGN: Final = Reason(
    "foreign-minutiae-not-measured",
    "Minutiae that another program found are given the rates of ours; on them none was measured.",
)


@dataclass(frozen=True, slots=True, repr=False)
class FingerReferences:
    """The fingers of one document.

    Attributes:
        templates: one a finger.
        foreign: positions whose minutiae another program found.
        notes: what could not be used, and what is not measured.
    """

    templates: tuple[SealedTemplate, ...]
    foreign: frozenset[int]
    notes: tuple[Reason, ...]


def of_attributes(attributes: Mapping[str, Attribute]) -> FingerReferences:
    """One template a finger: of its image where there is one, or else of its ISO record.

    A finger whose entries cannot be used is left out, and a note says so.
    """
    templates: list[SealedTemplate] = []
    foreign: set[int] = set()
    notes: list[Reason] = []
    for position in _FINGERS:
        entries = attributes.get(BIOMETRICS[_FIRST_KEY + position])
        if not isinstance(entries, tuple):
            continue
        each = [one for one in entries if isinstance(one, Biometric)]
        template, is_foreign = _one(each, position)
        if template is None:
            text = f"The document's {part_of('finger', position)} cannot be used: {_named(each)}."
            notes.append(Reason("finger-reference-unfit", text))
            continue
        if is_foreign:
            foreign.add(position)
        templates.append(
            SealedTemplate("finger", template.model, template.to_bytes(), 1, position, "contact", False)
        )
    if foreign:
        notes.append(FOREIGN)
    return FingerReferences(tuple(templates), frozenset(foreign), tuple(notes))


def _one(entries: list[Biometric], position: int) -> tuple[FingerTemplate | None, bool]:
    """The template, and whether its minutiae are another program's. Two images or two records are none."""
    images = [one for one in entries if one.format == _IMAGE]
    if len(images) == 1:
        template = _of_image(images[0].data, position)
        if template is not None:
            return template, False
    records = [one for one in entries if (one.format, one.sub_format) == (TEMPLATE, _ISO_19794_2)]
    return (_of_record(records[0].data, position) if len(records) == 1 else None), True


def _of_image(data: bytes, position: int) -> FingerTemplate | None:
    from moiety.finger import pipeline, quality, scan

    try:
        picture = scan.load(data)
    except InputError:
        return None
    (found,) = pipeline.extract_each([pipeline.Print(picture, position=position)], gate=quality.VERIFY)
    return found.template


def _of_record(data: bytes, position: int) -> FingerTemplate | None:
    from moiety.finger import formats
    from moiety.finger.minutiae import MODEL
    from moiety.finger.template import FingerTemplate

    try:
        views = formats.read(data, model=MODEL).templates
        fitting = [one for one in views if one.position in (0, position)]
        if len(fitting) != 1 or fitting[0].kind != "contact":
            return None
        return FingerTemplate.from_bytes(fitting[0].to_bytes(), model=MODEL, position=position)
    except (InputError, TemplateMismatch):
        return None


def _named(entries: list[Biometric]) -> str:
    kinds = sorted({FORMATS.get(-1 if one.format is None else one.format, "unknown") for one in entries})
    return (
        f"{len(entries)} entries ({', '.join(kinds)}), none of them one fit image or ISO/IEC 19794-2 record"
    )
