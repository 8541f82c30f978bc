"""Two finger templates to one score: surroundings propose, a bending alignment disposes.

1. Pairs of minutiae with the most alike surroundings propose rigid movements of the probe.
2. All movements are tried at once; the few that bring most minutiae together are kept.
3. Each kept one is refined: a rigid fit to its pairs, then a smooth bending of the skin, then closer pairs.
4. The score is the square of the paired weight over the two prints' content in the area they share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from moiety.errors import TemplateMismatch, UsageError
from moiety.finger import parameters as p
from moiety.finger.descriptors import Floats, Structure, similarity, structure, wrapped
from moiety.finger.template import FingerTemplate, minutiae_of

NO_MATCH = 0.0
"""The score where fewer than `parameters.MIN_PAIRS` minutiae were paired."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Pairing:
    """What was paired and why, for drawing. In-process only.

    Attributes:
        reference: float32 (n, 2), the reference's minutiae in mm, y upward.
        reference_angle, reference_ending: (n,), their directions in radians, and whether a ridge ends there.
        probe: float32 (m, 2), the probe's minutiae laid over the reference, bending included.
        probe_places, probe_angle, probe_ending: (m, 2), (m,), (m,), the probe's minutiae as they were.
        pairs: intp (k, 2), indices of the paired minutiae, reference first.
        weights: float32 (k,), what each pair counts, 0 to 1.
        rotation: radians, anticlockwise, that the probe was turned by.
        shared: how many minutiae of reference and of probe lie in the shared area.
        score: as `compare` returns it.
    """

    reference: NDArray[np.float32]
    reference_angle: NDArray[np.float32]
    reference_ending: NDArray[np.bool_]
    probe: NDArray[np.float32]
    probe_places: NDArray[np.float32]
    probe_angle: NDArray[np.float32]
    probe_ending: NDArray[np.bool_]
    pairs: NDArray[np.intp]
    weights: NDArray[np.float32]
    rotation: float
    shared: tuple[int, int]
    score: float

    def __repr__(self) -> str:
        return f"Pairing({len(self.pairs)} pairs, score={self.score:.3f})"


Explain = Callable[[Pairing], None]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Aligned:
    """Several alignments at once: weights (k, n, m), turns (k,), probe's places (k, m) and reference's in the
    probe's frame (k, n)."""

    weights: Floats
    turns: Floats
    probe_x: Floats
    probe_y: Floats
    back_x: Floats
    back_y: Floats


def compare(reference: FingerTemplate, probe: FingerTemplate, *, explain: Explain | None = None) -> float:
    """How much two templates speak for one finger: 0 to 1, higher is more alike.

    0 means that fewer than `parameters.MIN_PAIRS` minutiae could be paired. The score is no probability: it
    gets its meaning from a calibration table. The order of the two matters little, and never the result of an
    empty comparison. A contactless print that was not mirrored is mirrored here.

    Raises:
        TemplateMismatch: made by different models.
        UsageError: the two name different fingers.
    """
    if reference.model != probe.model:
        raise TemplateMismatch("The two finger templates are of different models.")
    if reference.position and probe.position and reference.position != probe.position:
        raise UsageError(
            f"These are different fingers: {reference.position.label} and {probe.position.label}."
        )
    if min(reference.minutiae, probe.minutiae) < p.MIN_PAIRS:
        return NO_MATCH
    one, other = prepared(reference), prepared(probe)
    alike = similarity(one, other)
    turn = wrapped(one.angle[:, None] - other.angle[None])
    weights = _propose(one, other, alike, turn)
    aligned = _refine(one, other, alike, turn, weights)
    return _score(one, other, aligned, explain)


def prepared(template: FingerTemplate) -> Structure:
    """The template's structure, computed at its first comparison and kept with it while it lives."""
    if template._prepared is None:
        template._prepared = structure(minutiae_of(template), flip=not template.agrees_with_contact)
    return cast(Structure, template._prepared)


def _propose(one: Structure, other: Structure, alike: Floats, turn: Floats) -> Floats:
    """Steps 1 and 2: the pair weights (k, n, m) of the best few rigid movements."""
    tried = min(p.HYPOTHESES, alike.size)
    best = np.argpartition(alike.ravel(), alike.size - tried)[-tried:]
    i, j = np.unravel_index(best, alike.shape)
    rotation = turn[i, j]
    cos, sin = np.cos(rotation)[:, None], np.sin(rotation)[:, None]
    x, y = other.xy[:, 0] - other.xy[j, :1], other.xy[:, 1] - other.xy[j, 1:]
    moved_x, moved_y = cos * x - sin * y + one.xy[i, :1], sin * x + cos * y + one.xy[i, 1:]
    # The direction of one minutia is coarse, so a movement errs more the farther from it we look.
    reach = (p.PROPOSAL_DISTANCE + p.PROPOSAL_GROWTH * other.distance[j]) ** 2
    near = _squared_distances(one, moved_x, moved_y) < reach[:, None, :]
    level = np.abs(wrapped(turn - rotation[:, None, None])) < p.PROPOSAL_ANGLE
    weights = alike * (near & level)
    votes = np.minimum(weights.max(axis=1).sum(axis=1), weights.max(axis=2).sum(axis=1))
    return _mutual(weights[np.argsort(-votes, kind="stable")[: p.KEPT_HYPOTHESES]])


def _refine(one: Structure, other: Structure, alike: Floats, turn: Floats, weights: Floats) -> _Aligned:
    """Step 3: fit, bend and pair again, with tolerances that narrow from round to round."""
    trust = 1 - p.SIMILARITY_SHARE + p.SIMILARITY_SHARE * alike
    for distance, angle in zip(p.ROUND_DISTANCES, p.ROUND_ANGLES, strict=True):
        total = weights.sum(axis=(1, 2))[:, None] + np.float32(1e-9)
        held = weights.sum(axis=1)
        centre = weights.sum(axis=2) @ one.xy / total
        pivot = held @ other.xy / total
        rotation = _rotation(one, other, weights, centre)
        cos, sin = np.cos(rotation)[:, None], np.sin(rotation)[:, None]
        x, y = other.xy[:, 0] - pivot[:, :1], other.xy[:, 1] - pivot[:, 1:]
        moved_x, moved_y = cos * x - sin * y + centre[:, :1], sin * x + cos * y + centre[:, 1:]
        # What the pairs still lie apart, spread smoothly over their surroundings: the skin's distortion.
        drawn = weights.transpose(0, 2, 1) @ one.xy
        pull = held @ other.nearness + p.ELASTIC_STIFFNESS
        moved_x, moved_y = (
            moved_x + ((drawn[..., 0] - held * moved_x) @ other.nearness) / pull,
            moved_y + ((drawn[..., 1] - held * moved_y) @ other.nearness) / pull,
        )
        askew = wrapped(turn - rotation[:, None, None])
        exponent = _squared_distances(one, moved_x, moved_y) * np.float32(-0.5 / distance**2)
        exponent += askew * askew * np.float32(-0.5 / angle**2)
        weights = _mutual(np.where(exponent > -0.5 * p.CUTOFF**2, np.exp(exponent) * trust, np.float32(0)))
    x, y = one.xy[:, 0] - centre[:, :1], one.xy[:, 1] - centre[:, 1:]
    back_x, back_y = cos * x + sin * y + pivot[:, :1], cos * y - sin * x + pivot[:, 1:]
    return _Aligned(weights, rotation, moved_x, moved_y, back_x, back_y)


def _rotation(one: Structure, other: Structure, weights: Floats, centre: Floats) -> Floats:
    """The turn (k,) that lays each alignment's pairs best upon each other, in the least squares sense."""
    partner = weights @ other.xy
    x, y = one.xy[:, 0] - centre[:, :1], one.xy[:, 1] - centre[:, 1:]
    along = (partner[..., 0] * x + partner[..., 1] * y).sum(axis=1)
    across = (partner[..., 0] * y - partner[..., 1] * x).sum(axis=1)
    turned: Floats = np.arctan2(across, along)
    return turned


def _score(one: Structure, other: Structure, aligned: _Aligned, explain: Explain | None) -> float:
    """Step 4, over all kept alignments; the best one counts."""
    weights = aligned.weights
    paired = weights > 0
    in_other = other.hull.holds(aligned.back_x, aligned.back_y) | paired.any(axis=2)
    in_one = one.hull.holds(aligned.probe_x, aligned.probe_y) | paired.any(axis=1)
    content = (in_other @ one.weight + p.OVERLAP_PRIOR) * (in_one @ other.weight + p.OVERLAP_PRIOR)
    matched = np.einsum("kij,i,j->k", weights, np.sqrt(one.weight), np.sqrt(other.weight), optimize=False)
    enough = paired.sum(axis=(1, 2)) >= p.MIN_PAIRS
    scores = np.where(enough, matched * matched / content, np.float32(NO_MATCH))
    best = int(scores.argmax())
    score = min(float(scores[best]), 1.0)
    if explain is not None:
        pairs = np.argwhere(paired[best])
        explain(
            Pairing(
                reference=one.xy,
                reference_angle=one.angle,
                reference_ending=one.ending,
                probe_places=other.xy,
                probe_angle=other.angle,
                probe_ending=other.ending,
                probe=np.stack([aligned.probe_x[best], aligned.probe_y[best]], axis=1),
                pairs=pairs,
                weights=weights[best][pairs[:, 0], pairs[:, 1]],
                rotation=float(aligned.turns[best]),
                shared=(int(in_other[best].sum()), int(in_one[best].sum())),
                score=score,
            )
        )
    return score


def _squared_distances(one: Structure, x: Floats, y: Floats) -> Floats:
    """(k, n, m) from each minutia of `one` to each of k placings, (k, m), of the other's."""
    across, down = x[:, None, :] - one.xy[:, :1], y[:, None, :] - one.xy[:, 1:]
    squared: Floats = across * across + down * down
    return squared


def _mutual(weights: Floats) -> Floats:
    """Only the weights that are the greatest of their row and of their column: one partner a minutia.

    The first of equal weights counts, so that heaped-up identical minutiae gain nothing.
    """
    partner = weights.argmax(axis=2)
    back = np.take_along_axis(weights.argmax(axis=1), partner, axis=1)
    mutual = back == np.arange(weights.shape[1])
    kept = np.where(mutual, np.take_along_axis(weights, partner[..., None], axis=2)[..., 0], np.float32(0))
    chosen = np.zeros_like(weights)
    np.put_along_axis(chosen, partner[..., None], kept[..., None], axis=2)
    return chosen
