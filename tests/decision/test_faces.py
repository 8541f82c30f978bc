"""Several faces of one capture against one reference: the worst decides, and nobody else may have turned."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.decision.calibration import Tables
from moiety.decision.faces import HeldFace
from moiety.errors import TemplateMismatch
from moiety.face.embed import MODEL
from moiety.face.pipeline import Sample
from moiety.face.template import FaceTemplate


def vector(alike: float, number: int = 1) -> np.ndarray:
    """A unit vector whose cosine with the holder's is `alike`."""
    made = np.zeros(128, np.float32)
    made[0], made[number] = alike, np.sqrt(1 - alike**2)
    return made


def sample(alike: float) -> Sample:
    return Sample(vector(alike), None, ())


HELD = HeldFace(FaceTemplate.from_embedding(vector(1.0), model=MODEL, samples=1), "face", Tables.shipped())


def test_the_worst_face_decides() -> None:
    for faces in ([sample(0.9), sample(0.2)], [sample(0.2), sample(0.9)]):
        assert HELD.worst(faces).score == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize(
    ("compared", "between", "is_of"),
    [(0.9, [0.7, 0.6], True), (0.9, [0.7, 0.2], False), (0.2, [0.7], False), (0.9, [], True)],
)
def test_whoever_turned_is_the_holder(compared: float, between: list[float], is_of: bool) -> None:
    worst = HELD.worst([sample(compared)])
    assert HELD.is_of(worst, [vector(one, 2) for one in between]) is is_of
    assert not HELD.is_of(None, [vector(0.9)])


def test_a_face_of_another_model_is_never_compared() -> None:
    other = HeldFace(HELD.template, "face", HELD.tables, "arcface-r100")
    with pytest.raises(TemplateMismatch):
        other.worst([sample(0.9)])
