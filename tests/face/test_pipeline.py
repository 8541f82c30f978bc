"""From pictures to one template: the same on every thread, and averaged over pictures."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from moiety.face import compare, gate, pipeline
from moiety.face.template import FaceTemplate
from moiety.image import Image, load

Face = Callable[[str], Image]
PEOPLE = ("005", "025", "061", "066", "101", "139")


def reference(*pictures: Image) -> FaceTemplate:
    return pipeline.template([pipeline.reference(one, gate.ENROL) for one in pictures])


def probe(picture: Image) -> FaceTemplate:
    return pipeline.template([pipeline.probe(picture, gate.VERIFY)])


def test_the_same_person_scores_above_every_other(face: Face) -> None:
    references = {who: reference(face(f"london/{who}/neutral")) for who in PEOPLE}
    for who in PEOPLE:
        smiling = probe(face(f"london/{who}/smiling"))
        scores = {other: compare.score(one, smiling) for other, one in references.items()}
        assert max(scores, key=lambda other: scores[other]) == who
        assert scores[who] > 0.15 + max(score for other, score in scores.items() if other != who)


def test_pictures_of_one_person_become_one_template(face: Face) -> None:
    pictures = [face(f"lisa/{number}") for number in (1, 2, 3)]
    whole = reference(*pictures)
    assert whole.samples == 3
    rows = [pipeline.reference(one, gate.ENROL).embedding for one in pictures]
    mean = np.mean([row for row in rows if row is not None], axis=0)
    kept = np.frombuffer(whole.to_bytes(), np.int8).astype(float)
    assert kept @ mean / (np.linalg.norm(kept) * np.linalg.norm(mean)) > 0.9995
    last = probe(face("lisa/4"))
    single = [compare.score(reference(one), last) for one in pictures]
    assert compare.score(whole, last) > np.mean(single)


def test_a_reference_does_not_care_for_left_and_right(face: Face) -> None:
    """It is averaged with its mirror image."""
    picture = face("london/101/neutral")
    mirrored = load(np.ascontiguousarray(picture.rgb[:, ::-1]))
    assert compare.score(reference(picture), reference(mirrored)) > 0.97


def test_a_picture_that_fails_its_gate_cannot_be_in_a_template() -> None:
    failed = pipeline.reference(load(np.full((320, 320, 3), 127, np.uint8)), gate.ENROL)
    assert failed.embedding is None
    with pytest.raises(ValueError, match="embedding"):
        pipeline.template([failed])
    with pytest.raises(ValueError, match="embedding"):
        pipeline.template([])


def test_a_sample_prints_no_embedding(face: Face) -> None:
    assert repr(pipeline.probe(face("lisa/1"), gate.VERIFY)) == "Sample(findings=[])"


def test_eight_threads_give_the_bytes_of_one(face: Face) -> None:
    names = [f"london/{who}/neutral" for who in PEOPLE[:4]]
    pictures = [face(name) for name in names]
    alone = [reference(one).to_bytes() for one in pictures]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: reference(one).to_bytes(), pictures * 2))
    assert together == alone * 2


def test_the_sink_hears_every_stage_and_changes_nothing(face: Face) -> None:
    heard: dict[str, object] = {}
    picture = face("lisa/1")
    told = pipeline.probe(picture, gate.VERIFY, explain=heard.__setitem__)
    silent = pipeline.probe(picture, gate.VERIFY)
    assert list(heard) == ["faces", "face", "crop", "quality"]
    assert told.embedding is not None
    assert silent.embedding is not None
    assert np.array_equal(told.embedding, silent.embedding)
