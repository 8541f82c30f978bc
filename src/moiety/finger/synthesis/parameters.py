"""Every tuned number of the synthesis, with where it comes from.

Lengths are millimetres on the skin and pixels at 500 ppi unless a name says otherwise.
"""

from __future__ import annotations

from typing import Final

MM: Final = 500.0 / 25.4
"""Pixels in one millimetre at 500 ppi."""

# --- master print -------------------------------------------------------------------------------------
MASTER_HEIGHT: Final = 512
MASTER_WIDTH: Final = 416
"""A master covers 26 x 21 mm: the pad of a distal phalanx from nail edge to nail edge."""

CORE_ROW: Final = 0.42
"""Where the centre of the pattern lies, as a fraction of the height from the tip."""

CLASS_SHARES: Final = {
    "left-loop": 0.338,
    "right-loop": 0.317,
    "whorl": 0.279,
    "arch": 0.037,
    "tented-arch": 0.029,
}
"""Natural shares of the five classes: Wilson, Candela and Watson, 1993 (NIST)."""

PERIOD_MEAN: Final = 9.0
PERIOD_SPREAD: Final = 0.55
"""Ridge period in pixels: 0.46 mm on average in adults, spread between people (Maltoni et al., Handbook of
Fingerprint Recognition, section 3.4)."""

PERIOD_WAVER: Final = 0.07
"""Standard deviation of the period within one finger, as a fraction: our measurement on FVC2002 DB1 B."""

GROWTH_SCALE: Final = 2
"""Ridges grow at half resolution, where a period is 4.5 px, and are then magnified: our choice, for speed."""

GROWTH_ROUNDS: Final = 24
"""Rounds of filtering: our measurement; after 20 the ridges cover the pad, and few minutiae change."""

GABOR_SIGMA_PERIODS: Final = 0.403
"""Width of the Gabor envelope in periods: three effective lobes, as in SFinGe (Cappelli, 2009)."""

GABOR_RADIUS: Final = 5
"""Half the side of the filter at growth resolution: 2.7 sigma at the mean period."""

PORE_SPACING: Final = 9.0
"""Mean distance between pores along a ridge, in pixels: 9 to 18 pores a centimetre squared of ridge length,
Ashbaugh, 1999, rounded."""

# --- impressions --------------------------------------------------------------------------------------
IMPRESSION_HEIGHT: Final = 480
IMPRESSION_WIDTH: Final = 384
"""The platen of a common optical sensor: about 24 x 19 mm."""

SHIFT_SPREAD: Final = 1.3 * MM
ROTATION_SPREAD: Final = 8.0
"""How differently a finger is laid down: pixels and degrees, one standard deviation."""

DISTORTION_SPREAD: Final = 4.5
"""Skin distortion in pixels between the pad's centre and its rim (Cappelli, Maio and Maltoni, 2001, print
displacements of this order for ordinary pressure)."""

# --- the hand -----------------------------------------------------------------------------------------
FINGERS: Final = ("thumb", "index", "middle", "ring", "little")

FINGER_LENGTH: Final = {"thumb": 58.0, "index": 70.0, "middle": 78.0, "ring": 72.0, "little": 57.0}
FINGER_BREADTH: Final = {"thumb": 19.5, "index": 16.0, "middle": 16.6, "ring": 15.6, "little": 13.8}
DISTAL_LENGTH: Final = {"thumb": 30.0, "index": 24.5, "middle": 26.0, "ring": 26.0, "little": 22.5}
"""Adult means in millimetres, palm side, after Garrett, 1971, Human Factors 13(2), rounded for a drawing."""

FINGER_BASE: Final = {
    "thumb": (41.0, -16.0),
    "index": (30.0, 43.0),
    "middle": (9.8, 47.0),
    "ring": (-10.0, 44.0),
    "little": (-28.5, 34.0),
}
FINGER_FAN: Final = {"thumb": 42.0, "index": 7.0, "middle": 1.0, "ring": -6.0, "little": -15.0}
"""Bases (mm, y up) and fan (degrees clockwise from up) of a right palm seen face to face: our drawing."""

TIP_CAP: Final = 0.62
"""How far the rounding of a fingertip reaches down, in breadths: our drawing."""

SIZE_SPREAD: Final = 0.065
STOUT_SPREAD: Final = 0.07
PALM_SPREAD: Final = 0.045
"""Relative standard deviations of hand size, of breadth at a given size, and of the palm's proportions: our
choice, so that nine in ten adult hands lie within (a tenth more or less in length, 14 % in breadth)."""

SHARE_SPREAD: Final = 0.025
INDEX_RING_SPREAD: Final = 0.045
"""Spread of a finger's length at a given size, and of the index's length over the ring's: our choice. In some
hands the index is then the longer of the two, in others shorter by an eighth."""

FAN_SPREAD: Final = 1.5
CROOK: Final = {"thumb": 0.0, "index": -2.0, "middle": 0.0, "ring": 1.5, "little": 4.0}
CROOK_SPREAD: Final = 2.5
"""Degrees: how differently relaxed fingers point and bend aside: our choice."""

PALM_OUTLINE: Final = (
    (-37.0, 36.0), (-28.0, 41.0), (-10.0, 50.0), (10.0, 53.0), (30.0, 50.0), (40.0, 42.0), (43.0, 10.0),
    (40.0, -20.0), (30.0, -46.0), (27.0, -75.0), (27.0, -220.0), (-27.0, -220.0), (-28.0, -75.0),
    (-36.0, -44.0), (-41.0, -5.0),
)  # fmt: skip
"""Palm and forearm, millimetres: our drawing."""

SKIN_TONES: Final = (
    (246, 237, 228), (243, 231, 219), (247, 234, 208), (234, 218, 186), (215, 189, 150),
    (160, 126, 86), (130, 92, 67), (96, 65, 52), (58, 49, 42), (41, 36, 32),
)  # fmt: skip
"""The ten tones of the Monk Skin Tone Scale (Monk, 2019; published by Google under CC BY 4.0), as sRGB."""

PALM_TINT: Final = (226, 164, 138)
PALM_TINT_SHARE: Final = 0.42
"""The palm has less melanin than the back of the hand: tones are drawn towards this one, chosen by eye."""

COVERED_SHARE: Final = 0.02
"""A pad of which more than this is covered does not count as visible: our choice, for the truth."""

RIDGE_CONTRAST: Final = (0.05, 0.13)
"""Relative contrast of ridges in a sharp photograph: 0.05 to 0.13 on the few real phone photographs seen."""
