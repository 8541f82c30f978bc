"""One face all the way: the frames that are looked at, and what breaks the chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from moiety.liveness import Challenge, Observation, parameters
from moiety.liveness.challenge import TURNS, Motion
from moiety.liveness.same_face import Faces, faces_of, hidden, one_face, resembling

Act = Callable[..., list[Observation]]


def rows(faces: Faces, other: tuple[float, ...] = (), alike: float = 0.0) -> np.ndarray:
    """One person's vectors at the times of `faces`, and at the times `other` those of somebody `alike`."""
    one = np.array([1.0, 0.0], np.float32)
    two = np.array([alike, np.sqrt(1 - alike**2)], np.float32)
    return np.stack([two if at in other else one for at in faces.at_ms])


def seen(
    act: Act, motion: Motion = "turn", nonce: bytes = bytes(32)
) -> tuple[Challenge, list[Observation], Faces]:
    challenge = Challenge.from_nonce(nonce, motion=motion)
    observations = act(challenge, seed=1)
    at = np.array([one.at_ms for one in observations])
    compared = tuple(float(at[np.abs(at - moment).argmin()]) for moment in challenge.compared_ms)
    return challenge, observations, faces_of(challenge, observations, compared)


@pytest.mark.parametrize("motion", ["turn", "low"])
@pytest.mark.parametrize("nonce", [bytes(32), bytes(31) + b"\x07"])
def test_frames_are_taken_from_before_between_and_in_the_moves(
    act: Act, motion: Motion, nonce: bytes
) -> None:
    challenge, _, faces = seen(act, motion, nonce)
    first, last = challenge.moves[0], challenge.steps[-1]
    assert faces.compared[0] < first.onset_ms
    assert faces.compared[1] > last.onset_ms + parameters.SETTLED_MS
    assert len(faces.turns) == sum(one.kind in TURNS for one in challenge.moves)
    assert all(len(one) == 1 + parameters.TURNED_FRAMES and one[0] <= min(one[1:]) for one in faces.turns)
    assert len(faces.at_ms) <= 13


def test_one_person_is_one_face(act: Act) -> None:
    _, _, faces = seen(act)
    measures: dict[str, float] = {}
    assert not list(one_face(faces, rows(faces), "turn", measures))
    assert measures.keys() >= {"compared", "half", "turned"}
    assert min(measures.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("part", ["first", "last", "both", "front", "half", "turned"])
def test_another_face_in_any_part_breaks_the_chain(act: Act, part: str) -> None:
    _, _, faces = seen(act, nonce=bytes(31) + b"\x07")
    other = {
        "first": faces.compared[:1],
        "last": faces.compared[1:],
        "both": faces.compared,
        "front": faces.fronts[:1],
        "half": tuple(one[0] for one in faces.turns),
        "turned": tuple(at for one in faces.turns for at in one[1:]),
    }[part]
    assert other
    found = list(one_face(faces, rows(faces, other, alike=0.3), "turn", {}))
    assert [one.code for one in found] == ["liveness-several-people"]


def test_a_reference_is_asked_about_all_but_the_compared_faces(act: Act) -> None:
    _, _, faces = seen(act)
    turned = tuple(at for one in faces.turns for at in one[1:])
    told = resembling(faces, rows(faces, turned, alike=0.3))
    assert len(told) == len(faces.fronts) + 1
    assert float(told[-1][0]) == pytest.approx(0.3, abs=1e-5)


def test_a_face_that_is_hidden_before_it_is_compared(act: Act) -> None:
    challenge, observations, faces = seen(act)
    until = faces.compared[1]
    assert not list(hidden(challenge, observations, until))
    covered = [
        replace(one, faces=0, landmarks=None, face=None) if until - 400 < one.at_ms < until else one
        for one in observations
    ]
    (found,) = hidden(challenge, covered, until)
    assert found.code == "liveness-hidden"
    assert found.measured is not None
    assert found.measured > parameters.HIDDEN_MOST_MS
