"""A picture whose face cannot be compared, looked at lying on each side: whether it only has to be turned."""

from __future__ import annotations

from typing import Final

import numpy as np

from moiety.face import gate
from moiety.face.pipeline import Sample, probe
from moiety.findings import Finding
from moiety.image import Image

_QUARTERS: Final = (1, 3, 2)  # what cameras without a sense of gravity make, the commonest first
_TOLD: Final = frozenset(
    ("no-face", "weak-face", "unclear-face", "turned-away", "covered-eyes", "covered-mouth")
)
"""What a face that lies on its side is taken for."""
_TURN: Final = Finding(
    "turned-picture", "The face lies on its side: turn the picture so that the face is upright.", 0, 1
)


def named_if_turned(sample: Sample, image: Image) -> Sample:
    """`sample`, or the finding that its picture has to be turned. Looks only where the sample is unfit.

    The picture is not turned for anyone: what a file says of its own direction is followed already, and a
    picture that says otherwise may be of somebody else's making.
    """
    if not _TOLD.intersection(one.code for one in sample.findings):
        return sample
    for quarters in _QUARTERS:
        turned = Image(np.ascontiguousarray(np.rot90(image.rgb, quarters)))
        if not probe(turned, gate.VERIFY).findings:
            return Sample(None, None, (_TURN,))
    return sample
