"""Every tuned number of the contactless pipeline, with where it comes from.

"Our measurement" means the development half of the synthetic hands (benchmarks/synthetic_hands.py), looked at
beside a few real phone photographs that are not part of the project. Breadths are finger breadths.
"""

from __future__ import annotations

from typing import Final

# --- segmentation -------------------------------------------------------------------------------------
WORK_SIDE: Final = 360
"""Longer side of the picture in which the hand is sought: fingers are then 30 to 40 px broad in a four-finger
capture. Twice as much takes four times as long and finds no more (our measurement)."""

CENTRE_RADII: Final = (0.36, 0.42)
"""Half axes of the ellipse in which a hand is first assumed, as fractions of width and height."""

CHROMA_GAIN: Final = 2.5
"""Weight of colour against lightness in the segmentation: pale hands on grey need it (our measurement)."""

GRABCUT_ROUNDS: Final = 4
CLUSTERS: Final = 8
CLUSTER_LEAD: Final = 2.0
"""Colours of the second guess, and how much commoner one of the hand must be in the middle than at the
rim."""

COLOURLESS: Final = 6
"""Grey levels by which the channels of a grey picture differ at most, JPEG's rounding included."""

SKIN_REACH: Final = 14.0
"""Distance in CIELAB (8-bit units, lightness halved) within which a pixel may be the skin of a located
finger."""

EDGE_LIMITS: Final = ((60, 140), (25, 60), (25, 60))
"""Canny limits for lightness, a and b: above the flexion creases, below most outlines (our measurement)."""

FINE_EDGE_LIMITS: Final = ((24, 60), (14, 34), (14, 34))
"""Likewise, low enough to see the groove between two fingers that touch (our measurement)."""

BORDER: Final = 0.02
"""Strip along the upper edges that is taken for background, as a fraction of the longer side."""

# --- fingers ------------------------------------------------------------------------------------------
TIP_REACHES: Final = (14, 22, 34, 54, 84, 120)
"""Arc lengths in working pixels over which the outline's bend is measured: half to one breadth, for hands
and for close-ups."""

CLOSE_REACHES: Final = (165, 225)
"""Further ones where one finger fills the picture; in a hand they would find the hand."""

TIP_ANGLE: Final = 75.0
"""An outline that bends by more than 180 - 75 degrees within two reaches may be a fingertip."""

SECTIONS: Final = (0.55, 1.9)
"""Cross-sections are taken between these distances from the tip, in breadths."""

MAX_TAPER: Final = 0.16
"""Greatest relative deviation of the breadths along a finger: 0.03 to 0.1 on fingers (our measurement)."""

SECTION_OFF: Final = 0.3
SECTIONS_NEEDED: Final = 9
"""Of 15 cross-sections so many must be as broad as the finger, within this share (our measurement)."""

MIN_LENGTH: Final = 1.5
"""A held-out finger can be followed at least this far, in breadths; a folded one shows about 1.3."""

CLOSE_LENGTH: Final = 1.15
"""Likewise where one fingertip alone is asked for: it may run out of the picture below its first joint."""

MIN_BREADTH: Final = 0.035
"""Least breadth as a fraction of the longer side: below it a ridge has under 3 px at 12 megapixels."""

BREADTH_RATIO: Final = 1.75
"""Fingers of one hand differ in breadth by less than this factor (little finger to thumb 1.4: Garrett,
1971)."""

# --- fingers by their edges alone -----------------------------------------------------------------------
OUTLINE_DIRECTIONS: Final = 24
OUTLINE_BREADTHS: Final = 9
OUTLINE_STEP: Final = 1.19
"""Directions, and breadths from MIN_BREADTH up by this factor, to 50 px at working size."""

OUTLINE_BLUR: Final = 1.0
OUTLINE_USUAL: Final = 0.25
OUTLINE_FLOOR: Final = 1.0
"""An edge's clearness is its slope over the sum of itself, this share of the usual slope around it and this
many grey levels a pixel: of the fingers of 16 hard photographs 51 of 54 were among the outlines; with a share
of 1 and a floor of 2, 47 (our measurement)."""

OUTLINE_SIDES: Final = (0.62, 1.9)
OUTLINE_CAP: Final = 0.62
"""Where a fingertip's straight sides begin and are followed to, and how deep its rounding is, in breadths."""

OUTLINE_LEAST: Final = 0.2
OUTLINE_FADES: Final = 0.12
"""Least share of an outline that is clear edge, and below which its sides have ended: our choice."""

OUTLINE_LENGTH: Final = 2.6
"""Median length of one hand's outlines in breadths, at least: 2.1 on the stumps of a fist, 2.9 and more on
fingers held out (our measurement)."""

OUTLINE_BANDS: Final = 3
OUTLINE_PEAKS: Final = 64
OUTLINE_KEPT: Final = 16
"""Narrow, middle and broad ones are sought apart; so many places are looked at closely, so many kept."""

# --- the flattened print ------------------------------------------------------------------------------
PAD_LENGTH: Final = 1.42
"""Used part of the distal phalanx in breadths: it measures 1.5 (24 to 26 mm over 16 mm: Garrett, 1971), less
what the crease of the joint takes."""

PATCH_BREADTH: Final = 380
"""Breadth in pixels to which larger fingers are reduced first: a period is then about 10 px."""

ROUNDNESS: Final = 0.92
"""Half breadth over the radius of the unrolled arc: a circle has 1, a finger pad is flatter."""

EDGE: Final = 0.9
"""Share of the half breadth that is used: nearer the edge ridges are foreshortened to under 4 px."""

TARGET_PERIOD: Final = 9.0
"""Ridge period after scaling, in pixels: 0.46 mm at 500 ppi, the mean of adults."""

PERIOD_RANGE: Final = (3.5, 18.0)

# --- gates --------------------------------------------------------------------------------------------
MIN_PERIOD: Final = 6.0
"""Ridge period in the photograph, pixels; below it defocus and noise of ordinary phones wipe ridges out."""

MIN_RIDGE_SHARE: Final = 0.5
"""Least share of the pad in which a ridge pattern stands out: 0.86 and more on sharp synthetic hands, 0.57 to
0.75 on real close-ups whose prints match each other, 0.1 on defocused ones, under 0.45 in the dark (our
measurement)."""

MAX_GLARE: Final = 0.06
"""Greatest share of the pad that is clipped to white."""

MIN_LIGHT: Final = 0.12
"""Least median of the pad's brightest channel as a fraction of full scale; noise is judged by the ridges."""

POLARITY_SKEW: Final = 0.15
"""Skewness of the ridge signal from which its sign is believed."""

# --- naming -------------------------------------------------------------------------------------------
MODEL_TIPS: Final = {
    "thumb": (4.90, 1.65),
    "index": (2.28, 7.00),
    "middle": (0.68, 7.70),
    "ring": (-0.95, 7.12),
    "little": (-2.60, 5.45),
}
"""Fingertips of a relaxed right hand, palm seen face to face, in finger breadths (16 mm), y towards the
tips: from finger lengths and hand breadths of adults (Garrett, 1971)."""

MODEL_BASES: Final = {
    "thumb": (2.55, -1.0),
    "index": (1.80, 2.70),
    "middle": (0.60, 2.95),
    "ring": (-0.62, 2.75),
    "little": (-1.75, 2.12),
}
MODEL_BREADTHS: Final = {"thumb": 1.22, "index": 1.0, "middle": 1.04, "ring": 0.975, "little": 0.86}
"""Breadths of the last phalanges, the index's being 1 (Garrett, 1971, rounded)."""

PRIOR_SAMPLES: Final = 3000
PRIOR_SPREADS: Final = (0.1, 0.5, 0.9, 1.3, 1.8)
"""How far the fingers fan out, 1 being relaxed: one normal distribution between each two."""

PRIOR_SLENDER: Final = 0.1
PRIOR_LENGTH: Final = 0.05
PRIOR_PALM: Final = 0.08
PRIOR_BASE: Final = 0.08
PRIOR_FAN: Final = 3.0
PRIOR_CROOK: Final = 3.0
PRIOR_THUMB: Final = 15.0
PRIOR_TILT: Final = 15.0
PRIOR_BREADTH: Final = 0.05
"""Spreads of the prior: of length over breadth, of one finger's length, of the palm's breadth (relative), of
where a finger leaves the palm (breadths), of a finger's direction, of its bend, of the thumb's direction, of
the hand's tilt (degrees), of one finger's breadth (relative): our choice, wide on purpose. The synthetic
hands vary by our choice too, and no wider: on them naming is no harder than it was made for."""

TIP_NOISE: Final = 0.12
AXIS_NOISE: Final = 2.5
BREADTH_NOISE: Final = 0.05
CUT_NOISE: Final = 4.0
"""How well a picture tells tip (breadths), direction (degrees) and breadth (relative), and the tip of a
finger that its edge cuts, along the finger (breadths): our choice."""

GOOD_FIT: Final = 0.6
MAX_FIT: Final = 1.2
"""Distance from the claimed hand, about 1 for a hand of the prior, that ends the search, and the greatest
that is believed."""

OTHER_HAND_LEAD: Final = 5.0
"""By how much the claimed hand's log-likelihood must lead the other one's: 150 to 1."""

MAX_COLOUR_GAP: Final = 26.0
"""Distance in CIELAB (8-bit units, lightness halved) between fingers of one hand (our measurement)."""

ODD_LENGTH: Final = 2.2
ODD_RATIO: Final = 1.3
"""One finger may differ in colour (a plaster) if it is as long and as broad as a finger: in breadths, and as
a factor of the others' breadth."""

BEYOND: Final = (-0.3, -0.6)
BEYOND_GAP: Final = 5.0
BEYOND_SHARE: Final = 0.15
"""A true tip has something else beyond it: at one of these places (breadths) the colour differs from the
pad's by more than this (CIELAB, lightness halved), or by this share of the pad's lightness in the dark."""

MAX_AXIS_SPREAD: Final = 34.0
"""Degrees between a finger (not the thumb) and the mean of its hand."""

MAX_CANDIDATES: Final = 14
"""More finger-like things than this are cut to the most finger-like: 1,001 sets of four."""

# --- evening out ------------------------------------------------------------------------------------------
EVEN_SIGMA: Final = 11.0
"""Width of the window for local mean and spread, in patch pixels: about one ridge period each way."""

GROUND: Final = 128.0
"""Grey outside the pad: the mean of the pad itself leaves no edge for a minutia to appear at."""

TIP_ROUNDNESS: Final = 0.85
"""As ROUNDNESS, over the fingertip."""

POLARITY_SKEW_DARK: Final = 0.6
"""Dark ridges are believed only at this skewness: they are rare, and wet skin skews towards bright."""

MIN_EDGE: Final = 3.0
"""Grey levels a working pixel: the edge of a hand is steeper than this unless the whole picture is
blurred."""

# --- beside the outermost fingers ---------------------------------------------------------------------------
BESIDE_DEPTH: Final = (3.7, 4.9)
BESIDE_REACH: Final = (0.95, 1.6)
"""Where the hand goes on beside the ring finger, from its tip and from its axis, in breadths."""

BESIDE_SEEN: Final = 0.35
"""Share of that place that must be in the picture."""

BESIDE_LEAD: Final = 7.0
"""What it adds to the log-likelihood of the hand that it speaks for: the lead that is asked for, and what the
shapes of three fingers say by chance."""

BESIDE_SKIN: Final = 0.4
BESIDE_NONE: Final = 0.15
"""Share of that place that has the colour of the fingers where the hand goes on, and where it ends. On 333
photographs (our measurement) it spoke for the true hand 181 times and never for the other one: beside the
ring finger 0.53 or more in 95 of 100, beside the index finger 0.38 or less in 90 of 100."""
