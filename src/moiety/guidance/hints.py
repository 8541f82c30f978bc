"""The one thing to say about a frame: the gravest hindrance, or that it is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from moiety.face.quality import FaceQuality
from moiety.guidance import parameters as p
from moiety.guidance.sight import Sight

Way = Literal["centre", "left", "right", "tilt-left", "tilt-right"]


@dataclass(frozen=True, slots=True)
class Want:
    """What the person is asked to show now.

    Attributes:
        way: how to hold the head: straight, turned to the person's own left or right, tilted to a shoulder.
        least, most: between which a movement counts: eye distances of the nose's offset for a turn, degrees
            for a tilt.
    """

    way: Way = "centre"
    least: float = 0.0
    most: float = 0.0


STRAIGHT: Final = Want()


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint: a stable code, whose words are in the catalogue under `pages.hint.CODE`."""

    code: str

    @property
    def good(self) -> bool:
        """Whether the frame may be taken."""
        return self.code == "good"


GOOD: Final = Hint("good")

CODES: Final = (
    "no-face", "several-faces", "too-dark", "too-bright", "too-far", "too-near", "move-left", "move-right",
    "move-up", "move-down", "look-straight", "turn-left", "turn-right", "tilt-left", "tilt-right",
    "turn-less", "hold-still", "uncover", "uncover-eyes", "uncover-mouth", "focus", "good",
)  # fmt: skip
"""Every code that a face can get, gravest first."""


def hint_for(sight: Sight, want: Want = STRAIGHT, *, before: Sight | None = None, shown: str = "") -> Hint:
    """What to say about one frame.

    Args:
        sight: the frame.
        want: where the person should look.
        before: the frame before it, to tell movement.
        shown: the code that is on the screen; its limit is moved by `EASE`, so that it does not flicker.
    """
    for code, applies in _ORDER:
        ease = p.EASE if code == shown or shown.startswith(f"{code}-") else 0.0
        said = applies(_Moment(sight, want, before, ease))
        if said:
            return Hint(said)
    return GOOD


def progress(sight: Sight, want: Want) -> float:
    """How much of the wanted turn is shown, 0 to 1; 1 for a straight look that is straight enough."""
    if sight.quality is None:
        return 0.0
    if want.way == "centre":
        return 1.0 if abs(sight.turn) <= p.AWAY else max(0.0, 2 - abs(sight.turn) / p.AWAY)
    shown = shown_of(want.way, sight.turn, sight.roll)
    return min(max(shown / want.least, 0.0), 1.0) if want.least > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a check looks at; `ease` moves its limit while its hint is on the screen."""

    sight: Sight
    want: Want
    before: Sight | None
    ease: float

    @property
    def frontal(self) -> FaceQuality | None:
        """The face's measures where a straight look is wanted; a turned head is not judged by them."""
        return self.sight.quality if self.want.way == "centre" else None


def _light(at: _Moment) -> str:
    sight, room = at.sight, 1 - at.ease
    dark, bright = (p.DARK, p.BRIGHT) if sight.faces == 1 else (p.DARK_FRAME, p.BRIGHT_FRAME)
    grainy = sight.quality is not None and sight.quality.noise > p.GRAINY * room
    if sight.black > dark * room or grainy:
        return "too-dark"
    return "too-bright" if sight.white > bright * room else ""


def _count(at: _Moment) -> str:
    return "" if at.sight.faces == 1 else "no-face" if at.sight.faces == 0 else "several-faces"


def _distance(at: _Moment) -> str:
    # A turned head's eyes are nearer to each other: only a straight look tells the distance.
    if at.want.way in ("left", "right") or abs(at.sight.turn) > p.AWAY:
        return ""
    if at.sight.size < p.FAR * (1 + at.ease):
        return "too-far"
    return "too-near" if at.sight.size > p.NEAR * (1 - at.ease) else ""


def _place(at: _Moment) -> str:
    """Frames come as the camera takes them, not mirrored: right of the middle is the person's own left."""
    across, down = at.sight.across, at.sight.down
    limit = p.OFF_CENTRE * (1 - at.ease) * (1.0 if at.want.way == "centre" else p.TURNED_ROOM)
    if abs(across) < limit and abs(down) < limit:
        return ""
    if abs(across) >= abs(down):
        return "move-right" if across > 0 else "move-left"
    return "move-up" if down > 0 else "move-down"


def _pose(at: _Moment) -> str:
    if at.want.way == "centre":
        return "look-straight" if abs(at.sight.turn) > p.AWAY * (1 - at.ease) else ""
    shown = shown_of(at.want.way, at.sight.turn, at.sight.roll)
    if shown > at.want.most > at.want.least:
        return "turn-less"
    way = at.want.way
    return (way if way.startswith("tilt") else f"turn-{way}") if shown < at.want.least else ""


def shown_of(way: str, turn: float, roll: float) -> float:
    """How far a head is moved in a direction, from its turn and roll; 0 for straight."""
    signed = {"left": turn, "right": -turn, "tilt-left": roll, "tilt-right": -roll}
    return signed.get(way, 0.0)


def _still(at: _Moment) -> str:
    straight = at.want.way == "centre"
    return "hold-still" if straight and at.sight.moved(at.before) > p.MOVING * (1 - at.ease) else ""


def _covered(at: _Moment) -> str:
    quality = at.frontal
    if quality is None:
        return ""
    if quality.sharpness >= p.SOFT:  # a blur hides eyes and mouths as well
        one, both = p.COVERED_EYES - at.ease, p.COVERED_BOTH - at.ease
        if quality.covered_eyes > one or quality.covered_both > both:
            return "uncover-eyes"
        if quality.covered_mouth > p.COVERED_MOUTH - at.ease:
            return "uncover-mouth"
    return "uncover" if quality.detector_score < p.COVERED + at.ease / 4 else ""


def _focus(at: _Moment) -> str:
    quality = at.frontal
    limit = p.SOFT * (1 - at.ease)
    return "focus" if quality is not None and quality.sharpness < limit else ""


_ORDER: Final[tuple[tuple[str, Callable[[_Moment], str]], ...]] = (
    ("too", _light),
    ("no-face", _count),
    ("too", _distance),
    ("move", _place),
    ("look-straight", _pose),
    ("hold-still", _still),
    ("uncover", _covered),
    ("focus", _focus),
)
