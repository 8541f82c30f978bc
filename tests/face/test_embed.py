"""Embedding: unit vectors, the same whether the network was loaded ahead or not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from moiety.face import embed
from moiety.face.align import align
from moiety.face.detect import detect
from moiety.image import load


@pytest.fixture
def crop(picture: Callable[[str], bytes]) -> embed.Crop:
    image = load(picture("london/101/neutral"))
    return align(image, detect(image)[0].landmarks)


def _in_a_new_thread(crop: embed.Crop) -> embed.Embedding:
    """Networks belong to a thread, so a new one has none yet."""
    found: list[embed.Embedding] = []
    thread = threading.Thread(target=lambda: found.append(embed.embed(crop)))
    thread.start()
    thread.join()
    return found[0]


def test_vectors_have_length_one_and_say_how_long_they_were(crop: embed.Crop) -> None:
    made = embed.embed(crop)
    assert made.vector.shape == (128,)
    assert np.linalg.norm(made.vector) == pytest.approx(1, abs=1e-6)
    assert made.strength > 5


def test_a_mirrored_face_gives_the_same_mean(crop: embed.Crop) -> None:
    mirrored = np.ascontiguousarray(crop[:, ::-1])
    one, other = embed.embed_with_mirror(crop), embed.embed_with_mirror(mirrored)
    np.testing.assert_allclose(one.vector, other.vector, atol=1e-6)


def test_a_network_loaded_ahead_gives_the_same_vector(crop: embed.Crop) -> None:
    plain = _in_a_new_thread(crop)
    embed.load_ahead()
    ahead = _in_a_new_thread(crop)
    assert not embed._ahead
    np.testing.assert_array_equal(plain.vector, ahead.vector)


def test_a_network_that_could_not_be_loaded_ahead_is_loaded_when_needed(
    crop: embed.Crop, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = embed._sface
    failed: list[bool] = []

    def once() -> object:
        if not failed:
            failed.append(True)
            raise OSError("no memory for now")
        return load()

    monkeypatch.setattr(embed, "_sface", once)
    embed.load_ahead()
    assert _in_a_new_thread(crop).vector.shape == (128,)
    assert failed
