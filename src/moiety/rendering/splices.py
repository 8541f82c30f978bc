"""Splices: somebody turns their own head, and holds up a picture of the holder for the frames that count.

The sheet or the screen comes up from below, within a moment, or at once. It is held where the face was, and
moves as the face would have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from moiety.liveness.challenge import TURNS, Challenge
from moiety.rendering import media, parameters
from moiety.rendering.head import Head, Relief
from moiety.rendering.morph import morph
from moiety.rendering.performance import perform
from moiety.rendering.scene import Frames, Scene, scene_of, screen_light

Pixels = NDArray[np.uint8]
Where = Literal["end", "beginning", "ends", "middle", "but-turns"]
Medium = Literal["print", "screen", "screen-no-bezel", "morph"]

WHERE: Final[tuple[Where, ...]] = ("end", "beginning", "ends", "middle", "but-turns")
"""When the picture is held up: for the last frames, the first, both, a move between, or all but the turns."""


@dataclass(frozen=True, slots=True)
class Splice:
    """How a splice is made; what is None is drawn.

    Attributes:
        medium: what is held up.
        where: when.
        share: of the holder in a morph, 0 to 1.
        change_ms: how long the picture takes to come up or to go; 0 swaps it between two frames.
    """

    medium: Medium
    where: Where | None = None
    share: float | None = None
    change_ms: float | None = None


def splice(
    how: Splice, holder: Head, stranger: Head, challenge: Challenge, rng: np.random.Generator
) -> Frames:
    """Frames of a stranger who answers the challenge, with a picture of the holder in between."""
    scene = scene_of(challenge, rng)
    where = WHERE[int(rng.integers(len(WHERE)))] if how.where is None else how.where
    change = float(rng.choice(parameters.SPLICE_CHANGE_MS)) if how.change_ms is None else how.change_ms
    spans = _spans(challenge, where, rng)
    held = _medium(how, holder, stranger, rng)
    pattern = media.moire(rng, scene.camera.size) if how.medium.startswith("screen") else None
    poses = perform(challenge, scene.at_ms, rng, frontal=scene.frontal)
    for at, pose in zip(scene.at_ms, poses, strict=True):
        up = max((_share_up(at, begin, end, change) for begin, end in spans), default=0.0)
        light = screen_light(challenge, at)
        seen = scene.room
        if up < 1:
            seen = stranger.render(pose, scene.camera.size, scene.room, light)
        if up > 0:
            sheet = held.render(pose, scene.camera.size, scene.room, None if pattern else light)
            seen = _raised(seen, pattern(sheet, at) if pattern else sheet, scene, up)
        yield at, scene.camera.take(seen, rng)


def _spans(challenge: Challenge, where: Where, rng: np.random.Generator) -> list[tuple[float, float]]:
    """When the picture is held up, in milliseconds."""
    first, last = challenge.moves[0], challenge.steps[-1]
    begin = (-1e6, first.onset_ms + float(rng.uniform(-150, 250)))
    end = (last.onset_ms + float(rng.uniform(200, 750)), 1e9)
    if where == "middle":
        middle = challenge.moves[1]
        return [(middle.onset_ms + float(rng.uniform(0, 400)), middle.end_ms + float(rng.uniform(0, 400)))]
    if where == "but-turns":
        return _all_but_turns(challenge, rng)
    return {"end": [end], "beginning": [begin], "ends": [begin, end]}[where]


def _all_but_turns(challenge: Challenge, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Between the moments at which a turned head has come half way, so that no front of it is seen."""
    spans, begin = [], -1e6
    slow = 1.0 if challenge.motion == "turn" else 1.7
    for one in challenge.moves:
        if one.kind in TURNS:
            away, back = (at + slow * float(rng.uniform(550, 800)) for at in (one.onset_ms, one.end_ms))
            spans.append((begin, away))
            begin = back
    return [*spans, (begin, 1e9)]


def _share_up(at: float, begin: float, end: float, change: float) -> float:
    """How far the picture is up, 0 to 1: it rises over `change` before `begin` and sinks after `end`."""
    if begin <= at <= end:
        return 1.0
    away = begin - at if at < begin else at - end
    return max(0.0, 1.0 - away / change) if change > 0 else 0.0


def _raised(own: Pixels, sheet: Pixels, scene: Scene, up: float) -> Pixels:
    """A picture that comes up from below, before the face."""
    if up == 1:
        return sheet
    height = own.shape[0]
    moved = round((1 - up) * height)
    seen = own.copy()
    away = np.abs(sheet.astype(np.int16) - scene.room).max(axis=2) > 2  # the sheet, without the room
    seen[moved:][away[: height - moved]] = sheet[: height - moved][away[: height - moved]]
    return seen


def _medium(how: Splice, holder: Head, stranger: Head, rng: np.random.Generator) -> Relief:
    if how.medium == "print":
        return media.paper(holder, rng)
    if how.medium == "morph":
        share = float(rng.uniform(*parameters.MORPH_SHARE)) if how.share is None else how.share
        return media.paper(morph(holder, stranger, share), rng)
    return media.screen(holder, rng, bezel=how.medium == "screen")


def _present(medium: Medium | None) -> Callable[..., Frames]:
    """One medium, or a screen of either kind."""

    def present(
        head: Head, challenge: Challenge, rng: np.random.Generator, stranger: Head | None = None
    ) -> Frames:
        other = head if stranger is None else stranger
        held = medium or ("screen" if float(rng.random()) < 0.5 else "screen-no-bezel")
        return splice(Splice(held), head, other, challenge, rng)

    return present


SPLICES: Final[Mapping[str, Callable[..., Frames]]] = {
    "splice-print": _present("print"),
    "splice-screen": _present(None),
    "splice-morph": _present("morph"),
}
"""Each takes a fourth argument besides: the head of the stranger who turns; without it the holder turns."""
