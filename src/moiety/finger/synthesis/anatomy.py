"""Where the parts of a synthetic hand lie in the picture, and the truth that a test compares with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.scene import Scene


@dataclass(frozen=True, slots=True)
class Digit:
    """One finger as it lies in the picture; points are (x, y) in pixels, lengths millimetres.

    `axis` is the unit vector from base to tip; `length` from base to tip; `held_out` false when folded.
    """

    name: str
    base: tuple[float, float]
    axis: tuple[float, float]
    length: float
    breadth: float
    distal: float
    held_out: bool


@dataclass(frozen=True, slots=True)
class FingerTruth:
    """What is known of one finger of a synthetic photograph.

    Attributes:
        position: for instance "right-index".
        tip, joint: (x, y) of the tip and of the middle of the last joint's crease, pixels.
        axis: degrees clockwise from up in which the finger points.
        breadth: of the distal phalanx, pixels.
        box: left, top, right, bottom of the distal phalanx, pixels.
        visible: held out, its pad towards the camera, whole within the frame and not covered.
    """

    position: str
    tip: tuple[float, float]
    joint: tuple[float, float]
    axis: float
    breadth: float
    box: tuple[int, int, int, int]
    visible: bool


def lay_out(scene: Scene) -> tuple[list[Digit], npt.NDArray[np.float64]]:
    """Place every finger and the palm's outline: digits, and an array of (x, y) pixels."""
    flip = -1.0 if (scene.side == "left") != (scene.view == "back") else 1.0
    names = scene.fingers if scene.close_up else p.FINGERS
    placed = {name: _place(scene, name, flip) for name in names}
    tips = [placed[name][0] + placed[name][1] * placed[name][2] for name in scene.fingers if name != "thumb"]
    if not tips:
        tips = [placed[name][0] + placed[name][1] * placed[name][2] for name in scene.fingers]
    middle = np.mean(tips, axis=0) if tips else np.array([0.0, 60.0])
    origin = np.array([scene.centre[0] * scene.width, scene.centre[1] * scene.height])

    def to_pixels(point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # y grows downward in the picture
        turned: npt.NDArray[np.float64] = _turn(point - middle, scene.rotation) * np.array([1.0, -1.0])
        return origin + turned * scene.scale

    digits = []
    for name, (base, axis, length) in placed.items():
        at = to_pixels(base)
        along = _turn(axis, scene.rotation) * np.array([1.0, -1.0])
        digits.append(
            Digit(
                name,
                (float(at[0]), float(at[1])),
                (float(along[0]), float(along[1])),
                length,
                p.FINGER_BREADTH[name],
                p.DISTAL_LENGTH[name],
                name in scene.fingers,
            )
        )
    outline = np.array([to_pixels(np.array([x * flip, y])) for x, y in p.PALM_OUTLINE])
    return digits, outline


def _place(
    scene: Scene, name: str, flip: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """Base (mm, y up), unit axis and length of one finger before the hand is turned."""
    fan = p.FINGER_FAN[name] * (scene.spread if name != "thumb" else 1.0) + scene.wiggle.get(name, 0.0)
    angle = np.deg2rad(fan) * flip
    x, y = p.FINGER_BASE[name]
    held_out = name in scene.fingers
    return (
        np.array([x * flip, y]),
        np.array([np.sin(angle), np.cos(angle)]),
        p.FINGER_LENGTH[name] * (1.0 if held_out else 0.3),
    )


def _turn(vector: npt.NDArray[np.float64], degrees: float) -> npt.NDArray[np.float64]:
    """Turn a vector (y up) clockwise."""
    a = np.deg2rad(degrees)
    x, y = float(vector[0]), float(vector[1])
    return np.array([np.cos(a) * x + np.sin(a) * y, -np.sin(a) * x + np.cos(a) * y])


def truth_of(scene: Scene, digit: Digit) -> FingerTruth:
    """The truth of one finger, in the coordinates of the finished picture."""
    axis = np.array(digit.axis)
    base = np.array(digit.base)
    tip = base + axis * digit.length * scene.scale
    joint = tip - axis * digit.distal * scene.scale
    side = np.array([-axis[1], axis[0]]) * digit.breadth * scene.scale / 2
    corners = np.array([tip + side, tip - side, joint + side, joint - side])
    inside = bool(
        (corners >= 0).all() and (corners[:, 0] < scene.width).all() and (corners[:, 1] < scene.height).all()
    )
    if scene.mirrored:
        for points in (corners, tip[None], joint[None], axis[None]):
            points[:, 0] *= -1
        for points in (corners, tip[None], joint[None]):
            points[:, 0] += scene.width - 1
    low, high = corners.min(0), corners.max(0)
    return FingerTruth(
        f"{scene.side}-{digit.name}",
        (float(tip[0]), float(tip[1])),
        (float(joint[0]), float(joint[1])),
        float(np.degrees(np.arctan2(axis[0], -axis[1]))),
        digit.breadth * scene.scale,
        (int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1),
        inside and digit.held_out and scene.view == "palm" and digit.name not in scene.plasters,
    )
