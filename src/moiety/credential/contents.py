"""What lies inside the seal: the templates, the hash that ties them to a consent receipt, and a record."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Literal

from moiety.credential import cbor
from moiety.credential.parameters import (
    FORMAT_VERSION,
    HASH_BYTES,
    MAX_MODEL_CHARS,
    MAX_RECORD_BYTES,
    MAX_SAMPLES,
    MAX_TEMPLATE_BYTES,
    MAX_TEMPLATES,
    VERSIONS_READ,
)
from moiety.errors import CodeMalformed, UsageError

Modality = Literal["face", "finger"]
Kind = Literal["face", "contact", "contactless"]
Enrolled = Literal["files", "live"]
"""How the person was enrolled: from files that somebody uploaded, or by a live capture."""

MODEL_NUMBERS: Final = {"sface-2021dec-int8bq": 1, "leader-2026": 2}
"""Models that every reader of this version knows, by a number that saves bytes; others are spelled out.
A number is never given to another model."""
_MODEL_NAMES: Final = {number: name for name, number in MODEL_NUMBERS.items()}

_KINDS: Final[tuple[Kind, ...]] = ("face", "contact", "contactless")
_MIRRORED: Final = 4  # the bit beside the two that number the kind
_POSITIONS: Final = 10  # ISO/IEC 19794-2:2005: 1 right thumb to 10 left little finger


@dataclass(frozen=True, slots=True, repr=False)
class SealedTemplate:
    """One template as the code carries it: opaque here, understood by its modality's package.

    Attributes:
        modality: "face" or "finger".
        model: identifier of the model and version that made it; templates of two models never compare.
        data: the template, 1 to 512 bytes.
        samples: pictures that went into it, 1 to 16.
        position: 0 for a face, 1 to 10 for a finger (ISO/IEC 19794-2:2005).
        kind: how it was captured.
        mirrored: whether a contactless print was mirrored to agree with contact prints.
    """

    modality: Modality
    model: str
    data: bytes
    samples: int
    position: int
    kind: Kind
    mirrored: bool

    def __post_init__(self) -> None:
        is_face = self.modality == "face"
        if is_face != (self.position == 0) or is_face != (self.kind == "face"):
            raise UsageError("A face has position 0 and kind 'face'; a finger has neither.")
        if not 0 <= self.position <= _POSITIONS or self.kind not in _KINDS:
            raise UsageError("A finger has a position from 1 to 10, and is contact or contactless.")
        if not 0 < len(self.model) <= MAX_MODEL_CHARS or not 0 < len(self.data) <= MAX_TEMPLATE_BYTES:
            raise UsageError("A template needs a model's name and a bounded number of bytes.")
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise UsageError(f"A template is made of 1 to {MAX_SAMPLES} pictures.")
        if self.mirrored and self.kind != "contactless":
            raise UsageError("Only contactless prints are mirrored.")

    def __repr__(self) -> str:
        return f"SealedTemplate({self.modality}, position {self.position}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """What is sealed, and the mark that stands beside the seal in the open.

    Attributes:
        templates: at least one.
        consent_hash: salted hash of the consent receipt, 32 bytes.
        enrolled: how the person was enrolled; None where a code does not say, as those of version 1.
        record: text that the issuer ties to the code, 1 to 64 bytes of UTF-8. This version reads it and keeps
            it on renewal; it issues none.
    """

    templates: tuple[SealedTemplate, ...]
    consent_hash: bytes
    enrolled: Enrolled | None = None
    record: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.templates) <= MAX_TEMPLATES:
            raise UsageError(f"A code carries 1 to {MAX_TEMPLATES} templates.")
        if len({(one.position, one.kind) for one in self.templates}) != len(self.templates):
            raise UsageError("A code carries at most one template of a finger and kind, and one of the face.")
        if len(self.consent_hash) != HASH_BYTES:
            raise UsageError(f"The hash of the consent receipt has {HASH_BYTES} bytes.")
        if self.enrolled not in (None, "files", "live"):
            raise UsageError("A person is enrolled live or from files.")
        if self.record is not None and not is_record(self.record):
            raise UsageError(
                f"A record is 1 to {MAX_RECORD_BYTES} bytes of printable text in composed form (NFC)."
            )

    def __repr__(self) -> str:
        return f"Contents({', '.join(map(repr, self.templates))})"


def is_record(text: str) -> bool:
    """Whether a text can be a record: 1 to 64 bytes of UTF-8 in NFC, printable, no space at either end.

    What is invisible (controls, marks of direction, unassigned and private characters) could show another
    record than the one that is compared.
    """
    hidden = any(unicodedata.category(one)[0] == "C" or one in "\u2028\u2029" for one in text)
    if hidden or not unicodedata.is_normalized("NFC", text) or text != text.strip():
        return False
    return 1 <= len(text.encode()) <= MAX_RECORD_BYTES


def encode(contents: Contents) -> bytes:
    """Canonical CBOR: [version, consent hash, [[position, model, samples, capture, data], ...]], then the
    record where there is one.

    `capture` is 0 face, 1 contact, 2 contactless, plus 4 where mirrored; `model` a number of
    `MODEL_NUMBERS` or a name.
    """
    rows = [
        [one.position, model_code(one.model), one.samples, capture(one), one.data]
        for one in contents.templates
    ]
    record = [] if contents.record is None else [contents.record]
    return cbor.encode([FORMAT_VERSION, contents.consent_hash, rows, *record])


def decode(data: bytes, *, version: int = FORMAT_VERSION, enrolled: Enrolled | None = None) -> Contents:
    """Read what `encode` wrote, or this function of version 1.

    Args:
        data: what was sealed.
        version: the one that the code states in the open; what is sealed must state the same.
        enrolled: the mark that the code carries in the open.

    Raises:
        CodeMalformed: another version, not canonical, or anything out of place.
    """
    value = cbor.decode(data, "sealed part")
    if not isinstance(value, list) or not 3 <= len(value) <= 4 or not isinstance(value[2], list):
        raise CodeMalformed("The sealed part is not as its format demands.")
    if type(value[0]) is not int or value[0] not in VERSIONS_READ:  # 1.0 and true equal 1 and are not it
        raise CodeMalformed("The sealed part is of a version that this program does not know.")
    if value[0] != version or (version == 1 and len(value) != 3):
        raise CodeMalformed("The sealed part is of another version than the code around it.")
    record = value[3] if len(value) == 4 else None
    if len(value) == 4 and not isinstance(record, str):
        raise CodeMalformed("The record in the code is not a text.")
    # What was opened is the issuer's own writing: a second encoding of the same contents has no honest use.
    if cbor.encode(value) != data:
        raise CodeMalformed("The sealed part is not canonical.")
    return build(value[1], tuple(_template(row) for row in value[2]), enrolled, record)


def build(
    consent_hash: object,
    templates: tuple[SealedTemplate, ...],
    enrolled: Enrolled | None,
    record: str | None = None,
) -> Contents:
    """Contents of decoded parts.

    Raises:
        CodeMalformed: they do not belong together.
    """
    if not isinstance(consent_hash, bytes):
        raise CodeMalformed("The hash of the consent receipt is no byte string.")
    try:
        return Contents(templates, consent_hash, enrolled, record)
    except UsageError as error:
        raise CodeMalformed(f"The code is not as its format demands: {error}") from error


def template(
    position: object, model: object, samples: object, captured: object, data: object
) -> SealedTemplate:
    """One template of its decoded parts.

    Raises:
        CodeMalformed: a part has another type or range.
    """
    if isinstance(model, int) and not isinstance(model, bool):
        model = _MODEL_NAMES.get(model)
    if not isinstance(model, str) or not isinstance(data, bytes):
        raise CodeMalformed("A template in the code is not as its format demands.")
    place, count, how = _number(position), _number(samples), _number(captured)
    number = how & (_MIRRORED - 1)
    if not 0 <= how < 2 * _MIRRORED or number >= len(_KINDS):
        raise CodeMalformed("A template in the code says that it was captured in a way that does not exist.")
    try:
        modality: Modality = "face" if place == 0 else "finger"
        return SealedTemplate(modality, model, data, count, place, _KINDS[number], bool(how & _MIRRORED))
    except UsageError as error:
        raise CodeMalformed(f"A template in the code is not as its format demands: {error}") from error


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CodeMalformed("A template in the code is not as its format demands.")
    return value


def _template(row: Any) -> SealedTemplate:
    if not isinstance(row, list) or len(row) != 5:
        raise CodeMalformed("A template in the code is not as its format demands.")
    return template(*row)


def model_code(model: str) -> int | str:
    """The number that stands for a model's name in this version, or the name itself."""
    return MODEL_NUMBERS.get(model, model)


def capture(one: SealedTemplate) -> int:
    """The number for how a template was captured."""
    return _KINDS.index(one.kind) | (_MIRRORED if one.mirrored else 0)
