"""The scene of a synthetic photograph: which hand, where, under what light, through what camera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from moiety.finger.synthesis import parameters as p
from moiety.finger.synthesis.hand import MEAN_HAND, Hand

BACKGROUNDS = ("plain", "cloth", "desk", "clutter", "leaves")
MORE_BACKGROUNDS = ("cork", "pebbles", "wicker", "lights", "carpet")
"""Further textures to tune on, apart from the others, so that scenes drawn before stay as they were."""

UNSEEN_BACKGROUNDS = ("parquet", "tiles", "stone", "page", "knit")
"""Textures kept from tuning: what finds fingers was never looked at on them before it was measured."""

LATER_BACKGROUNDS = ("brick", "bark", "foil", "map", "blinds")
"""Textures drawn for a later measurement, since a measurement can be made once on each set."""
FOUR_FINGERS = ("index", "middle", "ring", "little")


@dataclass(frozen=True, slots=True)
class Cover:
    """A thing that lies over the hand: a strap, a pen, a strip of cloth.

    Its middle lies over `finger`, `below_tip` millimetres from the tip; `degrees` clockwise from the finger's
    axis to the thing's own; `length` and `breadth` in millimetres; `colour` in sRGB.
    """

    finger: str
    below_tip: float
    degrees: float
    length: float
    breadth: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides a synthetic photograph besides the fingers' own ridges.

    Attributes:
        side: "left" or "right".
        hand: the proportions of the hand.
        view: "palm" (finger pads towards the camera) or "back" (nails towards the camera).
        fingers: fingers that are held out; the others of the hand are folded, or absent if `close_up`.
        close_up: draw the named fingers alone, without the palm: a photograph of fingertips.
        mirrored: the camera mirrored the picture, as selfie views do.
        height, width: pixels.
        scale: pixels per millimetre on the skin.
        rotation: degrees clockwise by which the whole hand is turned; 0 has the fingers up.
        tilt: degrees by which the hand leans towards the camera or away from it.
        roll: per finger, millimetres of skin by which it is turned about its own axis.
        centre: where the middle of the held-out fingertips lies, as fractions of width and height.
        spread: how far the fingers fan out; 1 is relaxed, 0.3 almost closed, 1.6 wide.
        wiggle: per finger, degrees added to its fan.
        tone: 0 to 9 on the Monk scale, or a fraction between two tones.
        background: one of the four tuples of backgrounds above.
        exposure: multiplies the light; 1 is right, 0.15 dark, 2 too bright.
        torch: how much of the light comes from the phone's torch, 0 to 1.
        glare: strength of the specular spots, 0 to 1 (wet skin: about 0.5).
        wet: 0 to 1: drops that shine, and valleys that a film of water fills.
        defocus: standard deviation of the blur in pixels.
        motion: length in pixels and direction in degrees of the camera's shake.
        noise: standard deviation of the sensor noise in grey levels at mid grey.
        jpeg: quality of the compression.
        rings: fingers that wear a ring.
        varnish: sRGB colour of the nails, or None for bare ones.
        nail: how far the nails reach over the fingertips, in millimetres.
        plasters: fingers whose pad a sticking plaster covers.
        covers: things that lie over the hand.
    """

    side: str = "right"
    hand: Hand = MEAN_HAND
    view: str = "palm"
    fingers: tuple[str, ...] = FOUR_FINGERS
    close_up: bool = False
    mirrored: bool = False
    height: int = 3264
    width: int = 2448
    scale: float = 22.0
    rotation: float = 0.0
    tilt: float = 0.0
    roll: Mapping[str, float] = field(default_factory=dict)
    centre: tuple[float, float] = (0.5, 0.28)
    spread: float = 1.0
    wiggle: Mapping[str, float] = field(default_factory=dict)
    tone: float = 3.0
    background: str = "plain"
    exposure: float = 1.0
    torch: float = 0.6
    glare: float = 0.1
    wet: float = 0.0
    defocus: float = 0.6
    motion: tuple[float, float] = (0.0, 0.0)
    noise: float = 3.0
    jpeg: int = 92
    rings: tuple[str, ...] = ()
    varnish: tuple[int, int, int] | None = None
    nail: float = 0.0
    plasters: tuple[str, ...] = ()
    covers: tuple[Cover, ...] = ()

    @property
    def foreshortening(self) -> float:
        """What is seen of a length along the hand, as a share."""
        return float(np.cos(np.deg2rad(self.tilt)))

    def but(self, **changes: Any) -> Scene:
        """The same scene with some things changed."""
        return replace(self, **changes)


def draw_scene(
    rng: np.random.Generator,
    *,
    side: str | None = None,
    tone: float | None = None,
    hand: Hand = MEAN_HAND,
    backgrounds: tuple[str, ...] = BACKGROUNDS,
) -> Scene:
    """Draw a good capture of four fingers: sharp, lit and near enough, otherwise of wide variety."""
    thumb = bool(rng.random() < 0.35)
    ringed = tuple(f for f in FOUR_FINGERS if rng.random() < 0.12)
    varnish = _COLOURS[int(rng.integers(len(_COLOURS)))] if rng.random() < 0.25 else None
    lying = rng.random() < 0.2
    turned = rng.random() < 0.25
    turn = float(rng.uniform(28, 75) * rng.choice([-1, 1])) if turned else float(rng.uniform(-28, 28))
    return Scene(
        side=str(rng.choice(["left", "right"])) if side is None else side,
        hand=hand,
        fingers=("thumb", *FOUR_FINGERS) if thumb else FOUR_FINGERS,
        height=2448 if lying else 3264,
        width=3264 if lying else 2448,
        scale=float(rng.uniform(18.0, 22.5)),
        rotation=turn,
        tilt=float(abs(rng.normal(0, 11))),
        roll={f: float(rng.normal(0, 0.9)) for f in p.FINGERS},
        centre=_centre(rng, turn, lying),
        spread=float(rng.uniform(0.25, 1.35)),
        wiggle={f: float(rng.normal(0, 1.5)) for f in p.FINGERS},
        tone=float(rng.uniform(0, 9)) if tone is None else tone,
        background=str(rng.choice(list(backgrounds))),
        exposure=float(rng.uniform(0.8, 1.15)),
        torch=float(rng.uniform(0.2, 0.9)),
        glare=float(rng.uniform(0.0, 0.35)),
        wet=float(rng.uniform(0.3, 0.8)) if rng.random() < 0.12 else 0.0,
        defocus=float(rng.uniform(0.4, 1.0)),
        noise=float(rng.uniform(1.5, 4.5)),
        jpeg=int(rng.integers(82, 96)),
        rings=ringed,
        plasters=tuple(f for f in FOUR_FINGERS if rng.random() < 0.02),
        varnish=varnish,
        nail=float(rng.uniform(0.5, 3.5)) if varnish is not None else float(max(0.0, rng.normal(-0.5, 1.0))),
        covers=_draw_covers(rng, hand),
    )


_COLOURS = ((176, 24, 40), (30, 30, 120), (225, 130, 160), (20, 20, 20), (60, 140, 120), (230, 225, 215))


def _centre(rng: np.random.Generator, turn: float, lying: bool) -> tuple[float, float]:
    """Where the tips are aimed at: above the middle, and towards the side that the fingers point to."""
    lean = np.deg2rad(turn)
    x = 0.5 + 0.12 * float(np.sin(lean)) + float(rng.uniform(-0.04, 0.04))
    y = (0.4 if lying else 0.34) - 0.08 * float(np.cos(lean)) + float(rng.uniform(-0.02, 0.05))
    return x, y


def _draw_covers(rng: np.random.Generator, hand: Hand) -> tuple[Cover, ...]:
    """Mostly nothing; sometimes a strap across the fingers below their pads; sometimes one pad is hidden."""
    what = rng.random()
    colour = _COLOURS[int(rng.integers(len(_COLOURS)))]
    if what < 0.1:
        below, length = float(rng.uniform(42, 60)), float(rng.uniform(35, 60))
        return (Cover("middle", below, float(rng.normal(90, 8)), length, float(rng.uniform(6, 16)), colour),)
    if what < 0.17:
        finger = str(rng.choice(list(FOUR_FINGERS)))
        breadth = hand.breadth[finger] * float(rng.uniform(1.15, 1.3))
        return (Cover(finger, 12.0, float(rng.normal(0, 5)), 44.0, breadth, colour),)
    return ()
