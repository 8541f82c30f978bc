"""A code to print and carry (PDF): one card, or an A4 sheet of cards with a ruler to check the scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from moiety.credential import qr
from moiety.credential.code import Credential
from moiety.credential.parameters import MODULE_MM, QUIET_ZONE_MODULES
from moiety.credential.profiles import printed_mm
from moiety.errors import UsageError

RULER_MM: Final = 50
_FONT, _BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True, slots=True)
class Format:
    """A piece of paper to carry: its size, where the text goes, and the size of the text in points."""

    name: str
    width_mm: float
    height_mm: float
    beside: bool
    points: float


ID1: Final = Format("card", 85.6, 53.98, beside=True, points=4.8)
"""ISO/IEC 7810, ID-1: a bank card. Holds version 24 (48.4 mm)."""
SLIP: Final = Format("slip", 85.6, 120.0, beside=False, points=6.5)
"""For larger symbols: as wide as an ID-1 card, with the text under the code. Holds version 35 (66 mm)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences on a card, so that an issuer can say them in its own words. Latin script only, for now.

    No name of the holder: a lost card should not say whose it is.
    """

    what: str = (
        "What this is: a signed code with measurements of the holder, sealed so that only the issuer's "
        "verifiers can open them, and no picture. It is compared with the holder in person."
    )
    what_open: str = (
        "What this is: a signed code with measurements of the holder that anyone who scans it can read, and "
        "no picture. It is compared with the holder in person."
    )
    found: str = "If found: please return it to the issuer, or destroy it."
    without: str = (
        "No camera, no match, or no wish to be measured? Ask for the way without biometrics. "
        "You need give no reason."
    )


WORDING: Final = Wording()


def pdf(credential: Credential, wording: Wording = WORDING) -> bytes:
    """One card on a page of its own size: ID-1 where the symbol fits, else a longer slip.

    Raises:
        OverBudget: longer than the largest symbol holds.
    """
    form = _format_of(credential)
    out = BytesIO()
    page = _canvas(out, form.width_mm * mm, form.height_mm * mm)
    _draw(page, credential, form, wording)
    page.showPage()
    page.save()
    return out.getvalue()


def sheet(credentials: Iterable[Credential], wording: Wording = WORDING) -> bytes:
    """A4 pages of cards with lines to cut along, and a ruler of 50 mm on each to check the printed scale.

    Raises:
        UsageError: no credential.
        OverBudget: one is longer than the largest symbol holds.
    """
    waiting = list(credentials)
    if not waiting:
        raise UsageError("There is no code to print.")
    # One form for all, so that they can be cut in one go.
    form = SLIP if any(_format_of(one) is SLIP for one in waiting) else ID1
    out = BytesIO()
    page = _canvas(out, *A4)
    places = _places(form)
    for start in range(0, len(waiting), len(places)):
        _ruler(page)
        for credential, (x, y) in zip(waiting[start : start + len(places)], places, strict=False):
            page.saveState()
            page.translate(x, y)
            page.setLineWidth(0.2)
            page.rect(0, 0, form.width_mm * mm, form.height_mm * mm)
            _draw(page, credential, form, wording)
            page.restoreState()
        page.showPage()
    page.save()
    return out.getvalue()


def _format_of(credential: Credential) -> Format:
    version = credential.version
    return ID1 if version is not None and printed_mm(version) <= ID1.height_mm - 2 else SLIP


def _canvas(out: BytesIO, width: float, height: float) -> Canvas:
    # Invariant: no time of making in the file, which would tell more than the code's own rounded dates.
    page = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
    page.setTitle("Moiety code")
    return page


def _places(form: Format) -> list[tuple[float, float]]:
    """Lower left corners on A4, in points, from the top row down, under the ruler."""
    across, down = int((A4[0] / mm - 10) // form.width_mm), int((A4[1] / mm - 30) // form.height_mm)
    left = (A4[0] - across * form.width_mm * mm) / 2
    top = A4[1] - 22 * mm
    return [
        (left + column * form.width_mm * mm, top - (row + 1) * form.height_mm * mm)
        for row in range(down)
        for column in range(across)
    ]


def _ruler(page: Canvas) -> None:
    x, y = 20 * mm, A4[1] - 15 * mm
    page.setLineWidth(0.3)
    page.line(x, y, x + RULER_MM * mm, y)
    for at in range(RULER_MM + 1):
        page.line(x + at * mm, y, x + at * mm, y + (3.0 if at % 10 == 0 else 1.5) * mm)
    page.setFont(_FONT, 7)
    page.drawString(
        x + (RULER_MM + 3) * mm, y, f"This line must measure {RULER_MM} mm. If not, print at 100 %."
    )


def _draw(page: Canvas, credential: Credential, form: Format, wording: Wording) -> None:
    rows = qr.symbol(credential.text)
    size = (len(rows) + 2 * QUIET_ZONE_MODULES) * MODULE_MM
    if form.beside:
        x, y = 1.0, (form.height_mm - size) / 2
        box = (x + size, form.height_mm - 4, form.width_mm - size - x - 3)
    else:
        x, y = (form.width_mm - size) / 2, form.height_mm - size - 1
        box = (6.0, y - 1, form.width_mm - 12)
    _symbol(page, rows, x, y)
    _text(page, credential, size, box, form.points, wording)


def _symbol(page: Canvas, rows: tuple[tuple[bool, ...], ...], x: float, y: float) -> None:
    """Draw runs of dark modules: single ones side by side show hairlines in some viewers."""
    page.setFillGray(0)
    path = page.beginPath()
    for at, row in enumerate(rows):
        down = y + (QUIET_ZONE_MODULES + len(rows) - 1 - at) * MODULE_MM
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                left = x + (QUIET_ZONE_MODULES + start) * MODULE_MM
                path.rect(left * mm, down * mm, (end - start) * MODULE_MM * mm, MODULE_MM * mm)
            start = end + 1
    page.drawPath(path, stroke=0, fill=1)


def _text(
    page: Canvas,
    credential: Credential,
    size: float,
    box: tuple[float, float, float],
    points: float,
    wording: Wording,
) -> None:
    """Fill the box (left, top, width in mm) from the top."""
    claims = credential.claims
    lines = [
        (_BOLD, f"Code {credential.short_id}"),
        (_FONT, f"Issuer: {claims.issuer}"),
        (_FONT, f"Valid from {_day(claims.not_before)} until {_day(claims.expires)} (UTC)"),
        (_FONT, wording.what_open if claims.profile == "open" else wording.what),
        (_FONT, wording.found),
        (_BOLD, wording.without),
        (_FONT, f"Printed size {size:.1f} mm, {MODULE_MM} mm a module."),
    ]
    left, y, width = box
    top = y * mm
    for font, paragraph in lines:
        for line in _lines(paragraph, font, points, width * mm):
            page.setFont(font, points)
            page.drawString(left * mm, top - points, line)
            top -= points * 1.2
        top -= points * 0.45


def _lines(paragraph: str, font: str, points: float, width: float) -> list[str]:
    """Lines no wider than `width` points; what has no spaces, as a long URI, is cut where it must be."""
    lines: list[str] = []
    for line in simpleSplit(paragraph, font, points, width):
        rest: str = line
        while stringWidth(rest, font, points) > width and len(rest) > 1:
            fits = next(
                at for at in range(len(rest) - 1, 0, -1) if stringWidth(rest[:at], font, points) <= width
            )
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    return lines


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
