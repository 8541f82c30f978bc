"""Fusion: several comparisons of one person to one false match rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moiety.decision import parameters
from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison

_RIGHT_HAND = range(1, 6)
_LEFT_HAND = range(6, 11)


def fuse(comparisons: Sequence[Comparison]) -> Rate:
    """The false match rate that several comparisons stand for together; always modelled, never measured.

    Log-likelihood ratios add for independent evidence; further fingers of one hand count for less, by
    `SAME_HAND_PENALTY`. For any likelihood ratio P(LR >= t | impostor) <= 1/t (Markov's inequality, since
    its mean under the impostor hypothesis is 1), so that 1/t bounds the false match rate without any
    further assumption than calibrated ratios. Each ratio comes capped by its table.

    Raises:
        ValueError: nothing to fuse.
    """
    if not comparisons:
        raise ValueError("nothing to fuse")
    total = math.fsum(one.llr for one in comparisons if one.modality == "face")
    for hand in (_RIGHT_HAND, _LEFT_HAND):
        total += _hand(sorted((one.llr for one in comparisons if one.position in hand), reverse=True))
    return Rate(min(1.0, math.exp(-total)), False, "fusion")


def _hand(ratios: list[float]) -> float:
    """Sum of one hand's ratios: the best in full, what the others add in favour reduced, against in full."""
    if not ratios:
        return 0.0
    further = (one * (1 - parameters.SAME_HAND_PENALTY) if one > 0 else one for one in ratios[1:])
    return ratios[0] + math.fsum(further)
