"""A picture that lies on its side is named as that; one without a face stays without one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from moiety.face import gate, pipeline
from moiety.face.turned import named_if_turned
from moiety.image import Image, load


def _codes(image: Image) -> list[str]:
    return [one.code for one in named_if_turned(pipeline.probe(image, gate.VERIFY), image).findings]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_face_on_its_side_is_to_be_turned(picture: Callable[[str], bytes], quarters: int) -> None:
    upright = load(picture("lisa/1"))
    lying = Image(np.ascontiguousarray(np.rot90(upright.rgb, quarters)))
    assert _codes(lying) == ["turned-picture"]


def test_no_face_stays_no_face_and_an_upright_one_is_untouched(picture: Callable[[str], bytes]) -> None:
    assert _codes(Image(np.full((200, 200, 3), 120, np.uint8))) == ["no-face"]
    upright = load(picture("lisa/1"))
    sample = pipeline.probe(upright, gate.VERIFY)
    assert named_if_turned(sample, upright) is sample
