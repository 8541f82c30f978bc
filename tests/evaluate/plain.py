"""An independent, slow, plain implementation of the error rates, straight from their definitions.

Lists and loops only; it shares no code with `moiety.evaluate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def cosine(a: Sequence[int], b: Sequence[int]) -> float:
    """Cosine from exact integers."""
    dot = sum(int(x) * int(y) for x, y in zip(a, b, strict=True))
    first = sum(int(x) * int(x) for x in a)
    second = sum(int(y) * int(y) for y in b)
    return dot / math.sqrt(float(first) * float(second))


def compare_all(
    references: Sequence[Sequence[int]], probes: Sequence[Sequence[int]], subjects: Sequence[int]
) -> tuple[list[float], list[float]]:
    """Genuine and impostor scores of every unordered pair, the earlier sample as reference."""
    genuine: list[float] = []
    impostor: list[float] = []
    for i in range(len(subjects)):
        for j in range(i + 1, len(subjects)):
            (genuine if subjects[i] == subjects[j] else impostor).append(cosine(references[i], probes[j]))
    return genuine, impostor


def fmr(impostor: Sequence[float], threshold: float) -> float:
    """Share of impostor scores at or above the threshold."""
    return sum(score >= threshold for score in impostor) / len(impostor)


def fnmr(genuine: Sequence[float], threshold: float) -> float:
    """Share of genuine scores below the threshold."""
    return sum(score < threshold for score in genuine) / len(genuine)


def fnmr_at(genuine: Sequence[float], impostor: Sequence[float], target: float) -> float:
    """The lowest FNMR over every possible threshold whose FMR is at most the target."""
    candidates = sorted({-2.0, *genuine, *impostor, *(math.nextafter(score, 2) for score in impostor)})
    allowed = [t for t in candidates if sum(s >= t for s in impostor) <= target * len(impostor) + 1e-9]
    return min(fnmr(genuine, t) for t in allowed)


def eer(genuine: Sequence[float], impostor: Sequence[float]) -> float:
    """FVC2000: of the thresholds either side of the crossing, the one with the lower sum of rates."""
    candidates = sorted({*genuine, *impostor})
    candidates.append(math.nextafter(candidates[-1], 2))
    rates = [(fmr(impostor, t), fnmr(genuine, t)) for t in candidates]
    first = max((pair for pair in rates if pair[1] <= pair[0]), key=lambda pair: (pair[1], -pair[0]))
    second = min((pair for pair in rates if pair[1] >= pair[0]), key=lambda pair: (pair[1], -pair[0]))
    best = first if sum(first) <= sum(second) else second
    return sum(best) / 2


def best_accuracy(scores: Sequence[float], same: Sequence[bool]) -> tuple[float, int]:
    """The lowest observed threshold with the most right answers, and how many."""
    best = (-1, 0.0)
    for t in sorted(set(scores)):
        right = sum((score >= t) == truth for score, truth in zip(scores, same, strict=True))
        if right > best[0]:
            best = (right, t)
    return best[1], best[0]
