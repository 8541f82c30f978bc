"""What lies beside the outermost fingers: past the ring finger the hand goes on, past the index it ends.

Index, middle and ring finger alone look the same on either hand. Where the little finger leaves the palm,
hidden or folded as it may be, there is skin beside the ring finger; beside the index finger there is none
until the thumb, further down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import Bytes, LocatedFinger

Points = npt.NDArray[np.float64]


def hand_goes_on(
    lab: Bytes, first: LocatedFinger, last: LocatedFinger, fingers: Sequence[LocatedFinger]
) -> int:
    """1 if skin lies beside `last` and none beside `first`, -1 the other way round, 0 if it is not sure.

    Args:
        lab: uint8 (height, width, 3), the picture in CIELAB as OpenCV codes it.
        first, last: the outermost of `fingers`.
        fingers: all of one hand, in the picture's pixels.
    """
    skin = _skin(lab, fingers)
    shares = [_share(lab, skin, one, other) for one, other in ((first, last), (last, first))]
    if skin is None or None in shares:
        return 0
    beside_first, beside_last = (float(share) for share in shares if share is not None)
    if beside_last > p.BESIDE_SKIN and beside_first < p.BESIDE_NONE:
        return 1
    return -int(beside_first > p.BESIDE_SKIN and beside_last < p.BESIDE_NONE)


def _skin(lab: Bytes, fingers: Sequence[LocatedFinger]) -> Points | None:
    """Median colour of the fingers' middle phalanges, lightness halved."""
    spots = []
    for finger in fingers:
        along = np.linspace(1.8, 3.4, 17)[:, None] * finger.breadth
        across = np.linspace(-0.3, 0.3, 7)[None, :] * finger.breadth
        spots.append(_colours(lab, finger, along, across))
    found = np.concatenate(spots)
    return None if len(found) < 20 else np.asarray(np.median(found, axis=0))


def _share(lab: Bytes, skin: Points | None, finger: LocatedFinger, inner: LocatedFinger) -> float | None:
    """How much of the place beside a finger's base, away from `inner`, has the skin's colour."""
    if skin is None:
        return None
    axis = np.array(finger.axis)
    across = np.array([-axis[1], axis[0]])
    outward = -np.sign(np.dot(np.subtract(inner.tip, finger.tip), across))
    along = np.linspace(*p.BESIDE_DEPTH, 15)[:, None] * finger.breadth
    aside = np.linspace(*p.BESIDE_REACH, 9)[None, :] * finger.breadth * outward
    colours = _colours(lab, finger, along, aside)
    if len(colours) < p.BESIDE_SEEN * along.size * aside.size:
        return None
    return float((np.linalg.norm(colours - skin, axis=1) < p.SKIN_REACH).mean())


def _colours(lab: Bytes, finger: LocatedFinger, along: Points, across: Points) -> Points:
    """Colours at places given from the tip inwards and to the right of the axis; those in the picture."""
    axis = np.array(finger.axis)
    x = finger.tip[0] - along * axis[0] - across * axis[1]
    y = finger.tip[1] - along * axis[1] + across * axis[0]
    column, row = np.rint(x).astype(int).ravel(), np.rint(y).astype(int).ravel()
    inside = (column >= 0) & (row >= 0) & (column < lab.shape[1]) & (row < lab.shape[0])
    return np.asarray(lab[row[inside], column[inside]] * np.array([0.5, 1.0, 1.0]), np.float64)
