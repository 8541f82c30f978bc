"""Presentations of a rendered person: bona fide, by each attack instrument, and by injection.

Each yields (time in milliseconds, frame) as the capture subsystem gets them, for a challenge that is known
only as its prompts appear. Instruments that move follow the prompts with a person's reaction time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from moiety.liveness.challenge import ORDERS, Challenge, Step
from moiety.rendering import media, parameters
from moiety.rendering.camera import camera, room
from moiety.rendering.head import Head, Relief
from moiety.rendering.performance import perform, style
from moiety.rendering.scene import Frames, Present, scene_of, screen_light
from moiety.rendering.splices import SPLICES


def bona_fide(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A person who does as they are asked."""
    scene = scene_of(challenge, rng)
    for at, pose in zip(
        scene.at_ms, perform(challenge, scene.at_ms, rng, frontal=scene.frontal), strict=True
    ):
        light = screen_light(challenge, at)
        yield at, scene.camera.take(head.render(pose, scene.camera.size, scene.room, light), rng)


def print_flat(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A flat print, turned and tilted as the prompts ask."""
    return _moved(media.paper(head, rng), challenge, rng)


def print_bent(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A print bent round a cylinder, turned and tilted as the prompts ask."""
    return _moved(media.bent_paper(head, rng), challenge, rng)


def print_cut_out(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A print cut along the head's outline, turned and tilted as the prompts ask."""
    return _moved(media.cut_out(head, rng), challenge, rng)


def screen_bezel(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A picture on a screen whose frame is in view, turned and tilted as the prompts ask."""
    return _moved(media.screen(head, rng, bezel=True), challenge, rng, is_screen=True)


def screen_no_bezel(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A picture on a screen that fills the view, turned and tilted as the prompts ask."""
    return _moved(media.screen(head, rng, bezel=False), challenge, rng, is_screen=True)


def replayed_turn(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A recording of the person meeting another challenge, on a screen, started at the first prompt."""
    other = Challenge.from_nonce(rng.bytes(32), motion=challenge.motion)
    return _on_a_screen(_replay(head, other, challenge, rng), rng)


def wrong_order_replay(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A recording at exactly the times of this challenge, but of another order, on a screen."""
    return _on_a_screen(_replay(head, _reordered(challenge, rng), challenge, rng), rng)


def injected_recording(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A recording of another challenge put in place of the camera, started at the first prompt."""
    other = Challenge.from_nonce(rng.bytes(32), motion=challenge.motion)
    return _replay(head, other, challenge, rng)


def injected_reactive(head: Head, challenge: Challenge, rng: np.random.Generator) -> Frames:
    """A rendered head put in place of the camera that follows the prompts. It is what this cannot stop."""
    return bona_fide(head, replace(challenge, flash=()), rng)


INSTRUMENTS: Final[Mapping[str, Present]] = {
    "print-flat": print_flat,
    "print-bent": print_bent,
    "print-cut-out": print_cut_out,
    "screen-bezel": screen_bezel,
    "screen-no-bezel": screen_no_bezel,
    "replayed-turn": replayed_turn,
    "wrong-order-replay": wrong_order_replay,
    "injected-recording": injected_recording,
    **SPLICES,
}
"""The attack instruments that the judge is to stop."""

NOT_STOPPED: Final[Mapping[str, Present]] = {"injected-reactive": injected_reactive}
"""What no page can detect; measured to be told, not to be counted."""

__all__ = ["FLAT", "INSTRUMENTS", "NOT_STOPPED", "SPLICES", "Frames", "Present", "bona_fide"]

FLAT: Final = ("print-flat", "print-bent", "print-cut-out", "screen-bezel", "screen-no-bezel")


def _moved(
    medium: Relief, challenge: Challenge, rng: np.random.Generator, *, is_screen: bool = False
) -> Frames:
    """An instrument in somebody's hands."""
    scene = scene_of(challenge, rng)
    how = replace(style(challenge.motion, rng), yaw=float(rng.uniform(*parameters.ATTACK_YAW)), sway=1.5)
    pattern = media.moire(rng, scene.camera.size)
    poses = perform(challenge, scene.at_ms, rng, how=how, frontal=scene.frontal)
    for at, pose in zip(scene.at_ms, poses, strict=True):
        light = None if is_screen else screen_light(challenge, at)
        frame = medium.render(pose, scene.camera.size, scene.room, light)
        yield at, scene.camera.take(pattern(frame, at) if is_screen else frame, rng)


def _replay(head: Head, recorded: Challenge, asked: Challenge, rng: np.random.Generator) -> Frames:
    """Frames of a person who met `recorded`, played so that its first move follows the first prompt."""
    scene = scene_of(asked, rng)
    by_hand = float(rng.uniform(0, 250))
    shift = recorded.moves[0].onset_ms - asked.moves[0].onset_ms - by_hand
    played = [max(0.0, at + shift) for at in scene.at_ms]
    poses = perform(recorded, played, rng, frontal=scene.frontal)
    for at, pose in zip(scene.at_ms, poses, strict=True):
        yield at, scene.camera.take(head.render(pose, scene.camera.size, scene.room), rng)


def _on_a_screen(frames: Frames, rng: np.random.Generator) -> Frames:
    """A recording recaptured from a screen that lies still or is held, with its frame in view or not."""
    size = (320, 240)
    behind, lens, pattern = room(rng, size), camera(rng, size), media.moire(rng, size)
    bezel = float(rng.random()) < 0.5
    cover = float(rng.uniform(0.7, 0.9)) if bezel else float(rng.uniform(1.02, 1.2))
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    middle = corners.mean(axis=0)
    tilt = rng.normal(0, 0.015, (4, 2)) * size[0]
    black, rim = int(rng.integers(8, 40)), float(rng.uniform(0.03, 0.08))
    held = float(rng.choice([0.0, 1.0]))
    for at, frame in frames:
        place = middle + (corners - middle) * cover + tilt + held * rng.normal(0, 0.4, 2)
        shown = frame.astype(np.float32) * np.array([0.95, 0.98, 1.05], np.float32) * 0.95 + 10
        scene = behind.copy()
        if bezel:
            outer = middle + (place - middle) * (1 + rim)
            cv2.fillConvexPoly(scene, np.rint(outer).astype(np.int32), (black, black, black))
        matrix = cv2.getPerspectiveTransform(corners, place.astype(np.float32))
        cv2.warpPerspective(
            np.clip(shown, 0, 255).astype(np.uint8), matrix, size, dst=scene,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
        yield at, lens.take(pattern(scene, at), rng)


def _reordered(challenge: Challenge, rng: np.random.Generator) -> Challenge:
    asked = tuple(one.kind for one in challenge.moves)
    others = [one for one in ORDERS if one != asked]
    order = others[int(rng.integers(len(others)))]
    first, *moves, last = challenge.steps
    steps = [Step(kind, one.onset_ms, one.hold_ms) for kind, one in zip(order, moves, strict=True)]
    return replace(challenge, steps=(first, *steps, last))
