"""How well some fingers fit a hand: where its tips lie, how its fingers point, how broad they are.

Hands differ in size, in the fingers' lengths, in how they are spread and tilted. A prior over these is
sampled once; of the samples, a few normal distributions are kept, one for each range of spread. A set of
fingers in a picture then has a likelihood under the claimed hand, and another under the other one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import LocatedFinger

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """How fingers fit a hand.

    `distance` is the squared Mahalanobis distance over its degrees of freedom: about 1 for a hand of the
    prior; `likelihood` the logarithm of the density.
    """

    distance: float
    likelihood: float


@dataclass(frozen=True, slots=True, eq=False)
class _Normal:
    mean: Floats
    covariance: Floats


def fit(fingers: Sequence[LocatedFinger], names: tuple[str, ...], flip: float) -> Fit:
    """Fit fingers, in the order of `names` (thumb side first), to a right hand (1.0) or a left one (-1.0).

    Fingers are seen face to face, palm side, in a picture that is not mirrored. Of a finger that the edge of
    the picture cuts, only its line and its direction count. At least two must be whole.
    """
    cut = np.array([one.cut for one in fingers])
    tips = np.array([one.tip for one in fingers]) * np.array([flip, -1.0])
    axes = np.array([one.axis for one in fingers]) * np.array([flip, -1.0])
    breadths = np.array([one.breadth for one in fingers])
    seen = _normalised(tips[None], axes[None], breadths[None], cut)[0]
    noise = _noise(cut, seen)
    best = Fit(float("inf"), -float("inf"))
    for normal in _normals(names, tuple(bool(one) for one in cut)):
        covariance = normal.covariance + noise
        apart = seen - normal.mean
        squared = float(apart @ np.linalg.solve(covariance, apart))
        likelihood = -0.5 * (squared + float(np.linalg.slogdet(covariance)[1]))
        if likelihood > best.likelihood:
            best = Fit(squared / (4 * len(fingers) - 4 - int(cut.sum())), likelihood)
    return best


def _normalised(tips: Floats, axes: Floats, breadths: Floats, cut: npt.NDArray[np.bool_]) -> Floats:
    """Observations (n, 4 k): tips about their middle, turned so that the fingers point up, in breadths;
    angles clockwise from up; logarithms of the breadths."""
    straight = axes.mean(axis=1)
    straight /= np.linalg.norm(straight, axis=1, keepdims=True)
    up_x, up_y = straight[:, None, 0], straight[:, None, 1]
    size = np.median(breadths[:, ~cut], axis=1)[:, None]
    about = (tips - tips[:, ~cut].mean(axis=1, keepdims=True)) / size[..., None]
    x, y = about[..., 0] * up_y - about[..., 1] * up_x, about[..., 0] * up_x + about[..., 1] * up_y
    right, ahead = axes[..., 0] * up_y - axes[..., 1] * up_x, axes[..., 0] * up_x + axes[..., 1] * up_y
    return np.concatenate([x, y, np.arctan2(right, ahead), np.log(breadths / size)], axis=1)


def _noise(cut: npt.NDArray[np.bool_], seen: Floats) -> Floats:
    """The covariance of what is measured in a picture; along a cut finger next to nothing is known."""
    count = len(cut)
    noise = np.diag(
        np.repeat([p.TIP_NOISE**2, p.TIP_NOISE**2, np.deg2rad(p.AXIS_NOISE) ** 2, p.BREADTH_NOISE**2], count)
    )
    for k in np.flatnonzero(cut):
        turned = seen[2 * count + k]
        along = np.array([np.sin(turned), np.cos(turned)]) * p.CUT_NOISE
        at = np.ix_([k, count + k], [k, count + k])
        noise[at] += np.outer(along, along)
        noise[3 * count + k, 3 * count + k] += 0.25
    return noise


@cache
def _normals(names: tuple[str, ...], cut: tuple[bool, ...]) -> tuple[_Normal, ...]:
    """One normal distribution of observations for each range of spread."""
    rng = np.random.default_rng(1)
    normals = []
    for low, high in zip(p.PRIOR_SPREADS[:-1], p.PRIOR_SPREADS[1:], strict=True):
        seen = _normalised(*_sampled(names, rng, low, high), np.array(cut))
        normals.append(_Normal(seen.mean(axis=0), np.cov(seen.T)))
    return tuple(normals)


def _sampled(
    names: tuple[str, ...], rng: np.random.Generator, low: float, high: float
) -> tuple[Floats, Floats, Floats]:
    """Tips (n, k, 2), axes (n, k, 2) and breadths (n, k) of right hands, y upward, in mean breadths."""
    count = (p.PRIOR_SAMPLES, len(names))
    base = np.array([p.MODEL_BASES[name] for name in names])
    along = np.array([p.MODEL_TIPS[name] for name in names]) - base
    spread = rng.uniform(low, high, (count[0], 1))
    thumb = np.array([name == "thumb" for name in names])
    fan = np.arctan2(along[:, 0], along[:, 1]) * np.where(thumb, 1.0, spread)
    loose = np.deg2rad(np.where(thumb, p.PRIOR_THUMB, p.PRIOR_FAN))
    angle = fan + rng.normal(0, 1, count) * loose
    slender = np.exp(rng.normal(0, p.PRIOR_SLENDER, (count[0], 1)))
    length = np.hypot(along[:, 0], along[:, 1]) * slender * np.exp(rng.normal(0, p.PRIOR_LENGTH, count))
    palm = np.exp(rng.normal(0, p.PRIOR_PALM, (count[0], 1)))
    tilt = np.cos(np.deg2rad(rng.normal(0, p.PRIOR_TILT, (count[0], 1))))
    at = rng.normal(0, p.PRIOR_BASE, (*count, 2)) + base
    x = at[..., 0] * palm + length * np.sin(angle)
    y = (at[..., 1] * slender + length * np.cos(angle)) * tilt
    bent = angle + np.deg2rad(rng.normal(0, p.PRIOR_CROOK, count))
    axes = np.stack([np.sin(bent), np.cos(bent) * tilt], axis=-1)
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    breadth = np.array([p.MODEL_BREADTHS[name] for name in names])
    return np.stack([x, y], axis=-1), axes, breadth * np.exp(rng.normal(0, p.PRIOR_BREADTH, count))
