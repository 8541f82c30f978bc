"""The decoders of fingers: minutiae records and templates; the first byte of a case says which it is for.

WSQ is not among them: its decoder is C in a process of its own (`finger/scan_wsq.py`), so that a case takes a
tenth of a second, and what reaches this process is checked for its length. Other scans are in `pictures`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from moiety.errors import DocumentUnreadable, TemplateMismatch
from moiety.finger import formats, matcher
from moiety.finger.minutiae import MODEL
from moiety.finger.template import FingerTemplate, Minutiae, minutiae_of

LAYERS: Final = 3


def one_case(data: bytes) -> None:
    """Decode `data[1:]` as `data[0] % 3` says; whatever a record gives must survive being written.

    Raises nothing that the decoders are meant to raise; anything else is a find.
    """
    if not data:
        return
    try:
        _DECODERS[data[0] % LAYERS](data[1:])
    except (DocumentUnreadable, TemplateMismatch):
        return


def _record(data: bytes) -> None:
    record = formats.read(data, model=MODEL)
    if not set(record.quirks) <= set(formats.QUIRKS):
        raise AssertionError("a quirk without a name")
    _ = repr(record)
    for one in record.templates:
        again = formats.read(formats.write([one]), model=MODEL).templates[0]
        if again.minutiae != one.minutiae or again.position != one.position or again.kind != one.kind:
            raise AssertionError("a template is another one when written and read again")


def _template(data: bytes) -> None:
    """The first byte states position, kind and mirroring; the rest are the minutiae."""
    facts, rest = (data[0], data[1:]) if data else (0, b"")
    template = FingerTemplate.from_bytes(
        rest,
        model=MODEL,
        position=facts & 15,
        kind="contactless" if facts & 16 else "contact",
        mirrored=bool(facts & 32),
    )
    if template.to_bytes() != rest or len(minutiae_of(template)) != template.minutiae:
        raise AssertionError("a template is not its bytes")
    _ = (repr(template), template.truncated(1).minutiae)


def _compared(data: bytes) -> None:
    """Two templates of any bytes, half of them each: the score lies between 0 and 1 either way."""
    half = len(data) // 2
    pair = [FingerTemplate.from_bytes(part, model=MODEL) for part in (data[:half], data[half:])]
    for score in (matcher.compare(*pair), matcher.compare(*reversed(pair))):
        if not 0 <= score <= 1:
            raise AssertionError("a score outside its range")


_DECODERS: Final = (_record, _template, _compared)


def seeds() -> list[bytes]:
    """Records of one and of three views, with what other writers do; templates of few and many minutiae."""
    many, few = (_made(number, count) for number, count in ((1, 50), (2, 8)))
    second = _made(3, 30, position=7, kind="contactless", mirrored=True)
    record = formats.write([many, second, few])
    single = formats.write([few], width=388, height=374)
    quirky = bytearray(single)
    quirky[11] ^= 1  # the length field
    quirky[18:22] = bytes(4)  # no resolution
    extended = single[:-2] + b"\x00\x08\x00\x01\x00\x08abcd"
    records = [record, single, bytes(quirky), extended, single[:-2], single + bytes(3)]
    templates = [bytes([position]) + many.to_bytes() for position in (0, 10, 0x11, 0x31)]
    pairs = [one.to_bytes() + one.to_bytes() for one in (many, few, second)]
    found = ((0, records), (1, templates), (2, pairs))
    return [bytes([layer]) + data for layer, cases in found for data in cases]


def _made(
    seed: int, count: int, *, position: int = 2, kind: str = "contact", mirrored: bool = False
) -> FingerTemplate:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 18, count), rng.uniform(0, 24, count)
    angle, ending = rng.uniform(0, 2 * np.pi, count), rng.random(count) < 0.5
    minutiae = Minutiae(x, y, angle, ending, np.linspace(1, 0.2, count))
    return FingerTemplate.from_minutiae(
        minutiae,
        model=MODEL,
        position=position,
        kind="contactless" if kind == "contactless" else "contact",
        mirrored=mirrored,
    )
