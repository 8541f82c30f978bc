"""The scene of a synthetic photograph: which hand, where, under what light, through what camera."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from moiety.finger.synthesis import parameters as p

BACKGROUNDS = ("plain", "cloth", "desk", "clutter", "leaves")
FOUR_FINGERS = ("index", "middle", "ring", "little")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides a synthetic photograph besides the fingers' own ridges.

    Attributes:
        side: "left" or "right".
        view: "palm" (finger pads towards the camera) or "back" (nails towards the camera).
        fingers: fingers that are held out; the others of the hand are folded, or absent if `close_up`.
        close_up: draw the named fingers alone, without the palm: a photograph of fingertips.
        mirrored: the camera mirrored the picture, as selfie views do.
        height, width: pixels.
        scale: pixels per millimetre on the skin.
        rotation: degrees clockwise by which the whole hand is turned; 0 has the fingers up.
        centre: where the middle of the held-out fingertips lies, as fractions of width and height.
        spread: how far the fingers fan out; 1 is relaxed, 0.3 almost closed, 1.6 wide.
        wiggle: per finger, degrees added to its fan.
        tone: 0 to 9 on the Monk scale, or a fraction between two tones.
        background: one of BACKGROUNDS.
        exposure: multiplies the light; 1 is right, 0.15 dark, 2 too bright.
        torch: how much of the light comes from the phone's torch, 0 to 1.
        glare: strength of the specular spots, 0 to 1 (wet skin: about 0.5).
        defocus: standard deviation of the blur in pixels.
        motion: length in pixels and direction in degrees of the camera's shake.
        noise: standard deviation of the sensor noise in grey levels at mid grey.
        jpeg: quality of the compression.
        rings: fingers that wear a ring.
        varnish: sRGB colour of the nails, or None for bare ones.
        nail: how far the nails reach over the fingertips, in millimetres.
        plasters: fingers whose pad a sticking plaster covers.
    """

    side: str = "right"
    view: str = "palm"
    fingers: tuple[str, ...] = FOUR_FINGERS
    close_up: bool = False
    mirrored: bool = False
    height: int = 3264
    width: int = 2448
    scale: float = 22.0
    rotation: float = 0.0
    centre: tuple[float, float] = (0.5, 0.28)
    spread: float = 1.0
    wiggle: dict[str, float] = field(default_factory=dict)
    tone: float = 3.0
    background: str = "plain"
    exposure: float = 1.0
    torch: float = 0.6
    glare: float = 0.1
    defocus: float = 0.6
    motion: tuple[float, float] = (0.0, 0.0)
    noise: float = 3.0
    jpeg: int = 92
    rings: tuple[str, ...] = ()
    varnish: tuple[int, int, int] | None = None
    nail: float = 0.0
    plasters: tuple[str, ...] = ()

    def but(self, **changes: Any) -> Scene:
        """The same scene with some things changed."""
        return replace(self, **changes)


def draw_scene(rng: np.random.Generator, *, side: str | None = None, tone: float | None = None) -> Scene:
    """Draw a good capture of four fingers: sharp, lit and near enough, otherwise of wide variety."""
    thumb = bool(rng.random() < 0.35)
    ringed = tuple(f for f in FOUR_FINGERS if rng.random() < 0.12)
    colours = ((176, 24, 40), (30, 30, 120), (225, 130, 160), (20, 20, 20), (60, 140, 120))
    varnish = colours[int(rng.integers(len(colours)))] if rng.random() < 0.25 else None
    return Scene(
        side=str(rng.choice(["left", "right"])) if side is None else side,
        fingers=("thumb", *FOUR_FINGERS) if thumb else FOUR_FINGERS,
        scale=float(rng.uniform(19.0, 23.5)),
        rotation=float(rng.uniform(-28, 28)),
        centre=(float(rng.uniform(0.45, 0.55)), float(rng.uniform(0.24, 0.32))),
        spread=float(rng.uniform(0.25, 1.35)),
        wiggle={f: float(rng.normal(0, 1.5)) for f in p.FINGERS},
        tone=float(rng.uniform(0, 9)) if tone is None else tone,
        background=str(rng.choice(list(BACKGROUNDS))),
        exposure=float(rng.uniform(0.8, 1.15)),
        torch=float(rng.uniform(0.2, 0.9)),
        glare=float(rng.uniform(0.0, 0.35)),
        defocus=float(rng.uniform(0.4, 1.0)),
        noise=float(rng.uniform(1.5, 4.5)),
        jpeg=int(rng.integers(82, 96)),
        rings=ringed,
        plasters=tuple(f for f in FOUR_FINGERS if rng.random() < 0.02),
        varnish=varnish,
        nail=float(rng.uniform(0.5, 3.5)) if varnish is not None else float(max(0.0, rng.normal(-0.5, 1.0))),
    )
