"""Every number of the rendered heads and attacks: a generic head, stated, and varied by a seed."""

from __future__ import annotations

from typing import Final

# --- the head, in eye distances (63 mm) ---------------------------------------------------------------------
TEXTURE_SIDE: Final = 512
TEXTURE_EYES: Final = 96.0
"""Pixels between the eyes in the texture: about those of the London pictures at 640 px."""

TEXTURE_EYES_DOWN: Final = 0.44
"""Row of the eyes in the texture, as a share of its side."""

SKULL_CENTRE: Final = (0.0, 0.35, -1.2)
SKULL_AXES: Final = (1.2, 1.8, 1.25)
"""Half of a head's breadth, height and depth before the ears: 151, 227 and 157 mm over two."""

NOSE: Final = 0.34
"""Height of the nose's tip above the ellipsoid: with it the tip stands about 0.5 before the plane of eyes and
mouth, 31 mm."""

MOUTH: Final = 0.06
SOCKET: Final = 0.06
SOFT: Final = 0.05
VARIETY: Final = 0.10
"""Standard deviation of the depths from person to person, as a share."""

OUTLINE: Final = ((1.3, 1.75, 0.3), (2.9, 2.0, 1.6))
"""Of a head and of shoulders: half of the breadth and of the height of an ellipse, and how far below the
eyes the middle of the head lies, and the top of the shoulders."""

PIVOT: Final = (0.0, 0.6, -1.4)
"""About where the head turns on the neck."""

DISTANCE: Final = 8.0
"""Camera to eyes: half a metre."""

# --- rendering ----------------------------------------------------------------------------------------------
NEAR: Final = 0.9
FAR: Final = -2.4
LAYERS: Final = 22
HALVINGS: Final = 5
COARSE: Final = 3
"""Rays are walked for one pixel in 3x3; what lies between is interpolated."""

GREY: Final = 128
PLAIN: Final = 9.0
"""Standard deviation, in 8-bit Lab, of corners that are one plain background."""

# --- attacks ------------------------------------------------------------------------------------------------
BENT_RADIUS: Final = (1.2, 4.0)
"""75 to 250 mm: from a sheet bent as a head is to one that is bowed a little."""

BENT_UPRIGHT: Final = 0.8
CUT_OUT_RADIUS: Final = (1.5, 6.0)
MOIRE_NONE: Final = 0.3
MOIRE_DEPTH: Final = (0.02, 0.10)
"""Share of the light that the stripes take; a choice, not a measurement of screens."""

ATTACK_YAW: Final = (25.0, 50.0)
"""How far an attacker turns a flat instrument, degrees: further than a head, to make up for its depth."""

# --- splices ------------------------------------------------------------------------------------------------
SPLICE_CHANGE_MS: Final = (0.0, 150.0, 300.0, 450.0)
"""How long a picture takes to come up before a face: at once, as no hand can, to a calm movement."""

MORPH_SHARE: Final = (0.45, 0.70)
"""Share of the holder in a morph: with less it hardly matches the holder, with more hardly the stranger."""
