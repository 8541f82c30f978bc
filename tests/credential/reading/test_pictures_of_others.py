"""Codes in pictures and PDFs as cameras, editors, scanners and other libraries write them."""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from moiety.credential.reading import door
from moiety.errors import CodeUnreadable, ImageUnreadable

from .samples import code_text, drawn

TEXT: Final = code_text(300)
GREY: Final = Image.fromarray(drawn(TEXT))
RGB: Final = GREY.convert("RGB")
BLANK: Final = Image.new("RGB", RGB.size, (255, 255, 255))


def _saved(picture: Image.Image, form: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **settings)
    return file.getvalue()


def _reads(data: bytes) -> bool:
    return door.document_of(data).text == TEXT


def _wide() -> Image.Image:
    return Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)


def test_every_orientation_of_exif_is_read() -> None:
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        assert _reads(_saved(RGB, "JPEG", exif=exif, quality=85))


@pytest.mark.parametrize(
    "data",
    [
        _saved(_wide(), "PNG"),
        _saved(GREY.convert("1"), "PNG"),
        _saved(RGB.quantize(4), "PNG"),
        _saved(GREY.convert("LA"), "PNG"),
        _saved(RGB.convert("CMYK"), "JPEG"),
        _saved(GREY, "JPEG", quality=40, progressive=True),
        _saved(_wide(), "TIFF"),
        _saved(GREY.convert("1"), "TIFF", compression="group4"),
        _saved(RGB.convert("RGBA"), "WEBP", lossless=True),
        _saved(ImageOps.invert(RGB), "PNG"),
        _saved(ImageOps.mirror(RGB), "PNG"),
    ],
    ids=[
        "16 bit",
        "1 bit",
        "palette",
        "alpha",
        "CMYK",
        "progressive",
        "TIFF",
        "fax",
        "WebP",
        "negative",
        "mirror",
    ],
)
def test_pictures_of_every_depth_and_colour_are_read(data: bytes) -> None:
    assert _reads(data)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_an_animation_is_refused_by_name(form: str) -> None:
    with pytest.raises((ImageUnreadable, CodeUnreadable), match=r"animation|GIF"):
        door.document_of(_saved(RGB, form, save_all=True, append_images=[ImageOps.invert(RGB)]))


@pytest.mark.parametrize("lean", [0.05, 0.1, 0.15])
def test_a_photograph_from_the_side_in_uneven_light_is_read(lean: float) -> None:
    height, width = np.asarray(GREY).shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = np.array(
        [[width, height / 2], [0, 0], [-width * 0.6, -height * 0.3], [width * 0.3, 0]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, (corners + moved * lean + 80).astype(np.float32))
    seen = cv2.warpPerspective(
        np.asarray(RGB), matrix, (width + 200, height + 200), borderValue=(120, 120, 120)
    )
    light = np.linspace(0.4, 1, seen.shape[1])[None, :, None]
    noisy = cv2.GaussianBlur(seen * light, (0, 0), 0.9) + np.random.default_rng(3).normal(0, 6, seen.shape)
    assert _reads(_saved(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)), "JPEG", quality=80))


def _as_png(picture: Image.Image, space: str, colours: int) -> bytes:
    """A PDF whose picture is the inside of a PNG, as `img2pdf` and TeX write it."""
    png, chunks, at = _saved(picture, "PNG"), dict[bytes, bytes](), 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name = png[at + 4 : at + 8]
        chunks[name] = chunks.get(name, b"") + png[at + 8 : at + 8 + size]
        at += 12 + size
    palette = chunks.get(b"PLTE", b"")
    bits = chunks[b"IHDR"][8]
    about = (
        f"/Subtype /Image /Width {picture.width} /Height {picture.height} /BitsPerComponent {bits} "
        f"/ColorSpace {space.replace('PALETTE', f'{len(palette) // 3 - 1} <{palette.hex()}>')} "
        f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors {colours} /Columns {picture.width} >>"
    )
    return b"%%PDF-1.5\n1 0 obj << %b >>\nstream\n%b\nendstream\nendobj" % (about.encode(), chunks[b"IDAT"])


def _of_reportlab(*, vector: bool) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(50, 800, "A page of somebody else")
    if vector:
        drawing = Drawing(200, 200)
        drawing.add(QrCodeWidget(TEXT, barLevel="M"))
        renderPDF.draw(drawing, canvas, 50, 500)
    else:
        canvas.drawImage(ImageReader(RGB), 50, 300, 300, 300)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        _saved(RGB, "PDF"),
        _saved(GREY, "PDF"),
        _saved(GREY.convert("1"), "PDF"),
        _saved(RGB.convert("CMYK"), "PDF"),
        _saved(RGB.quantize(4), "PDF"),
        _saved(BLANK, "PDF", save_all=True, append_images=[BLANK, BLANK, BLANK, RGB]),
        _as_png(GREY, "/DeviceGray", 1),
        _as_png(RGB, "/DeviceRGB", 3),
        _as_png(GREY.convert("1"), "/DeviceGray", 1),
        _as_png(RGB.quantize(4), "[/Indexed /DeviceRGB PALETTE]", 1),
        _of_reportlab(vector=True),
        _of_reportlab(vector=False),
    ],
    ids=[
        "JPEG", "grey", "fax", "CMYK", "palette", "page 5", "PNG grey", "PNG colour", "PNG 1 bit",
        "PNG palette", "vector", "reportlab",
    ],
)  # fmt: skip
def test_pages_of_other_programs_are_read(data: bytes) -> None:
    assert _reads(data)


NUMBERS = st.one_of(st.integers(-9, 20), st.sampled_from([255, 256, 300, 4096, 65536, 99_999, -99_999]))


@settings(deadline=None)  # a picture is decoded in a process of its own
@given(st.tuples(*[NUMBERS] * 5), st.sampled_from(["FlateDecode", "CCITTFaxDecode", "RunLengthDecode"]))
@example((300, 300, 256, 1, 15), "FlateDecode")
@example((300, 300, -1, 1, 15), "FlateDecode")
def test_no_number_in_a_pdf_stops_the_reader(numbers: tuple[int, ...], packed: str) -> None:
    width, height, bits, colours, predictor = numbers
    about = (
        f"/Subtype /Image /Width {width} /Height {height} /BitsPerComponent {bits} /ColorSpace /DeviceGray "
        f"/Filter /{packed} /DecodeParms << /Predictor {predictor} /Colors {colours} /K {predictor} >>"
    )
    data = b"%%PDF-1.5\n1 0 obj << %b >>\nstream\n%b\nendstream\nendobj" % (about.encode(), b"x" * 900)
    with pytest.raises(CodeUnreadable):
        door.document_of(data)
