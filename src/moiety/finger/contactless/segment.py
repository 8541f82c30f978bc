"""Tell the hand from its background, without a fixed skin colour.

GrabCut (Rother, Kolmogorov and Blake, 2004) from a central region: it learns the colours of this hand and of
this background from the picture itself, so that it works alike on every skin tone. A fixed colour threshold
does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import Bytes, LocatedFinger


def shrink(rgb: Bytes) -> tuple[Bytes, float]:
    """The picture at working size, and working pixels per picture pixel."""
    scale = min(1.0, p.WORK_SIDE / max(rgb.shape[:2]))
    return np.asarray(
        cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    ), scale


def hand_masks(small: Bytes, *, close_up: bool) -> Iterator[Bytes]:
    """Segment the hand in several ways, the likeliest first; whoever looks for fingers stops when content.

    Args:
        small: uint8 (height, width, 3) at working size.
        close_up: whether a single finger is sought, which then fills the middle; a hand reaches further.

    Yields:
        Masks, 1 on skin, of the same size.
    """
    edges, fine = (_colour_edges(small, limits) for limits in (p.EDGE_LIMITS, p.FINE_EDGE_LIMITS))
    guesses = [_central_guess, _cluster_guess] if close_up else [_cluster_guess, _central_guess]
    for guess in (make(small) for make in ([_light_guess] if colourless(small) else guesses)):
        mask = _grabcut(small, guess)
        yield mask
        # Where something like skin touches a finger, or two fingers touch, an edge still parts them.
        for line in (edges, fine):
            cut = np.where(line, 0, mask).astype(np.uint8)
            yield np.asarray(cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    # Where no colour tells the hand from what lies behind it, its outline alone may.
    for line in (edges, fine):
        yield np.asarray(1 - cv2.dilate(line.astype(np.uint8), np.ones((2, 2), np.uint8)), np.uint8)


def mask_around(small: Bytes, fingers: Sequence[LocatedFinger]) -> Bytes:
    """Segment again with what some fingers have shown: their skin is skin, what lies right beside them is
    not."""
    height, width = small.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 0.5
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    cores = np.zeros((height, width), bool)
    for finger in fingers:
        x, y = xs - finger.tip[0], ys - finger.tip[1]
        along = -(x * finger.axis[0] + y * finger.axis[1]) / finger.breadth
        aside = np.abs(x * finger.axis[1] - y * finger.axis[0]) / finger.breadth
        core = (along > 0.2) & (along < 1.3) & (aside < 0.36)
        cores |= core
        if core.any():
            near = np.linalg.norm(lab - np.median(lab[core], axis=0), axis=2) < p.SKIN_REACH
            labels[near] = cv2.GC_PR_FGD
    labels[cores] = cv2.GC_FGD
    return _grabcut(small, labels)


def _grabcut(small: Bytes, labels: Bytes) -> Bytes:
    skin = (labels == cv2.GC_PR_FGD) | (labels == cv2.GC_FGD)
    if np.count_nonzero(skin) < 50 or skin.all():
        return np.zeros(labels.shape, np.uint8)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 1:] = 128 + (lab[..., 1:] - 128) * p.CHROMA_GAIN
    features = np.clip(lab, 0, 255).astype(np.uint8)
    cv2.setRNGSeed(1)  # its colour clusters start from random centres: the same picture, the same mask
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(features, labels, None, models[0], models[1], p.GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return _fill_holes(np.asarray(mask, np.uint8))


def colourless(small: Bytes) -> bool:
    """Whether this is a grey picture: no colour can tell skin from anything."""
    spread = small.max(2).astype(np.int16) - small.min(2)
    return float(np.quantile(spread, 0.99)) < p.COLOURLESS


def _light_guess(small: Bytes) -> Bytes:
    """Probably hand: the lighter part, as a finger under its own lamp is (Otsu, 1979)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), 2.0)
    _, light = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.where(light > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)


def _central_guess(small: Bytes) -> npt.NDArray[np.uint8]:
    """Probably hand: the middle, where red leads; surely not: the upper border, and what is greenish."""
    height, width = small.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width]
    red, green, blue = (small[..., k].astype(np.float32) for k in range(3))
    warm = (red > 1.02 * green) & (green > 0.85 * blue) & (red > 20)
    radius_x, radius_y = p.CENTRE_RADII
    central = ((xs / width - 0.5) / radius_x) ** 2 + ((ys / height - 0.5) / radius_y) ** 2 < 1
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    labels[central & warm] = cv2.GC_PR_FGD
    edge = max(int(p.BORDER * max(height, width)), 1)
    touches = warm[:edge].mean() > 0.5  # a hand may come in from above: then nothing is sure there
    if not touches:
        labels[:edge] = cv2.GC_BGD
    labels[red < 0.97 * green] = cv2.GC_BGD
    return labels


def _cluster_guess(small: Bytes) -> Bytes:
    """Probably hand: colours that fill the middle and are rare along the upper border."""
    height, width = small.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 1:] = 128 + (lab[..., 1:] - 128) * p.CHROMA_GAIN * 1.6
    lab[..., 0] *= 0.7
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 1.0)
    cv2.setRNGSeed(1)
    _, flat, _ = cv2.kmeans(lab.reshape(-1, 3)[::3], p.CLUSTERS, np.empty(0), stop, 1, cv2.KMEANS_PP_CENTERS)
    centres = np.array([lab.reshape(-1, 3)[::3][flat[:, 0] == k].mean(0) for k in range(p.CLUSTERS)])
    distance = ((lab[:, :, None, :] - centres[None, None]) ** 2).sum(3)
    which = distance.argmin(2)
    ys, xs = np.mgrid[0:height, 0:width]
    central = ((xs / width - 0.5) / 0.3) ** 2 + ((ys / height - 0.5) / 0.34) ** 2 < 1
    rim = (ys < 0.1 * height) | ((ys < 0.5 * height) & ((xs < 0.06 * width) | (xs > 0.94 * width)))
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    for k in range(p.CLUSTERS):
        here = which == k
        if here[central].mean() > p.CLUSTER_LEAD * here[rim].mean() and centres[k][1] > 128:
            labels[here] = cv2.GC_PR_FGD
    return labels


def _colour_edges(small: Bytes, limits: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Strong edges in lightness or colour."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0), cv2.COLOR_RGB2LAB)
    edges = np.zeros(small.shape[:2], bool)
    for channel, (low, high) in zip(cv2.split(lab), limits, strict=True):
        edges |= cv2.Canny(channel, low, high) > 0
    return edges


def _fill_holes(mask: Bytes) -> Bytes:
    """Close what lies wholly inside the hand and is small: rings, creases, plasters' edges, glare."""
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return mask
    limit = 0.0012 * mask.size
    for contour, relation in zip(contours, tree[0], strict=True):
        if relation[3] >= 0 and cv2.contourArea(contour) < limit:
            cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED)
    return mask
