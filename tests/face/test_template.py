"""A template is opaque, small, and of one model."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from moiety.errors import TemplateMismatch
from moiety.face import compare, gate, pipeline
from moiety.face.template import FaceTemplate
from moiety.image import Image

Face = Callable[[str], Image]
Vector = NDArray[np.int8]
vectors = hnp.arrays(np.int8, 128, elements=st.integers(-127, 127)).filter(np.any)


def made(vector: Vector, model: str = "m") -> FaceTemplate:
    return FaceTemplate.from_bytes(vector.tobytes(), model=model, samples=1)


@pytest.fixture(scope="module")
def template(face: Face) -> FaceTemplate:
    return pipeline.template([pipeline.reference(face("lisa/1"), gate.ENROL)])


def test_it_is_128_bytes(template: FaceTemplate) -> None:
    data = template.to_bytes()
    assert len(data) == 128
    assert template.model == "sface-2021dec-int8bq"
    again = FaceTemplate.from_bytes(data, model=template.model, samples=template.samples)
    assert again.to_bytes() == data
    assert int(np.abs(np.frombuffer(data, np.int8).astype(int)).max()) == 127


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(protocol: int, template: FaceTemplate) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(template, protocol)


def test_it_cannot_be_copied_by_the_pickle_machinery(template: FaceTemplate) -> None:
    with pytest.raises(TypeError):
        copy.copy(template)
    with pytest.raises(TypeError):
        copy.deepcopy(template)


def test_it_shows_nothing(template: FaceTemplate) -> None:
    assert str(template) == repr(template) == "FaceTemplate(model='sface-2021dec-int8bq', samples=1)"
    with pytest.raises(TypeError):
        vars(template)
    public = {name for name in dir(template) if not name.startswith("_")}
    assert public == {"from_bytes", "from_embedding", "model", "samples", "to_bytes"}
    for protocol in ("__array__", "__buffer__", "__iter__", "__len__", "__getitem__", "__float__"):
        assert not hasattr(template, protocol)


def test_it_is_no_key_of_a_gallery(template: FaceTemplate) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        {template: "name"}  # noqa: B018


def test_it_does_not_follow_the_array_it_was_made_of() -> None:
    mine = np.arange(1, 129).astype(np.int8)
    one = FaceTemplate(mine, model="m", samples=1)
    before = one.to_bytes()
    mine[:] = 1
    assert one.to_bytes() == before


@pytest.mark.parametrize(
    "vector",
    [
        np.zeros(128, np.int8),
        np.ones(8, np.int8),
        np.ones((2, 64), np.int8),
        np.ones(128, np.uint8),
        np.ones(128, np.float32),
        np.ones(0, np.int8),
    ],
)
def test_a_malformed_one_is_refused(vector: Vector) -> None:
    with pytest.raises(TemplateMismatch):
        FaceTemplate(vector, model="m", samples=1)


@pytest.mark.parametrize("samples", [0, -1, 16])
def test_an_impossible_number_of_pictures_is_refused(samples: int) -> None:
    with pytest.raises(TemplateMismatch):
        FaceTemplate(np.ones(128, np.int8), model="m", samples=samples)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_an_embedding_without_direction_is_refused(value: float) -> None:
    with pytest.raises(TemplateMismatch):
        FaceTemplate.from_embedding(np.full(128, value, np.float32), model="m", samples=1)


@given(hnp.arrays(np.float32, 128, elements=st.floats(-1, 1, width=32)))
def test_quantising_keeps_the_direction(embedding: NDArray[np.float32]) -> None:
    assume(np.abs(embedding).max() > 1e-3)
    one = FaceTemplate.from_embedding(embedding, model="m", samples=1)
    kept = np.frombuffer(one.to_bytes(), np.int8).astype(float)
    cosine = kept @ embedding / (np.linalg.norm(kept) * np.linalg.norm(embedding.astype(float)))
    assert cosine > 0.999 - 64 / 127**2


# --- comparison --------------------------------------------------------------------------------------------


@given(vectors, vectors)
def test_the_score_is_the_exact_cosine_and_symmetric(a: Vector, b: Vector) -> None:
    one, other = made(a), made(b)
    score = compare.score(one, other)
    assert score == compare.score(other, one)
    x, y = [int(v) for v in a], [int(v) for v in b]
    dot, lengths = (
        sum(p * q for p, q in zip(x, y, strict=True)),
        sum(p * p for p in x) * sum(q * q for q in y),
    )
    assert Fraction(score) ** 2 == pytest.approx(Fraction(dot * dot, lengths), rel=1e-12, abs=1e-15)
    assert (score > 0) == (dot > 0)


@given(vectors)
def test_a_template_is_like_itself_and_unlike_its_negative(a: Vector) -> None:
    assert compare.score(made(a), made(a)) == pytest.approx(1, abs=1e-12)
    assert compare.score(made(a), made(-a)) == pytest.approx(-1, abs=1e-12)


def test_templates_of_different_models_never_compare(template: FaceTemplate) -> None:
    other = FaceTemplate.from_bytes(template.to_bytes(), model="another-model", samples=1)
    for pair in ((template, other), (other, template)):
        with pytest.raises(TemplateMismatch, match="another-model"):
            compare.score(*pair)


def test_templates_of_different_lengths_never_compare() -> None:
    with pytest.raises(TemplateMismatch):
        compare.score(made(np.ones(128, np.int8)), made(np.ones(64, np.int8)))


def test_no_message_carries_the_template(template: FaceTemplate) -> None:
    other = FaceTemplate.from_bytes(template.to_bytes(), model="another-model", samples=1)
    with pytest.raises(TemplateMismatch) as refused:
        compare.score(template, other)
    assert len(str(refused.value)) < 160
    assert str(list(template.to_bytes()[:4]))[1:-1] not in str(refused.value)
