"""Dark rectangles of a drawing, such as the modules of a code, as pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, right and bottom; down is down."""

MOST_BOXES: Final = 60_000
"""A symbol of version 35 has 19,000 runs of dark modules; a sheet has several cards."""

_PIXELS_A_MODULE: Final = 3
_MOST_PIXELS: Final = 2_400
_MARGIN: Final = 24
_LEAST_BOXES: Final = 30


def picture_of(boxes: Sequence[Box]) -> NDArray[np.uint8] | None:
    """The boxes as dark pixels on white, shape (height, width, 3); None where they are too few for a code."""
    if not _LEAST_BOXES <= len(boxes) <= MOST_BOXES:
        return None
    edges = np.asarray(boxes, np.float64)
    sides = edges[:, 3] - edges[:, 1]
    kept = np.isfinite(edges).all(axis=1) & (sides > 0) & (edges[:, 2] > edges[:, 0])
    if int(kept.sum()) < _LEAST_BOXES:
        return None
    edges, sides = edges[kept], sides[kept]
    # Modules are the commonest height: larger boxes are frames and pictures around the code.
    module = float(np.median(sides))
    edges = edges[sides < module * 20]
    left, top = edges[:, 0].min(), edges[:, 1].min()
    span = float(max(edges[:, 2].max() - left, edges[:, 3].max() - top))
    scale = min(_PIXELS_A_MODULE / module, _MOST_PIXELS / span)
    if not np.isfinite(scale) or scale * module < 1:
        return None
    pixels = np.rint((edges - (left, top, left, top)) * scale).astype(np.int64) + _MARGIN
    size = int(pixels.max()) + _MARGIN
    canvas = np.full((size, size, 3), 255, np.uint8)
    for x0, y0, x1, y1 in pixels:
        canvas[y0:y1, x0:x1] = 0
    return canvas
