"""The challenge: bound to the nonce, unforeseeable without it, and within what a person can do."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.errors import UsageError
from moiety.liveness import Challenge, parameters
from moiety.liveness.challenge import MOVES, ORDERS, TURNS, Motion, bits

NONCES = st.binary(min_size=16, max_size=64)
MOTIONS = st.sampled_from(["turn", "low"])


def test_the_order_alone_has_five_bits_and_times_add_more() -> None:
    assert math.log2(len(ORDERS)) >= 5
    assert len(set(ORDERS)) == len(ORDERS)
    assert bits("turn") >= math.log2(len(ORDERS)) + 8
    assert bits("low") >= math.log2(len(ORDERS)) + 8


@pytest.mark.parametrize("motion", ["turn", "low"])
def test_what_is_drawn_has_the_bits_that_are_claimed(motion: Motion) -> None:
    """The entropy of 4,000 drawn orders, and of their first onsets and holds, is that of an even choice."""
    drawn = [Challenge.from_nonce(i.to_bytes(32), motion=motion) for i in range(4000)]
    orders = collections.Counter(tuple(one.kind for one in each.moves) for each in drawn)
    assert set(orders) == set(ORDERS)
    assert entropy(orders) >= 5.0
    onsets = collections.Counter(each.moves[0].onset_ms for each in drawn)
    assert entropy(onsets) >= math.log2(len(parameters.TIMING[motion].first)) - 0.05
    for place in range(parameters.MOVE_COUNT):
        holds = collections.Counter(each.moves[place].hold_ms for each in drawn)
        assert entropy(holds) >= math.log2(len(parameters.TIMING[motion].hold)) - 0.05


def entropy(counts: Mapping[Any, int]) -> float:
    total = sum(counts.values())
    return -sum(n / total * math.log2(n / total) for n in counts.values())


@given(NONCES, MOTIONS, st.booleans())
def test_a_challenge_is_one_that_a_person_can_meet(nonce: bytes, motion: Motion, flash: bool) -> None:
    challenge = Challenge.from_nonce(nonce, motion=motion, flash=flash)
    assert challenge == Challenge.from_nonce(nonce, motion=motion, flash=flash)
    assert [challenge.steps[0].kind, challenge.steps[-1].kind] == ["centre", "centre"]
    assert challenge.steps[0].onset_ms == 0
    for one, other in zip(challenge.steps, challenge.steps[1:], strict=False):
        assert one.end_ms == other.onset_ms
        assert one.kind != other.kind
    kinds = {one.kind for one in challenge.moves}
    assert kinds <= set(MOVES)
    assert kinds & set(TURNS)
    timing = parameters.TIMING[motion]
    needed = (parameters.TURNING[motion].frames + 1) * 1000 / 5
    assert all(one.hold_ms + parameters.EARLIEST_MS >= needed for one in challenge.moves)
    assert all(one.hold_ms >= timing.latest for one in challenge.moves)
    assert challenge.duration_ms <= 25_000


@given(NONCES)
def test_flashes_are_slow_never_red_and_never_twice_the_same(nonce: bytes) -> None:
    challenge = Challenge.from_nonce(nonce, flash=True)
    assert challenge.flash[-1].onset_ms + challenge.flash[-1].hold_ms == challenge.duration_ms
    for one, other in zip(challenge.flash, challenge.flash[1:], strict=False):
        assert one.rgb != other.rgb
        assert one.hold_ms >= 334, "WCAG 2.2, 2.3.1: at most three a second"
    for one in challenge.flash:
        assert one.rgb[0] / sum(one.rgb) < 0.8, "no saturated red"
    assert Challenge.from_nonce(nonce).flash == ()


def test_nonces_lead_to_different_challenges() -> None:
    drawn = {Challenge.from_nonce(i.to_bytes(32)).steps for i in range(500)}
    assert len(drawn) > 480


def test_the_way_is_bound_too() -> None:
    nonce = bytes(range(32))
    turn, low = Challenge.from_nonce(nonce), Challenge.from_nonce(nonce, motion="low")
    assert turn.steps != low.steps
    assert turn.steps == Challenge(turn.motion, turn.steps).steps


@pytest.mark.parametrize("nonce", [b"", b"short", bytes(15), bytes(65)])
def test_a_nonce_of_another_length_is_refused(nonce: bytes) -> None:
    with pytest.raises(UsageError):
        Challenge.from_nonce(nonce)


def test_an_unknown_motion_is_refused() -> None:
    with pytest.raises(UsageError, match="no motion"):
        Challenge.from_nonce(bytes(32), motion="none")  # type: ignore[arg-type]


def test_the_page_gets_plain_data() -> None:
    challenge = Challenge.from_nonce(bytes(32), flash=True)
    told = challenge.to_json()
    assert set(told) == {"motion", "duration_ms", "steps", "flash"}
    assert [set(one) for one in told["steps"]] == [{"kind", "onset_ms", "hold_ms"}] * 5
    assert all(len(one["rgb"]) == 3 for one in told["flash"])
