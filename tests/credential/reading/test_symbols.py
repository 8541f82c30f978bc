"""Codes as cameras, editors and printers leave them, which the plain look alone would miss."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import segno
from numpy.typing import NDArray
from PIL import Image

from moiety.credential import card, qr
from moiety.credential.reading import door, symbols
from moiety.credential.reading.things import Kind
from moiety.errors import CodeUnreadable, Unread

from .samples import code_text, coloured, drawn

TEXT = code_text(400)


Pixels = NDArray[np.uint8]


def _png(pixels: Pixels, mode: str) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels, mode).save(out, "PNG")
    return out.getvalue()


def _see_through(grey: Pixels, ink: int) -> bytes:
    """Modules of one grey on a ground that is transparent."""
    alpha = np.where(grey < 128, 255, 0).astype(np.uint8)
    return _png(np.dstack([np.full_like(grey, ink)] * 3 + [alpha]), "RGBA")


@pytest.mark.parametrize("ink", [0, 90, 255])
def test_modules_on_a_transparent_ground_are_read(ink: int) -> None:
    assert door.document_of(_see_through(drawn(TEXT), ink)).text == TEXT


def test_a_transparent_code_on_paint_is_read() -> None:
    grey = drawn(TEXT)
    alpha = np.where(grey < 128, 0, 255).astype(np.uint8)
    assert door.document_of(_png(np.dstack([np.zeros_like(grey)] * 3 + [alpha]), "RGBA")).text == TEXT


@pytest.mark.parametrize(
    ("dark", "light"),
    [
        ((200, 30, 30), (60, 110, 60)),  # red on a green of nearly the same brightness
        ((60, 60, 255), (105, 87, 20)),  # blue on brown
        ((235, 215, 0), (255, 255, 255)),  # yellow on white
        ((118, 118, 118), (130, 130, 130)),  # nearly the same grey
        ((255, 255, 255), (0, 0, 0)),  # in negative
        ((250, 240, 60), (40, 40, 120)),  # in negative, and coloured
    ],
)
def test_coloured_codes_are_read(dark: tuple[int, int, int], light: tuple[int, int, int]) -> None:
    assert symbols.document_in(coloured(drawn(TEXT), dark, light)).text == TEXT


@pytest.mark.parametrize("margin", [0, 1])
@pytest.mark.parametrize("negative", [False, True])
def test_codes_without_their_margin_are_read(margin: int, negative: bool) -> None:
    grey = drawn(TEXT, margin=margin)
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    assert symbols.document_in(np.ascontiguousarray(255 - rgb if negative else rgb)).text == TEXT


def test_a_code_on_a_dark_ground_without_its_margin_is_read() -> None:
    grey = np.pad(drawn(TEXT, margin=1), 80, constant_values=20)
    assert symbols.document_in(np.repeat(grey[:, :, None], 3, axis=2)).text == TEXT


def test_a_shadow_over_half_of_it_is_no_hindrance() -> None:
    grey = drawn(TEXT).astype(np.float32)
    grey = 40 + grey * 0.7
    grey[:, grey.shape[1] // 2 :] *= 0.25
    rgb = np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)
    assert symbols.document_in(rgb).text == TEXT


@pytest.mark.parametrize(
    ("text", "name"),
    [("HC1:6BFOXN%TSMAHN", "vaccination"), ("https://example.org", "a link"), ("openid4vp://?x", "wallet")],
)
def test_a_code_of_another_kind_is_named(text: str, name: str) -> None:
    out = BytesIO()
    segno.make_qr(text).save(out, kind="png", scale=5, border=4)
    with pytest.raises(CodeUnreadable, match=name) as caught:
        door.document_of(out.getvalue())
    assert caught.value.reason is Unread.OTHER


def test_two_codes_and_none_say_so_by_their_reason() -> None:
    two = np.hstack([drawn(TEXT), drawn(code_text(400, 5))])
    with pytest.raises(CodeUnreadable) as caught:
        symbols.document_in(np.repeat(two[:, :, None], 3, axis=2))
    assert caught.value.reason is Unread.SEVERAL
    with pytest.raises(CodeUnreadable) as caught:
        symbols.document_in(np.full((300, 300, 3), 200, np.uint8))
    assert caught.value.reason is Unread.NONE


def test_a_live_camera_takes_the_further_looks_in_turn() -> None:
    rgb = coloured(drawn(TEXT), (200, 30, 30), (60, 110, 60))
    found = []
    for turn in range(12):
        try:
            found.append(symbols.document_in(rgb, turn=turn).text)
        except CodeUnreadable:
            continue
    assert found
    assert set(found) == {TEXT}


def _card(texts: list[str]) -> bytes:
    """As `card.pdf` and `card.sheet` draw it."""
    out = BytesIO()
    page = card._canvas(out, 600, 800)
    for number, text in enumerate(texts):
        page.saveState()
        page.translate(20 + number * 250, 30)
        page.rect(0, 0, 240, 200)
        card._symbol(page, qr.symbol(text), 1, 1)
        page.restoreState()
    page.showPage()
    page.save()
    return out.getvalue()


def test_our_own_card_and_drawing_are_read_back() -> None:
    assert door.document_of(_card([TEXT])).text == TEXT
    assert door.document_of(qr.svg(TEXT)).text == TEXT
    with pytest.raises(CodeUnreadable, match="Two different codes"):
        door.document_of(_card([TEXT, code_text(400, 5)]))


@pytest.mark.parametrize("form", ["JPEG", "grey"])
def test_a_scan_in_a_pdf_is_read(form: str) -> None:
    picture = Image.fromarray(drawn(TEXT))
    out = BytesIO()
    (picture.convert("RGB") if form == "JPEG" else picture).save(out, "PDF")
    assert door.document_of(out.getvalue()).text == TEXT


def test_drawings_of_other_programs_are_read() -> None:
    modules = np.pad(np.array(qr.symbol(TEXT)), 4)
    boxes = "".join(f'<rect x="{x}" y="{y}" width="1" height="1"/>' for y, x in np.argwhere(modules))
    assert door.document_of(f"<svg>{boxes}</svg>".encode()).text == TEXT
    path = "".join(f"M{x},{y}H{x + 1}V{y + 1}H{x}z" for y, x in np.argwhere(modules))
    drawing = f'<svg><path fill="#000" d="{path}"/></svg>'
    assert door.document_of(drawing.encode()).text == TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n" + b"1 0 obj << /Filter /FlateDecode >> stream\nxx endstream endobj\n" * 500,
        b"%PDF-1.4\n1 0 obj << >> stream\n" + b"1 1 1 1 re " * 200_000 + b"f endstream",
        b"%PDF-1.4\n1 0 obj << >> stream\n" + b"1e9 99999999 99999999 .1 re " * 200 + b"f endstream",
        b"<svg>" + b"<path d='M0 0" + b"h1v1h-1z" * 90_000 + b"'/></svg>",
        b"<svg>" + b"<rect x='1' y='1' width='99999999' height='0.0001'/>" * 200 + b"</svg>",
    ],
)
def test_hostile_drawings_end_soon_with_a_reason(data: bytes) -> None:
    with pytest.raises(CodeUnreadable):
        door.document_of(data)


def test_every_look_leaves_the_kind_as_it_is() -> None:
    assert symbols.document_in(np.repeat(drawn(TEXT)[:, :, None], 3, axis=2)).kind is Kind.CODE
