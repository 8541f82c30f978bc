"""From a located finger to a flat, upright, evenly lit print with ridges nine pixels apart."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.locate import Bytes, LocatedFinger
from moiety.finger.ridges import ridge_map

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PadMeasures:
    """What was measured on one finger pad.

    Attributes:
        period: ridge period in pixels of the photograph; 0 where no ridges were found.
        ridge_share: share of the pad that shows ridges, 0 to 1.
        clarity: how much of the energy of ridged blocks lies in their peak, 0 to 1.
        glare: share of the pad that is clipped to white.
        light: median of the brightest channel, 0 to 1.
    """

    period: float
    ridge_share: float
    clarity: float
    glare: float
    light: float


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FlatPrint:
    """A pad flattened.

    Attributes:
        grey: uint8 (height, width), as a contact print at 500 ppi would look: ridges dark, tip up.
        ridges_were: "bright", "dark" or "assumed bright": the polarity found in the photograph.
        flipped: whether the picture was mirrored to agree with contact prints.
        measures: what was measured.
    """

    grey: Bytes
    ridges_were: str
    flipped: bool
    measures: PadMeasures


def flatten(rgb: Bytes, finger: LocatedFinger, *, mirrored: bool) -> FlatPrint:
    """Cut out the distal pad, unbend it, even out the light, and scale it by its own ridges.

    Args:
        rgb: the photograph, uint8 (height, width, 3).
        finger: where the finger lies in it, in its pixels.
        mirrored: whether the camera mirrored the picture. A true picture of a finger is the mirror image of
            its contact print and is flipped; one that was mirrored already is left.
    """
    factor = min(1.0, p.PATCH_BREADTH / finger.breadth)
    patch, inside = _unbend(rgb, finger, factor)
    measures_light = _light(patch, inside)
    wave = _even_light(patch[..., 1].astype(np.float32), inside)
    ridges_were = _polarity(wave, inside)
    sign = 1.0 if ridges_were == "dark" else -1.0
    grey = np.where(inside, 128 + sign * 45 * wave, 128.0)
    seen = ridge_map(np.clip(grey, 0, 255).astype(np.uint8))
    low, high = p.PERIOD_RANGE
    period = float(seen.period) if low <= seen.period <= high else 0.0
    share = float(min(1.0, seen.ridged.sum() * seen.step**2 / max(np.count_nonzero(inside), 1)))
    scale = p.TARGET_PERIOD / period if period > 0 else 1.0
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 2.0)
    grey = p.GROUND + (grey - p.GROUND) * alpha
    sized = cv2.resize(grey.astype(np.float32), None, fx=scale, fy=scale, interpolation=method)
    flipped = not mirrored
    if flipped:
        sized = sized[:, ::-1]
    measures = PadMeasures(period / factor, share, float(seen.clarity), *measures_light)
    done = np.ascontiguousarray(np.clip(sized, 0, 255).astype(np.uint8))
    return FlatPrint(done, ridges_were, flipped, measures)


def _unbend(rgb: Bytes, finger: LocatedFinger, factor: float) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Unroll the pad: across as from an arc, and over the fingertip; colour patch and where it is valid."""
    breadth = finger.breadth * factor
    half = breadth / 2
    cap = 0.62 * breadth
    reach_across = p.ROUNDNESS * half * np.arcsin(p.EDGE)
    over_tip = p.TIP_ROUNDNESS * cap * np.arcsin(p.EDGE)
    below = p.PAD_LENGTH * breadth - cap
    arc_across, arc_down = np.meshgrid(
        np.arange(-reach_across, reach_across, 1.0), np.arange(-over_tip, below, 1.0)
    )
    aside = half * np.sin(arc_across / (p.ROUNDNESS * half))
    into_cap = np.sin(np.clip(-arc_down / (p.TIP_ROUNDNESS * cap), 0, np.pi / 2))
    down = np.where(arc_down < 0, cap * (1 - into_cap), cap + arc_down)
    outline = half * np.sqrt(np.clip(1 - into_cap**2.4, 0, 1))
    inside = np.abs(aside) < p.EDGE * outline
    axis_x, axis_y = finger.axis
    x = finger.tip[0] * factor - axis_x * down - axis_y * aside
    y = finger.tip[1] * factor - axis_y * down + axis_x * aside
    left, top = int(np.floor(x.min() / factor)) - 4, int(np.floor(y.min() / factor)) - 4
    right, bottom = int(np.ceil(x.max() / factor)) + 5, int(np.ceil(y.max() / factor)) + 5
    left, top = max(left, 0), max(top, 0)
    region = rgb[top : max(bottom, top + 2), left : max(right, left + 2)]
    if factor < 1:
        region = cv2.resize(region, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    inside &= (x >= 0) & (y >= 0) & (x < rgb.shape[1] * factor - 1) & (y < rgb.shape[0] * factor - 1)
    map_x = (x - left * factor).astype(np.float32)
    map_y = (y - top * factor).astype(np.float32)
    patch = cv2.remap(region, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, np.uint8), inside


def _light(patch: Bytes, inside: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Share clipped to white, and median of the brightest channel over the pad."""
    if not inside.any():
        return 0.0, 0.0
    pad = patch[inside]
    return float((pad.min(1) >= 250).mean()), float(np.median(pad.max(1)) / 255)


def _even_light(green: FloatMap, inside: npt.NDArray[np.bool_]) -> FloatMap:
    """Take away the local mean and divide by the local spread, over the pad only; about unit variance."""
    weight = inside.astype(np.float32)
    area = cv2.GaussianBlur(weight, (0, 0), p.EVEN_SIGMA) + 1e-3
    smooth = cv2.GaussianBlur(green, (0, 0), 0.8)
    mean = cv2.GaussianBlur(smooth * weight, (0, 0), p.EVEN_SIGMA) / area
    level = (smooth - mean) * weight
    spread = np.sqrt(cv2.GaussianBlur(level * level, (0, 0), p.EVEN_SIGMA * 1.5) / area)
    return np.asarray(np.clip(level / (spread + 1.0), -2.6, 2.6), np.float32)


def _polarity(wave: FloatMap, inside: npt.NDArray[np.bool_]) -> str:
    """Valleys are narrower than ridges: the rarer, stronger side of the wave is the valleys."""
    values = wave[inside]
    if values.size == 0 or float(values.std()) < 1e-3:
        return "assumed bright"
    skew = float(np.mean((values - values.mean()) ** 3) / values.std() ** 3)
    if skew < -p.POLARITY_SKEW:
        return "bright"
    return "dark" if skew > p.POLARITY_SKEW_DARK else "assumed bright"
