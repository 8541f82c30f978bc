"""Hints do not flicker; of many frames the best are kept, and the others let go."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from moiety.face.gate import ENROL, VERIFY
from moiety.face.quality import FaceQuality
from moiety.guidance import Best, Steady, margin
from moiety.guidance import parameters as p

FINE = FaceQuality(120.0, 0.95, 0.03, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0)


def test_the_first_hint_shows_at_once_and_a_slip_does_not() -> None:
    steady = Steady()
    assert steady.say("too-far", 0) == "too-far"
    assert steady.say("no-face", 1000) == "too-far"
    assert steady.say("too-far", 1200) == "too-far"
    assert steady.say("no-face", 1400) == "too-far"
    assert steady.say("no-face", 1400 + p.APPEAR_MS) == "no-face"


def test_a_hint_stays_to_be_read_but_good_frames_go_on_at_once() -> None:
    steady = Steady()
    steady.say("too-far", 0)
    steady.say("too-near", 100)
    assert steady.say("too-near", 100 + p.APPEAR_MS) == "too-far"
    assert steady.say("good", 400) == "good"
    steady.say("focus", 500)
    assert steady.say("focus", 500 + p.APPEAR_MS) == "focus"


@given(st.lists(st.sampled_from(["too-far", "too-near", "focus"]), min_size=2, max_size=60))
def test_no_two_changes_come_within_the_reading_time(codes: list[str]) -> None:
    steady, changes, last = Steady(), [], ""
    for frame, code in enumerate(codes):
        shown = steady.say(code, frame * 200)
        if shown != last:
            changes.append(frame * 200)
            last = shown
    assert all(b - a >= p.STAY_MS for a, b in pairwise(changes))


def test_margin_is_the_nearest_limit_and_agrees_with_the_gate() -> None:
    assert margin(FINE, ENROL) > 0
    for worse in (
        replace(FINE, eye_distance=50.0),
        replace(FINE, sharpness=-6.0),
        replace(FINE, nose_offset=0.4),
        replace(FINE, shadows=0.3),
        replace(FINE, lights=0.3),
        replace(FINE, noise=7.0),
        replace(FINE, outside=0.05),
        replace(FINE, detector_score=0.85),
    ):
        assert margin(worse, ENROL) < 0 < margin(worse, VERIFY)
        assert margin(worse, ENROL) < margin(FINE, ENROL)


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 5000)), max_size=40), st.integers(1, 5))
def test_the_best_are_kept_apart_and_bounded(frames: list[tuple[float, int]], most: int) -> None:
    best: Best[tuple[float, int]] = Best(most, apart_ms=300)
    for rank, at in frames:
        best.offer((rank, at), rank, at)
        assert len(best) <= most
    taken = best.take()
    assert len(best) == 0
    assert [one[0] for one in taken] == sorted((one[0] for one in taken), reverse=True)
    assert all(abs(a[1] - b[1]) >= 300 for i, a in enumerate(taken) for b in taken[:i])
    assert not frames or taken[0][0] == max(rank for rank, _ in frames)
