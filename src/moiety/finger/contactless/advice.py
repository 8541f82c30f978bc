"""What stands in the way of a capture, in words that say what to do next."""

from __future__ import annotations

import cv2
import numpy as np

from moiety.findings import Finding
from moiety.finger.contactless import parameters as p
from moiety.finger.contactless.flatten import PadMeasures
from moiety.finger.contactless.locate import Bytes
from moiety.finger.contactless.naming import Naming
from moiety.finger.positions import FingerPosition


def pad_findings(position: FingerPosition, pad: PadMeasures | None) -> tuple[Finding, ...]:
    """Findings about one finger; None stands for a pad that the edge of the picture cuts off."""
    name = f"The {position.label.split('-')[1]} finger".replace("thumb finger", "thumb")
    if pad is None:
        return (Finding("finger-cut", f"{name} is cut off by the edge: move the hand into the picture."),)
    found = []
    if pad.light < p.MIN_LIGHT:
        text = f"{name} is too dark: turn on the torch or more light."
        found.append(Finding("finger-dark", text, pad.light, p.MIN_LIGHT))
    if pad.glare > p.MAX_GLARE:
        text = f"{name} has glare: dry it, or tilt it away from the light."
        found.append(Finding("finger-glare", text, pad.glare, p.MAX_GLARE))
    if pad.ridge_share < p.MIN_RIDGE_SHARE or pad.period == 0:
        text = (
            f"{name} shows no clear ridges: turn the palm side to the camera, hold still, 12 to 20 cm away, "
            "and tap it to focus."
        )
        found.append(Finding("finger-unfocused", text, pad.ridge_share, p.MIN_RIDGE_SHARE))
    elif pad.period < p.MIN_PERIOD:
        text = f"{name} is too far away: come nearer, 12 to 20 cm."
        found.append(Finding("finger-far", text, pad.period, p.MIN_PERIOD))
    return tuple(found)


def scene_findings(naming: Naming, side: str, expected: tuple[str, ...], small: Bytes) -> tuple[Finding, ...]:
    """Findings about a picture in which the fingers could not be named."""
    if brightest(small) < 2 * p.MIN_LIGHT:
        text = "The picture is too dark to find a hand: turn on the torch or more light."
        return (Finding("too-dark", text),)
    blur = _sharpest(small)
    if naming.problem == "no-finger":
        text = "No finger found: hold the fingers out, palm side to the camera, against a plain background."
        if blur < p.MIN_EDGE:
            text = "The picture is blurred and no finger found: hold still, wait for the focus, try again."
        return (Finding("no-finger", text, 0, len(expected)),)
    if naming.problem == "fingers-missing":
        text = (
            f"{len(expected)} fingers expected, {naming.seen} seen: hold out "
            f"{', '.join(expected)}, a little apart; or say which fingers are shown."
        )
        return (Finding("fingers-missing", text, naming.seen, len(expected)),)
    if naming.problem == "fingers-surplus":
        text = (
            f"{len(expected)} expected, more seen: show one hand, and only the fingers that were asked for."
        )
        return (Finding("fingers-surplus", text, naming.seen, len(expected)),)
    text = (
        f"This does not look like the palm side of a {side} hand with these fingers: check which hand it is, "
        "turn the palm to the camera, and switch off mirroring."
    )
    return (Finding("hand-contradicts", text),)


def brightest(small: Bytes) -> float:
    """The light of the brightest parts of a picture, 0 to 1."""
    return float(np.quantile(small.max(2), 0.98)) / 255


def _sharpest(small: Bytes) -> float:
    """The steepest edges of the small picture: the 99.5th percentile of the gradient, grey levels a pixel."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    slope = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)) / 8
    return float(np.quantile(slope, 0.995))
