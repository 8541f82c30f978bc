"""What is drawn: versions and capacities, true sizes, and prints that read back."""

from __future__ import annotations

import io
import re

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pytest
import segno
from PIL import Image as pillow

from moiety.credential import card, profiles, qr
from moiety.credential.code import Credential, render
from moiety.errors import OverBudget, UsageError

from .conftest import MakeCode, MakeContents

_MM_PER_INCH = 25.4


@pytest.mark.parametrize("version", range(1, 36))
def test_capacities_are_those_of_the_encoder(version: int) -> None:
    most = profiles.CAPACITY_M[version - 1]
    assert profiles.version_of(most) == version
    made = segno.make_qr("A" * most, error="m", mode="alphanumeric", boost_error=False)
    assert (made.version, made.error, len(made.matrix)) == (version, "M", profiles.modules(version))
    assert (
        segno.make_qr("A" * (most + 1), error="m", mode="alphanumeric", boost_error=False).version != version
    )


def test_the_hard_cap() -> None:
    assert profiles.version_of(profiles.CAPACITY_M[34] + 1) is None
    with pytest.raises(OverBudget, match="largest code"):
        qr.png("A" * (profiles.CAPACITY_M[34] + 1))


def test_the_sizes_that_the_design_promises() -> None:
    assert profiles.printed_mm(24) == pytest.approx(48.4)
    assert profiles.printed_mm(30) == pytest.approx(58.0)
    assert profiles.printed_mm(24) <= card.ID1.height_mm - 2


def test_a_png_states_the_resolution_that_prints_a_module_in_0_4_mm(make_code: MakeCode) -> None:
    code = make_code()
    assert code.version is not None
    with pillow.open(io.BytesIO(qr.png(code.text))) as picture:
        across, _ = picture.info["dpi"]
        assert picture.width / across * _MM_PER_INCH == pytest.approx(
            profiles.printed_mm(code.version), rel=1e-3
        )


def test_an_svg_has_its_size_in_millimetres_and_draws_the_same_modules(make_code: MakeCode) -> None:
    code = make_code()
    assert code.version is not None
    svg = render(code, ".svg").decode()
    size = re.search(r'width="([\d.]+)mm"', svg)
    assert size is not None and float(size[1]) == pytest.approx(profiles.printed_mm(code.version))
    assert "<script" not in svg


def _page(data: bytes, index: int = 0, dpi: float = 300) -> np.ndarray:
    document = pypdfium2.PdfDocument(data)
    try:
        return np.asarray(document[index].render(scale=dpi / 72).to_pil().convert("RGB"))
    finally:
        document.close()


def _text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return " ".join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()


@pytest.mark.parametrize(("fingers", "profile"), [(0, "card"), (2, "card"), (4, "paper")])
def test_a_printed_card_reads_and_says_what_it_must(
    make_code: MakeCode, make_contents: MakeContents, fingers: int, profile: str
) -> None:
    code = make_code(make_contents(fingers), profile=profile)
    data = render(code, ".pdf")
    assert Credential.from_picture(_page(data)) == code
    said = _text(data)
    assert code.version is not None
    for needed in (
        code.short_id,
        "https://issuer.example.org/",
        "Valid from 2026-09-21",
        "until 2027-09-21",
        f"Printed size {profiles.printed_mm(code.version):.1f} mm, 0.4 mm a module.",
        "What this is",
        "If found",
        "the way without biometrics",
        "sealed",
    ):
        assert needed in said, needed


def test_the_symbol_on_paper_has_its_stated_size(make_code: MakeCode) -> None:
    code = make_code()
    assert code.version is not None
    dark = _page(render(code, ".pdf"), dpi=600)[:, :, 0] < 128
    # The finder patterns at the left are the only dark pixels in the first columns of the card.
    columns = np.flatnonzero(dark[:, : dark.shape[1] * 2 // 5].any(axis=1))
    height_mm = (columns[-1] - columns[0] + 1) / 600 * _MM_PER_INCH
    assert height_mm == pytest.approx(profiles.modules(code.version) * 0.4, abs=0.1)


def test_a_card_is_an_id_1_card_and_has_no_time_of_making(make_code: MakeCode) -> None:
    code = make_code()
    height, width = _page(render(code, ".pdf"), dpi=254).shape[:2]
    assert (width, height) == (pytest.approx(856, abs=1), pytest.approx(540, abs=1))
    assert render(code, ".pdf") == render(code, ".pdf")


def test_an_open_card_says_that_anyone_can_read_it(make_code: MakeCode) -> None:
    said = _text(render(make_code(profile="open"), ".pdf"))
    assert "anyone who scans it can read" in said and "sealed" not in said


def test_a_long_issuer_stays_on_the_card(make_code: MakeCode, signer: object) -> None:
    from moiety.credential.issue import IssuerIdentity
    from moiety.keys import SigningKey

    assert isinstance(signer, SigningKey)
    code = make_code(issuer=IssuerIdentity("https://issuer.example.org/" + "a" * 120, signer))
    dark = _page(render(code, ".pdf"))[:, :, 0] < 128
    assert not dark[:, -12:].any() and not dark[-12:, dark.shape[1] * 2 // 3 :].any()


@pytest.mark.parametrize(("fingers", "profile", "count", "pages"), [(0, "card", 9, 2), (4, "paper", 4, 1)])
def test_a_sheet_of_cards(
    make_code: MakeCode, make_contents: MakeContents, fingers: int, profile: str, count: int, pages: int
) -> None:
    codes = [make_code(make_contents(fingers), profile=profile) for _ in range(count)]
    data = card.sheet(codes)
    document = pypdfium2.PdfDocument(data)
    assert len(document) == pages
    document.close()
    # Each card on the last page is read by itself: two codes in one picture are refused.
    page = _page(data, pages - 1)
    form = card.SLIP if profile == "paper" else card.ID1
    left = (210 - 2 * form.width_mm) / 2
    box = [int(mm / _MM_PER_INCH * 300) for mm in (22, 22 + form.height_mm, left, left + form.width_mm)]
    on_first = 8 if profile == "card" else 4
    expected = codes[on_first] if pages > 1 else codes[0]
    assert Credential.from_picture(np.ascontiguousarray(page[box[0] : box[1], box[2] : box[3]])) == expected


def test_the_ruler_measures_50_mm(make_code: MakeCode) -> None:
    page = _page(card.sheet([make_code()]), dpi=600)[:, :, 0]
    row = page[int(15 / _MM_PER_INCH * 600)]
    dark = np.flatnonzero(row[: int(75 / _MM_PER_INCH * 600)] < 160)
    assert (dark[-1] - dark[0]) / 600 * _MM_PER_INCH == pytest.approx(50, abs=0.2)


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(UsageError):
        card.sheet([])
