"""A picture without a face, looked at lying on each side: whether it only has to be turned."""

from __future__ import annotations

from typing import Final

import numpy as np

from moiety.face.detect import detect
from moiety.face.pipeline import Sample
from moiety.findings import Finding
from moiety.image import Image

_QUARTERS: Final = (1, 3, 2)  # what cameras without a sense of gravity make, the commonest first
_TURN: Final = Finding(
    "turned-picture", "The face lies on its side: turn the picture so that the face is upright.", 0, 1
)


def named_if_turned(sample: Sample, image: Image) -> Sample:
    """`sample`, or the finding that its picture has to be turned. Looks only where no face was found.

    The picture is not turned for anyone: what a file says of its own direction is followed already, and a
    picture that says otherwise may be of somebody else's making.
    """
    if [one.code for one in sample.findings] != ["no-face"]:
        return sample
    for quarters in _QUARTERS:
        if len(detect(Image(np.ascontiguousarray(np.rot90(image.rgb, quarters))))) == 1:
            return Sample(None, None, (_TURN,))
    return sample
