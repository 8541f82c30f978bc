"""What a scenario's camera sees: a rendered head that follows the challenge, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.credential import qr
from moiety.credential.code import Credential
from moiety.face.detect import detect
from moiety.image import Image, load
from moiety.liveness import Challenge
from moiety.practice import parameters as p
from moiety.practice import people
from moiety.practice.scenario import Camera
from moiety.presence import LiveCapture, LiveFrame
from moiety.rendering.camera import Camera as Lens
from moiety.rendering.camera import room
from moiety.rendering.head import Head, Pose
from moiety.rendering.performance import Style, frame_times, perform

Pixels = NDArray[np.uint8]

_HEADS: Final = 12  # rendered heads kept: the cast twice over


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What stands before the camera, ready to be filmed.

    Attributes:
        camera: what the scenario says.
        seed: of everything drawn at random.
    """

    camera: Camera
    seed: int

    def film(self, challenge: Challenge) -> LiveCapture:
        """The frames of a capture while a challenge runs."""
        random = np.random.default_rng(self.seed)
        times = frame_times(challenge.duration_ms, p.FRAME_RATE, random)
        poses = perform(self._followed(challenge), times, random, how=self._style(), frontal=self._rest())
        frames = []
        for at, pose in zip(times, poses, strict=True):
            size = p.WIDE if abs(pose.yaw) < 6 and abs(pose.roll) < 6 else p.SMALL
            frames.append(LiveFrame(at, load(self.frame(pose, size, random))))
        return LiveCapture(challenge, frames)

    def still(self) -> Image:
        """One frame, as the camera sees it now."""
        return load(self.frame(self._rest(), p.WIDE, np.random.default_rng(self.seed)))

    def frame(self, pose: Pose, size: tuple[int, int], random: np.random.Generator) -> Pixels:
        """One frame: uint8 (height, width, 3)."""
        seen = self._head().render(pose, size, _room(self.seed, size))
        if "two-faces" in self.camera.effects:
            companion = replace(
                pose, shift=(pose.shift[0] + 0.27, pose.shift[1] + 0.02), eyes=pose.eyes * 0.85
            )
            seen = _head(_companion(self.camera.person), False, False).render(companion, size, seen)
        lens = _lens(self.camera.effects, size)
        if "blurred" in self.camera.effects:
            seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), p.BLUR_SIGMA * size[0]), np.uint8)
        return lens.take(seen, random)

    def _head(self) -> Head:
        return _head(self.camera.person, self.camera.presented == "print", "mask" in self.camera.effects)

    def _rest(self) -> Pose:
        return Pose(eyes=p.FAR_EYES if "far" in self.camera.effects else p.NEAR_EYES)

    def _style(self) -> Style:
        if self.camera.low_motion:
            return Style(700.0, 900.0, *p.LOW_DEGREES, 0.6)
        reach = p.STIFF_DEGREES if self.camera.presented == "stiff" else 30.0
        return Style(430.0, 550.0, reach, reach * 0.7, 0.6)

    def _followed(self, challenge: Challenge) -> Challenge:
        """The challenge that is followed: a replayed video follows the one that it was taken under."""
        if self.camera.presented != "replay":
            return challenge
        number = 0
        while True:
            number += 1
            other = Challenge.from_nonce(number.to_bytes(32, "big"), motion=challenge.motion)
            if [one.kind for one in other.steps] != [one.kind for one in challenge.steps]:
                return other


def code_picture(credential: Credential, effects: frozenset[str]) -> Image:
    """What the camera sees of the code: flat, or tilted steeply, or half out of view."""
    flat = load(BytesIO(qr.png(credential.text, pixels_per_module=6)).getvalue()).rgb
    height, width = flat.shape[:2]
    if "half" in effects:
        return load(np.ascontiguousarray(flat[:, : width // 2]))
    if "tilted" not in effects:
        return load(np.ascontiguousarray(flat))
    near, far = 0.0, p.TILT * width
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array(
        [[far, 0.62 * height], [width - far, 0.62 * height], [width - near, height], [near, height]],
        np.float32,
    )
    matrix = cv2.getPerspectiveTransform(source, target)
    seen = cv2.warpPerspective(flat, matrix, (width, height), borderValue=(128, 128, 128))
    small = cv2.resize(seen, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return load(np.ascontiguousarray(small, np.uint8))


def finger_picture(camera: Camera, touch: int) -> Image:
    """The print that is presented: the enrolled finger, another one, or a smudged one."""
    return people.print_of(
        camera.person, touch, other=camera.finger == "other", smudged=camera.finger == "smudged"
    )


@cache
def _head(person: str, flat: bool, mask: bool) -> Head:
    image = people.now_of(person)
    (face,) = detect(image)
    if mask:
        image = people.masked(image, face.landmarks)
    head = Head(image, face.landmarks)
    if flat:
        head.depth = np.zeros_like(head.depth)
        head.alpha = np.ones_like(head.alpha)  # a sheet of paper, not a cut-out
    return head


@cache
def _room(seed: int, size: tuple[int, int]) -> Pixels:
    wide = room(np.random.default_rng([seed, 1]), p.WIDE)
    return np.asarray(cv2.resize(wide, size, interpolation=cv2.INTER_AREA), np.uint8)


def _lens(effects: Sequence[str] | frozenset[str], size: tuple[int, int]) -> Lens:
    gain, noise = 1.0, 2.0
    if "dark" in effects:
        gain, noise = p.DARK_GAIN, p.DARK_NOISE
    if "bright" in effects:
        gain = p.BRIGHT_GAIN
    return Lens(size=size, noise=noise, blur=0.3, gain=(gain, gain, gain), quality=90)


def _companion(person: str) -> str:
    return (
        people.LONDON[(people.LONDON.index(person) + 3) % len(people.LONDON)]
        if person in people.LONDON
        else "025"
    )
