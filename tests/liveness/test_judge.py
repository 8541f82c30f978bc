"""The judge: shown only to a head that did what was asked, when it was asked; never to anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moiety.errors import UsageError
from moiety.liveness import Challenge, Cues, Liveness, Observation, judge, parameters
from moiety.liveness.challenge import Motion

Act = Callable[..., list[Observation]]
MOTIONS = st.sampled_from(["turn", "low"])
NONCES = st.binary(min_size=32, max_size=32)
SEEDS = st.integers(0, 2**31)
RANK = {Liveness.NOT_SHOWN: 0, Liveness.INCONCLUSIVE: 1, Liveness.SHOWN: 2}

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def codes(found: object) -> list[str]:
    return [one.code for one in getattr(found, "reasons", ())]


@few
@given(NONCES, MOTIONS, SEEDS, st.floats(5.5, 12))
def test_a_person_who_follows_is_shown(
    act: Act, nonce: bytes, motion: Motion, seed: int, rate: float
) -> None:
    challenge = Challenge.from_nonce(nonce, motion=motion)
    found = judge(challenge, act(challenge, seed=seed, rate=rate))
    # One in a few hundred drawn people is slower, or turns less, than the challenge allows.
    assert found.level is Liveness.SHOWN or set(codes(found)) <= {
        "liveness-late", "liveness-not-held", "liveness-not-far", "liveness-turn-not-far", "liveness-flat",
        "liveness-not-returned",
    }  # fmt: skip
    if found.level is Liveness.SHOWN:
        assert found.reasons == ()
        assert found.measures["turns"] == parameters.MOVE_COUNT


def test_nearly_everybody_who_follows_is_shown(act: Act) -> None:
    shown = 0
    for seed in range(60):
        challenge = Challenge.from_nonce(seed.to_bytes(32), motion="turn" if seed % 2 else "low")
        shown += judge(challenge, act(challenge, seed=seed)).level is Liveness.SHOWN
    assert shown >= 58


@few
@given(NONCES, MOTIONS, SEEDS)
def test_something_flat_is_never_shown(act: Act, nonce: bytes, motion: Motion, seed: int) -> None:
    challenge = Challenge.from_nonce(nonce, motion=motion)
    assert judge(challenge, act(challenge, seed=seed, depth=0.0)).level is not Liveness.SHOWN


@few
@given(NONCES, MOTIONS, SEEDS)
def test_a_nose_that_moves_for_the_detector_alone_is_never_shown(
    act: Act, nonce: bytes, motion: Motion, seed: int
) -> None:
    """Landmarks of a head on the pixels of a sheet: what a detector makes of a bent print."""
    challenge = Challenge.from_nonce(nonce, motion=motion)
    head, sheet = act(challenge, seed=seed), act(challenge, seed=seed, depth=0.0)
    frames = [replace(one, face=other.face) for one, other in zip(head, sheet, strict=True)]
    found = judge(challenge, frames)
    assert found.level is not Liveness.SHOWN
    if "standing" in found.measures:  # the moves were those asked for
        assert "liveness-flat" in codes(found)


def test_without_pixels_no_live_person_is_shown(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge, seed=1)
    for blind in ([replace(one, face=None) for one in frames], [replace(frames[0], face=None), *frames[1:]]):
        found = judge(challenge, blind)
        assert (found.level, codes(found)) == (Liveness.INCONCLUSIVE, ["liveness-no-relief"])


@pytest.mark.parametrize("shape", [(39, 40), (40, 40, 3), (1600,)])
def test_level_faces_of_another_shape_are_refused(act: Act, shape: tuple[int, ...]) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    first, *rest = act(challenge, seed=1)
    for face in (np.zeros(shape, np.uint8), np.zeros((40, 40), np.float64)):
        with pytest.raises(UsageError, match="level face"):
            judge(challenge, [replace(first, face=face), *rest])  # type: ignore[arg-type]


@few
@given(NONCES, MOTIONS, SEEDS)
def test_a_still_face_is_never_shown(act: Act, nonce: bytes, motion: Motion, seed: int) -> None:
    challenge = Challenge.from_nonce(nonce, motion=motion)
    frames = act(challenge, seed=seed)
    still = [replace(one, landmarks=frames[0].landmarks) for one in frames]
    found = judge(challenge, still)
    assert found.level is Liveness.NOT_SHOWN
    assert codes(found) == ["liveness-not-turned"]


@few
@given(NONCES, NONCES, MOTIONS, SEEDS)
def test_another_order_is_never_shown(
    act: Act, nonce: bytes, other: bytes, motion: Motion, seed: int
) -> None:
    asked, recorded = (Challenge.from_nonce(one, motion=motion) for one in (nonce, other))
    assume([one.kind for one in asked.moves] != [one.kind for one in recorded.moves])
    assert judge(asked, act(recorded, seed=seed, until=asked.duration_ms)).level is not Liveness.SHOWN


@few
@given(NONCES, SEEDS, st.integers(300, 2000))
def test_the_right_order_before_it_is_asked_for_is_never_shown(
    act: Act, nonce: bytes, seed: int, early: int
) -> None:
    challenge = Challenge.from_nonce(nonce)
    frames = act(challenge, seed=seed)
    hurried = [replace(one, at_ms=one.at_ms - early) for one in frames if one.at_ms > early]
    reactions = [1000.0]
    honest = judge(challenge, frames)
    reactions = [value for name, value in honest.measures.items() if name.startswith("reaction")]
    assume(reactions and min(reactions) - early < parameters.EARLIEST_MS - 150)
    assert judge(challenge, hurried).level is not Liveness.SHOWN


@few
@given(NONCES, SEEDS, st.floats(0, 1), st.floats(0, 1))
def test_less_depth_never_shows_more(act: Act, nonce: bytes, seed: int, one: float, other: float) -> None:
    challenge = Challenge.from_nonce(nonce)
    low, high = sorted((one, other))
    levels = [
        judge(challenge, act(challenge, seed=seed, depth=depth, noise=0.0)).level is Liveness.SHOWN
        for depth in (low, high)
    ]
    assert levels[0] <= levels[1]


@few
@given(
    st.floats(0, 100), st.floats(0, 100), st.floats(0, 4), st.floats(0, 4), st.floats(0, 1), st.floats(0, 1)
)
def test_more_of_a_cue_never_shows_more(
    act: Act, moire: float, more: float, bezel: float, wider: float, passive: float, lower: float
) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge, seed=1)
    mild = Cues(min(moire, more), min(bezel, wider), max(passive, lower))
    strong = Cues(max(moire, more), max(bezel, wider), min(passive, lower))
    assert RANK[judge(challenge, frames, strong).level] <= RANK[judge(challenge, frames, mild).level]
    assert RANK[judge(challenge, frames, mild).level] <= RANK[judge(challenge, frames).level]


def test_each_cue_has_its_reason(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge, seed=1)
    assert judge(challenge, frames, Cues()).level is Liveness.SHOWN
    screen = judge(challenge, frames, Cues(moire=1e3))
    assert (screen.level, codes(screen)) == (Liveness.NOT_SHOWN, ["liveness-screen"])
    framed = judge(challenge, frames, Cues(bezel=4.0))
    assert (framed.level, codes(framed)) == (Liveness.INCONCLUSIVE, ["liveness-framed"])
    held_up = judge(challenge, frames, Cues(around=10.0))
    assert (held_up.level, codes(held_up)) == (Liveness.NOT_SHOWN, ["liveness-surroundings"])
    network = judge(challenge, frames, Cues(passive=0.0))
    assert (network.level, codes(network)) == (Liveness.NOT_SHOWN, ["liveness-passive"])


# --- what keeps frames from being judged -------------------------------------------------------------------


def test_too_few_frames(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    assert codes(judge(challenge, [])) == ["liveness-too-few-frames"]
    slow = judge(challenge, act(challenge, rate=2.0))
    assert slow.level is not Liveness.SHOWN
    assert "liveness-too-few-frames" in codes(slow)


def test_a_gap_hides_what_happened(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    start = challenge.moves[1].onset_ms
    frames = [one for one in act(challenge) if not start < one.at_ms < start + 900]
    found = judge(challenge, frames)
    assert found.level is not Liveness.SHOWN
    assert "liveness-too-few-frames" in codes(found)


def test_the_end_must_be_seen(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = [one for one in act(challenge) if one.at_ms < challenge.moves[-1].end_ms]
    assert judge(challenge, frames).level is not Liveness.SHOWN


def test_a_second_face_in_one_frame_is_enough(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge)
    frames[30] = Observation(frames[30].at_ms, 2, None)
    found = judge(challenge, frames)
    assert found.level is Liveness.INCONCLUSIVE
    assert codes(found) == ["liveness-several-faces"]


def test_a_face_that_leaves(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge)
    away = [Observation(one.at_ms, 0, None) if i % 5 == 0 else one for i, one in enumerate(frames)]
    found = judge(challenge, away)
    assert found.level is not Liveness.SHOWN
    assert "liveness-face-lost" in codes(found)


def test_repeated_pictures_do_not_count_as_frames(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = [replace(one, repeated=i % 3 > 0) for i, one in enumerate(act(challenge))]
    assert "liveness-too-few-frames" in codes(judge(challenge, frames))


def test_a_cut_between_recordings(act: Act) -> None:
    """A library of clips, one of them played as each prompt appears, without a way from one to the next.

    Only from one side to the other, within one frame, is it faster than a head may seem to be.
    """
    drawn = (Challenge.from_nonce(i.to_bytes(32)) for i in range(99))
    challenge = next(one for one in drawn if [step.kind for step in one.moves][:2] == ["left", "right"])
    frames = act(challenge)
    times = np.array([one.at_ms for one in frames])
    held = {step.kind: frames[int(np.abs(times - step.end_ms + 100).argmin())] for step in challenge.moves}
    clips = []
    for one in frames:
        asked = [each for each in challenge.steps if each.onset_ms + 400 <= one.at_ms]
        clip = held.get(asked[-1].kind, frames[0]) if asked else frames[0]
        clips.append(replace(one, landmarks=clip.landmarks))
    found = judge(challenge, clips)
    assert found.level is Liveness.NOT_SHOWN
    assert "liveness-cut" in codes(found)


def test_a_turn_that_is_not_held(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge, seed=3)
    step = challenge.moves[1]
    middle = (step.onset_ms + step.end_ms) / 2 + 300
    slack = [
        replace(one, landmarks=frames[0].landmarks) if middle < one.at_ms < step.end_ms else one
        for one in frames
    ]
    assert judge(challenge, slack).level is not Liveness.SHOWN


# --- malformed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(act: Act, value: float) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge)
    broken = np.array(frames[4].landmarks)
    broken[2, 1] = value
    colour = np.array([0.1, value, 0.1])
    for bad in (
        replace(frames[4], landmarks=broken),
        replace(frames[4], at_ms=value),
        replace(frames[4], colour=colour),
    ):
        with pytest.raises(UsageError):
            judge(challenge, [*frames[:4], bad, *frames[5:]])
    for cues in (Cues(moire=value), Cues(bezel=value), Cues(around=value), Cues(passive=value)):
        with pytest.raises(UsageError):
            judge(challenge, frames, cues)


def test_times_that_do_not_rise_are_refused(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge)
    with pytest.raises(UsageError, match="rising"):
        judge(challenge, [frames[1], frames[0]])
    with pytest.raises(UsageError, match="rising"):
        judge(challenge, [frames[0], frames[0]])


def test_more_frames_than_are_read_are_refused(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    one = act(challenge)[0]
    many = [replace(one, at_ms=float(i)) for i in range(parameters.FRAMES_MOST + 1)]
    with pytest.raises(UsageError, match="frames"):
        judge(challenge, many)


def test_landmarks_without_a_face_are_refused(act: Act) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    frames = act(challenge)
    for faces, landmarks in ((0, frames[0].landmarks), (1, None), (2, frames[0].landmarks), (-1, None)):
        with pytest.raises(UsageError):
            judge(challenge, [Observation(0.0, faces, landmarks)])
    with pytest.raises(UsageError):
        judge(challenge, [Observation(0.0, 1, np.zeros((4, 2)))])


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=10, max_size=10))
@settings(deadline=None, max_examples=60)
def test_no_five_points_break_the_judge(values: list[float]) -> None:
    challenge = Challenge.from_nonce(bytes(32))
    points = np.array(values).reshape(5, 2)
    frames = [Observation(i * 120.0, 1, points) for i in range(90)]
    assert judge(challenge, frames).level is not Liveness.SHOWN
