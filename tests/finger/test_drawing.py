"""Drawings of what was paired: well-formed, every pair a line, labels escaped, nothing fetched."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from moiety.finger import matcher
from moiety.finger.drawing import draw_pairing, draw_print
from moiety.finger.matcher import Pairing
from moiety.finger.parameters import MM_PER_PIXEL
from moiety.finger.pipeline import FingerTrace
from moiety.finger.ridges import ridge_map
from moiety.finger.template import Minutiae, packed_origin

from .conftest import make_minutiae, moved, packed

SVG = "{http://www.w3.org/2000/svg}"


def trace_of(minutiae: Minutiae) -> FingerTrace:
    grey = np.full((480, 480), 200, np.uint8)
    return FingerTrace(2, grey, ridge_map(grey), minutiae, minutiae)


@pytest.fixture
def pairing() -> Pairing:
    shown: list[Pairing] = []
    other = moved(make_minutiae(1), 0.3, (1.5, 0.5))
    matcher.compare(packed(make_minutiae(1)), packed(other), explain=shown.append)
    return shown[0]


def test_every_pair_is_a_line_and_every_minutia_a_mark(pairing: Pairing) -> None:
    root = ElementTree.fromstring(draw_pairing(pairing, label="A <synthetic> print"))
    lines = [one for one in root.iter(f"{SVG}line") if one.get("class") == "link"]
    assert len(lines) == len(pairing.pairs)
    marks = [*root.iter(f"{SVG}circle"), *(one for one in root.iter(f"{SVG}rect") if one.get("x"))]
    assert len(marks) == len(pairing.reference) + len(pairing.probe)
    mated = [one for one in marks if one.get("class") == "mate"]
    assert len(mated) == 2 * len(pairing.pairs)
    told = root.get("aria-label") or ""
    assert told.startswith("A <synthetic> print: ")
    assert f"score {pairing.score:.3f}" in told
    assert not list(root.iter(f"{SVG}image"))


def test_marks_lie_on_the_print_where_the_minutiae_were_found(pairing: Pairing) -> None:
    minutiae = make_minutiae(1)
    drawn = draw_pairing(pairing, reference=trace_of(minutiae), probe=trace_of(minutiae))
    alone = draw_print(trace_of(minutiae))
    placed = {
        (round(float(one.get("cx", "0"))), round(float(one.get("cy", "0"))))
        for one in ElementTree.fromstring(alone).iter(f"{SVG}circle")
    }
    on_left = [
        (float(one.get("cx", "0")), float(one.get("cy", "0")))
        for one in ElementTree.fromstring(drawn).iter(f"{SVG}circle")
    ]
    width = 480 * MM_PER_PIXEL * 20
    on_left = [one for one in on_left if one[0] < width]
    assert len(on_left) == int(minutiae.ending.sum())
    for x, y in on_left:  # packing rounds to a tenth of a millimetre: one drawing unit either way
        assert min(np.hypot(x - at_x, y - at_y) for at_x, at_y in placed) < 3


def test_pictures_are_inside_the_drawing_and_nothing_is_fetched(pairing: Pairing) -> None:
    drawn = draw_pairing(pairing, probe=trace_of(make_minutiae(1)))
    (image,) = ElementTree.fromstring(drawn).iter(f"{SVG}image")
    assert (image.get("href") or "").startswith("data:image/png;base64,")
    assert drawn.count("http") == 1  # the namespace


def test_too_few_pairs_are_said_to_be_no_match(pairing: Pairing) -> None:
    few = replace(pairing, pairs=pairing.pairs[:3], weights=pairing.weights[:3], score=0.0)
    assert "no match under 5 pairs" in draw_pairing(few)
    assert "no match" not in draw_pairing(pairing)


def test_the_origin_of_a_packed_template_is_its_least_place() -> None:
    minutiae = make_minutiae(4)
    assert packed_origin(minutiae) == pytest.approx((minutiae.x.min(), minutiae.y.min()), abs=0.051)
