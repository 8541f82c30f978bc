"""Where the parts of a synthetic hand lie in the picture, and the truth that a test compares with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.scene import Cover, Scene

Point = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Digit:
    """One finger as it lies in the picture; points are (x, y) in pixels, lengths millimetres.

    `axis` is the unit vector in which the finger leaves its base; `length` from base to tip, as seen;
    `shorten` how much of it a tilted hand shows; `bend` the tangent by which the tip turns aside, to the
    right; `cap` the height of its rounding in breadths; `held_out` false when folded.
    """

    name: str
    base: tuple[float, float]
    axis: tuple[float, float]
    length: float
    breadth: float
    distal: float
    held_out: bool
    shorten: float = 1.0
    bend: float = 0.0
    cap: float = p.TIP_CAP

    def at(self, along: float, scale: float) -> tuple[Point, Point]:
        """The point of the middle line `along` millimetres from the base, and the unit axis there."""
        axis = np.array(self.axis)
        right = np.array([-axis[1], axis[0]])
        aside = self.bend * along * along / (2 * self.length)
        turned = axis + right * self.bend * along / self.length
        point = np.array(self.base) + (axis * along + right * aside) * scale
        return point, turned / np.linalg.norm(turned)


@dataclass(frozen=True, slots=True)
class FingerTruth:
    """What is known of one finger of a synthetic photograph.

    Attributes:
        position: for instance "right-index".
        tip, joint: (x, y) of the tip and of the middle of the last joint's crease, pixels.
        axis: degrees clockwise from up in which the finger points.
        breadth: of the distal phalanx, pixels.
        box: left, top, right, bottom of the distal phalanx, pixels.
        covered: share of its pad that lies under a thing.
        visible: held out, its pad towards the camera, whole within the frame and not covered.
    """

    position: str
    tip: tuple[float, float]
    joint: tuple[float, float]
    axis: float
    breadth: float
    box: tuple[int, int, int, int]
    covered: float
    visible: bool


def lay_out(scene: Scene) -> tuple[list[Digit], npt.NDArray[np.float64]]:
    """Place every finger and the palm's outline: digits, and an array of (x, y) pixels."""
    flip = -1.0 if (scene.side == "left") != (scene.view == "back") else 1.0
    names = scene.fingers if scene.close_up else p.FINGERS
    placed = {name: _place(scene, name, flip) for name in names}
    ends = [name for name in scene.fingers if name != "thumb"] or list(scene.fingers)
    tips = [placed[name][0] + placed[name][1] * placed[name][2] for name in ends]
    middle = np.mean(tips, axis=0) if tips else np.array([0.0, 60.0])
    origin = np.array([scene.centre[0] * scene.width, scene.centre[1] * scene.height])

    def to_pixels(point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # y grows downward in the picture
        turned: npt.NDArray[np.float64] = _turn(point - middle, scene.rotation) * np.array([1.0, -1.0])
        return origin + turned * scene.scale

    digits = []
    for name, (base, axis, length, shorten) in placed.items():
        at = to_pixels(base)
        along = _turn(axis, scene.rotation) * np.array([1.0, -1.0])
        digits.append(
            Digit(
                name,
                (float(at[0]), float(at[1])),
                (float(along[0]), float(along[1])),
                length,
                scene.hand.breadth[name],
                scene.hand.distal[name] * shorten,
                name in scene.fingers,
                shorten,
                float(np.tan(np.deg2rad(scene.hand.crook[name]))) * flip,
                scene.hand.cap,
            )
        )
    wide, long = scene.hand.palm[0], scene.hand.palm[1] * scene.foreshortening
    outline = np.array([to_pixels(np.array([x * flip * wide, y * long])) for x, y in p.PALM_OUTLINE])
    return digits, outline


def _place(scene: Scene, name: str, flip: float) -> tuple[Point, Point, float, float]:
    """Base (mm, y up), unit axis, length as seen and its share of the true one; the hand not yet turned."""
    hand = scene.hand
    fan = hand.fan[name] * (scene.spread if name != "thumb" else 1.0) + scene.wiggle.get(name, 0.0)
    angle = np.deg2rad(fan) * flip
    x, y = hand.base[name]
    length = hand.length[name] * (1.0 if name in scene.fingers else 0.3)
    # A hand that is tilted towards the camera or away from it looks shorter, and no narrower.
    along = np.array([np.sin(angle), np.cos(angle) * scene.foreshortening])
    shorten = float(np.linalg.norm(along))
    return np.array([x * flip, y * scene.foreshortening]), along / shorten, length * shorten, shorten


def _turn(vector: Point, degrees: float) -> Point:
    """Turn a vector (y up) clockwise."""
    a = np.deg2rad(degrees)
    x, y = float(vector[0]), float(vector[1])
    return np.array([np.cos(a) * x + np.sin(a) * y, -np.sin(a) * x + np.cos(a) * y])


def cover_outline(scene: Scene, cover: Cover, digits: Sequence[Digit]) -> Point | None:
    """The corners (4, 2) of a thing that lies over the hand, in pixels; None where its finger is not seen."""
    under = next((one for one in digits if one.name == cover.finger), None)
    if under is None:
        return None
    centre, axis = under.at(under.length - cover.below_tip, scene.scale)
    turned = _turn(axis * np.array([1.0, -1.0]), cover.degrees) * np.array([1.0, -1.0])
    side = np.array([-turned[1], turned[0]]) * cover.breadth * scene.scale / 2
    end = turned * cover.length * scene.scale / 2
    return np.array([centre + end + side, centre + end - side, centre - end - side, centre - end + side])


def covered_share(scene: Scene, digit: Digit, digits: Sequence[Digit]) -> float:
    """How much of a finger's pad, on a grid of points, lies under the things that cover the hand."""
    points = []
    for along in np.linspace(0.02, 1, 12):
        centre, axis = digit.at(digit.length - along * digit.distal, scene.scale)
        side = np.array([-axis[1], axis[0]]) * digit.breadth * scene.scale
        points += [centre + side * across for across in np.linspace(-0.45, 0.45, 9)]
    hidden = np.zeros(len(points), bool)
    for cover in scene.covers:
        outline = cover_outline(scene, cover, digits)
        if outline is not None:
            edge = outline.astype(np.float32)
            hidden |= [
                cv2.pointPolygonTest(edge, (float(x), float(y)), measureDist=False) >= 0 for x, y in points
            ]
    return float(hidden.mean())


def truth_of(scene: Scene, digit: Digit, digits: Sequence[Digit]) -> FingerTruth:
    """The truth of one finger, in the coordinates of the finished picture."""
    tip, axis = digit.at(digit.length, scene.scale)
    joint, _ = digit.at(digit.length - digit.distal, scene.scale)
    side = np.array([-axis[1], axis[0]]) * digit.breadth * scene.scale / 2
    corners = np.array([tip + side, tip - side, joint + side, joint - side])
    inside = bool(
        (corners >= 0).all() and (corners[:, 0] < scene.width).all() and (corners[:, 1] < scene.height).all()
    )
    covered = covered_share(scene, digit, digits)
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
        covered,
        inside
        and covered <= p.COVERED_SHARE
        and digit.held_out
        and scene.view == "palm"
        and digit.name not in scene.plasters,
    )
