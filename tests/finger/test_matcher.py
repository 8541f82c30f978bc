from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.errors import TemplateMismatch, UsageError
from moiety.finger import parameters as p
from moiety.finger.matcher import NO_MATCH, Pairing, compare
from moiety.finger.template import FingerTemplate, Minutiae

from .conftest import make_minutiae, moved, packed


@pytest.mark.parametrize("turn", [0.0, 0.5, -1.0, np.pi])
def test_the_same_print_turned_and_shifted_matches(turn: float) -> None:
    print_ = make_minutiae(1)
    others = [compare(packed(print_), packed(make_minutiae(seed))) for seed in range(2, 22)]
    same = compare(packed(print_), packed(moved(print_, turn, (3.0, -2.0))))
    assert same > 0.5 > 5 * max(others)


def test_a_bent_print_with_losses_matches_above_all_others() -> None:
    print_ = make_minutiae(1)
    bent = Minutiae(
        print_.x + 0.8 * np.sin(print_.y / 8),
        print_.y + 0.6 * np.cos(print_.x / 7),
        print_.angle,
        print_.ending,
        print_.quality,
    ).take(slice(6, None))
    genuine = compare(packed(print_), packed(bent))
    assert genuine > 3 * max(compare(packed(make_minutiae(seed)), packed(bent)) for seed in range(2, 22))


def test_order_matters_little() -> None:
    one, other = packed(make_minutiae(1)), packed(moved(make_minutiae(1), 0.3, (1.0, 1.0)))
    assert compare(one, other) == pytest.approx(compare(other, one), rel=0.15)


def test_the_same_comparison_gives_the_same_score() -> None:
    one, other = packed(make_minutiae(1)), packed(moved(make_minutiae(1), 0.3, (1.0, 1.0)))
    fresh = packed(make_minutiae(1)), packed(moved(make_minutiae(1), 0.3, (1.0, 1.0)))
    assert compare(one, other) == compare(one, other) == compare(*fresh)


@pytest.mark.parametrize("count", range(1, p.MIN_PAIRS))
def test_too_few_minutiae_never_match(count: int) -> None:
    few = packed(make_minutiae(1).take(slice(count)))
    assert compare(few, few) == NO_MATCH == compare(few, packed(make_minutiae(1)))


def test_a_match_has_at_least_the_stated_pairs() -> None:
    shown: list[Pairing] = []
    for seed in range(2, 40):
        compare(packed(make_minutiae(1)), packed(make_minutiae(seed)), explain=shown.append)
    assert {one.score == NO_MATCH for one in shown if len(one.pairs) < p.MIN_PAIRS} <= {True}
    assert any(one.score > NO_MATCH for one in shown)


def test_heaped_up_minutiae_gain_nothing() -> None:
    one = make_minutiae(1)
    heap = one.take(np.zeros(50, np.intp))
    assert compare(packed(one), packed(heap)) == NO_MATCH
    assert compare(packed(heap), packed(heap)) <= 1.0


def test_photographs_are_mirrored_against_contact_prints() -> None:
    print_ = make_minutiae(1)
    seen = Minutiae(20 - print_.x, print_.y, np.pi - print_.angle, print_.ending, print_.quality)
    contact = packed(print_)
    as_photographed = packed(seen, kind="contactless", mirrored=False)
    already_mirrored = packed(print_, kind="contactless", mirrored=True)
    assert compare(contact, as_photographed) > 0.5
    assert compare(contact, already_mirrored) > 0.5
    assert compare(as_photographed, already_mirrored) > 0.5
    assert compare(contact, packed(seen)) < 0.1


def test_refuses_other_models_and_other_fingers() -> None:
    one = make_minutiae(1)
    with pytest.raises(TemplateMismatch):
        compare(packed(one), packed(one, model="another"))
    with pytest.raises(UsageError, match="right-index and left-index"):
        compare(packed(one, position=2), packed(one, position=7))
    assert compare(packed(one, position=2), packed(one)) > 0.5


def test_explanation_tells_what_was_paired_and_changes_nothing() -> None:
    one, other = packed(make_minutiae(1)), packed(moved(make_minutiae(1), 0.4, (2.0, 1.0)))
    shown: list[Pairing] = []
    score = compare(one, other, explain=shown.append)
    (pairing,) = shown
    assert pairing.score == score == compare(one, other)
    assert len(pairing.pairs) == len(pairing.weights) >= 35
    assert np.array_equal(pairing.pairs[:, 0], np.unique(pairing.pairs[:, 0]))
    assert len(np.unique(pairing.pairs[:, 1])) == len(pairing.pairs)
    apart = pairing.reference[pairing.pairs[:, 0]] - pairing.probe[pairing.pairs[:, 1]]
    assert np.hypot(apart[:, 0], apart[:, 1]).max() < 3 * p.ROUND_DISTANCES[-1]
    assert pairing.rotation == pytest.approx(-0.4, abs=0.05)
    assert repr(pairing).startswith("Pairing(")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=50), st.integers(0, 3))
def test_any_bytes_give_a_score_from_0_to_1(rows: list[bytes], seed: int) -> None:
    odd = FingerTemplate.from_bytes(b"".join(rows), model="leader-2026")
    for score in (compare(odd, packed(make_minutiae(seed))), compare(odd, odd)):
        assert 0.0 <= score <= 1.0
