"""Traces in the pixels: a screen's stripes, straight edges around a face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from moiety.liveness import Challenge, parameters
from moiety.liveness.cues import Patterns, Traces, sides, spectrum_of

POINTS = np.array([[140, 100], [180, 100], [160, 124], [145, 144], [175, 144]], np.float64)


def grain(rng: np.random.Generator) -> np.ndarray:
    soft = cv2.GaussianBlur(rng.normal(128, 60, (240, 320, 3)), (0, 0), 6)
    return np.asarray(np.clip(soft + rng.normal(0, 3, soft.shape), 0, 255), np.uint8)


@pytest.mark.parametrize("period", [3.3, 5.1, 8.7])
def test_stripes_that_wander_add_up(period: float) -> None:
    rng = np.random.default_rng(1)
    plain, striped = Patterns(), Patterns()
    y, x = np.mgrid[:240, :320]
    for i in range(30):
        frame = grain(rng)
        wave = 0.04 * np.cos((0.8 * x + 0.6 * y) * 2 * np.pi / period + i)
        plain.add(spectrum_of(frame, POINTS))
        striped.add(spectrum_of(np.clip(frame * (1 + wave[..., None]), 0, 255).astype(np.uint8), POINTS))
    without, with_stripes = plain.strength(), striped.strength()
    assert without is not None
    assert with_stripes is not None
    assert without < parameters.MOIRE_MOST < with_stripes


def test_too_few_frames_say_nothing() -> None:
    patterns = Patterns()
    assert patterns.strength() is None
    assert spectrum_of(np.zeros((100, 100, 3), np.uint8), POINTS) is None
    traces = Traces(Challenge.from_nonce(bytes(32)))
    assert traces.moire() is None
    assert traces.bezel() is None


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_screen_shows_at_whichever_end_it_is_held_up(end: str) -> None:
    """Eight frames with stripes and a frame around the face, among seventy without."""
    rng = np.random.default_rng(2)
    challenge = Challenge.from_nonce(bytes(32))
    traces = Traces(challenge)
    y, x = np.mgrid[:240, :320]
    until = challenge.moves[0].onset_ms if end == "first" else challenge.duration_ms
    for at_ms in np.linspace(0, challenge.duration_ms, 78):
        frame = grain(rng)
        if until - 900 <= at_ms <= until:
            wave = 0.06 * np.cos((0.8 * x + 0.6 * y) * 2 * np.pi / 5.1 + at_ms)
            frame = np.clip(frame * (1 + wave[..., None]), 0, 255).astype(np.uint8)
            cv2.rectangle(frame, (95, 45), (225, 190), (20, 20, 20), 5)
        traces.add(float(at_ms), frame, POINTS)
    assert (traces.moire() or 0) > parameters.MOIRE_MOST
    assert (traces.bezel() or 0) > 2


def test_edges_around_a_face_are_counted_by_side() -> None:
    open_ = np.full((240, 320, 3), 120, np.uint8)
    assert sides(open_, POINTS) == 0
    framed = open_.copy()
    cv2.rectangle(framed, (95, 45), (225, 190), (20, 20, 20), 5)
    assert sides(framed, POINTS) == 4
    large = cv2.resize(framed, (1280, 960))
    assert sides(large, POINTS * 4) == 4
    door = open_.copy()
    cv2.rectangle(door, (5, -40), (315, 300), (20, 20, 20), 3)
    assert sides(door, POINTS) == 0
