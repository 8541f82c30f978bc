"""Compare one reference with one probe."""

from __future__ import annotations

import numpy as np

from moiety.errors import TemplateMismatch
from moiety.face.template import FaceTemplate


def score(reference: FaceTemplate, probe: FaceTemplate) -> float:
    """The comparison score: the cosine of the two templates, -1 to 1, higher for more alike.

    The dot product and the lengths are exact integers, so that the score is the same on every machine.

    Raises:
        TemplateMismatch: the templates come from different models.
    """
    if reference.model != probe.model or reference._vector.size != probe._vector.size:
        raise TemplateMismatch(
            f"The code holds a template of model {reference.model!r}; this verifier uses {probe.model!r}."
        )
    a, b = reference._vector.astype(np.int64), probe._vector.astype(np.int64)
    return float(int(a @ b) / np.sqrt(float(int(a @ a)) * float(int(b @ b))))
