from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.errors import TemplateMismatch
from moiety.finger.template import FingerTemplate, minutiae_of

from .conftest import make_minutiae, packed


@given(st.binary(min_size=1, max_size=160))
def test_reads_whole_minutiae_and_nothing_else(data: bytes) -> None:
    if len(data) % 3 or len(data) > 150:
        with pytest.raises(TemplateMismatch):
            FingerTemplate.from_bytes(data, model="m")
    else:
        template = FingerTemplate.from_bytes(data, model="m")
        assert template.to_bytes() == data
        assert template.minutiae == len(minutiae_of(template)) == len(data) // 3


def test_refuses_what_is_empty() -> None:
    with pytest.raises(TemplateMismatch):
        FingerTemplate.from_bytes(b"", model="m")
    with pytest.raises(TemplateMismatch):
        packed(make_minutiae(0, 0))


def test_packing_keeps_a_tenth_of_a_millimetre_and_a_64th_of_a_turn() -> None:
    given_ = make_minutiae(3)
    found = minutiae_of(packed(given_))
    assert np.abs(found.x - (given_.x - given_.x.min())).max() <= 0.1 + 1e-9
    assert np.abs(found.y - (given_.y - given_.y.min())).max() <= 0.1 + 1e-9
    turn = (found.angle - given_.angle + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(turn).max() <= np.pi / 64 + 1e-9
    assert np.array_equal(found.ending, given_.ending)
    assert np.all(np.diff(found.quality) < 0)


def test_fifty_best_and_three_bytes_each() -> None:
    many = make_minutiae(4, 90)
    template = packed(many)
    assert len(template.to_bytes()) == 150
    assert template.to_bytes() == packed(many.take(slice(50))).to_bytes()


def test_truncation_keeps_the_best(template: FingerTemplate) -> None:
    card = template.truncated(30)
    assert card.to_bytes() == template.to_bytes()[:90]
    assert (card.position, card.kind, card.model) == (template.position, template.kind, template.model)
    with pytest.raises(TemplateMismatch):
        template.truncated(0)


def test_a_rolled_print_keeps_the_window_that_holds_most() -> None:
    wide = make_minutiae(5)
    x = wide.x.copy()
    x[:5] += 40.0  # five strays, far to the right of the pad
    template = packed(type(wide)(x, wide.y, wide.angle, wide.ending, wide.quality))
    assert template.minutiae == 35
    assert minutiae_of(template).x.max() <= 25.5


@pytest.mark.parametrize(
    "facts", [{"position": 11}, {"position": -1}, {"kind": "rolled"}, {"kind": "contact", "mirrored": True}]
)
def test_refuses_impossible_facts(facts: dict[str, object]) -> None:
    with pytest.raises(TemplateMismatch):
        FingerTemplate.from_bytes(b"abc", model="m", **facts)  # type: ignore[arg-type]


def test_shows_no_content_and_is_not_pickled(template: FingerTemplate) -> None:
    assert repr(template) == "FingerTemplate(right-index, contact, model='leader-2026')"
    assert repr(make_minutiae(1, 7)) == "Minutiae(7)"
    with pytest.raises(TypeError):
        pickle.dumps(template)
    with pytest.raises(TypeError):
        hash(template)
