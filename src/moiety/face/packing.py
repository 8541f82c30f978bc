"""Templates as one matrix of integers, for evaluation alone (import-linter lets nobody else in)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from moiety.errors import TemplateMismatch
from moiety.face.template import FaceTemplate


def pack(templates: Sequence[FaceTemplate]) -> NDArray[np.int8]:
    """An int8 array of shape (len(templates), dimensions).

    Raises:
        TemplateMismatch: the templates come from different models.
    """
    if len({(one.model, one._vector.size) for one in templates}) > 1:
        raise TemplateMismatch("The templates come from different models.")
    return np.array([one._vector for one in templates], np.int8)
