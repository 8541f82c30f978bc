"""Every tuned number of the finger part, with where it came from.

*Tuning sets* are FVC2002 DB1 (B) and UPEK, all pairs, and the same two made harder by simulation: smooth
distortion of 0.5 mm, 10 to 12 % of the minutiae dropped, 3 false ones, up to 20 and 45 % cut off at one side
(benchmarks/finger_tuning.py). Nothing here was chosen on any other set.
"""

from __future__ import annotations

from typing import Final

# --- template ----------------------------------------------------------------------------------------------
MAX_MINUTIAE: Final = 50
"""150 bytes. Design, section 5."""

CARD_MINUTIAE: Final = 42
"""126 bytes, where a card carries two fingers. Design, section 5."""

UNITS_PER_MM: Final = 10
ANGLES: Final = 64
"""Coarser than what is measured by too little to matter: design, section 5."""

# --- resolution --------------------------------------------------------------------------------------------
PPI: Final = 500.0
"""What the network was trained at (arXiv 2602.15493)."""

MM_PER_PIXEL: Final = 25.4 / PPI

RIDGE_PERIOD: Final = 9.0
"""Pixels at 500 ppi between neighbouring ridges of an adult finger (Maltoni et al., Handbook of Fingerprint
Recognition, 3rd ed., 2022, section 3.1)."""

SAME_RESOLUTION: Final = 0.005
"""A scale nearer to 1 than this is left alone: half a pixel over 100."""

STATED_PPI_LEAST: Final = 200.0
"""A file that states less (72 and 96 are what picture editors write by default) is taken to state nothing."""

# --- ridges ------------------------------------------------------------------------------------------------
RIDGE_BLOCK: Final = 64
"""Pixels: seven ridges, of nearly one direction in most places."""

RIDGE_STEP: Final = 32
"""Half a block."""

RIDGE_PERIOD_LEAST: Final = 3.0
RIDGE_PERIOD_MOST: Final = 25.0
"""Pixels. Below three, ridges cannot be told from noise; 25 is an adult finger at 1,390 ppi."""

RIDGE_CLARITY: Final = 0.28
"""Least share of a block's energy in its peak for it to count as ridged. Measured: white noise and flat
fields give no ridged block at all; the means over the ridged blocks of the tuning sets' prints are 0.35 to
0.60."""

RIDGE_CONTRAST: Final = 12.0
"""Least standard deviation of a ridged block, grey levels: four times the noise of a flat scan (3)."""

CROP_MARGIN: Final = 32
"""Pixels kept around the ridged blocks: half a block, so that faint edges stay in."""

# --- minutiae ----------------------------------------------------------------------------------------------
QUALITY_LEAST: Final = 0.3
"""Network quality from which a minutia counts as sure. Design, section 5."""

QUALITY_FLOOR: Final = 0.1
FILL_MINUTIAE: Final = 30
"""Where fewer are sure, the next best down to the floor fill a template up to this. Design, section 5."""

ENDING_LEAST: Final = 0.5
"""The network's own: its type is a probability of being an ending."""

NETWORK_THREADS: Final = 1
PRINTS_AT_ONCE: Final = 2
"""Two prints at once on one thread each. Two threads for one print took half as much processor time again; a
batch of four saved 2 % (benchmarks/finger_speed.py; docs/reference/finger-accuracy.md)."""

# --- gates -------------------------------------------------------------------------------------------------
GATE_PERIOD_LEAST: Final = 6.0
GATE_PERIOD_MOST: Final = 13.0
"""Pixels at 500 ppi. The tuning sets' prints have 7.2 to 11.8; children's ridges are closer."""

ADULT_PERIOD_LEAST: Final = 7.0
ADULT_PERIOD_MOST: Final = 12.0
"""Where no resolution is stated and the ridges lie this far apart, 500 ppi is taken to be it: people differ
by as much, and bringing all of them to one period would take that difference away."""

ENROL_MINUTIAE: Final = 16
ENROL_CERTAINTY: Final = 0.5
ENROL_AREA: Final = 60.0
"""Minutiae, mean quality and mm2. The least of the tuning sets are 14 (2 % have under 17), 0.64 and 92."""

VERIFY_MINUTIAE: Final = 10
VERIFY_CERTAINTY: Final = 0.3
VERIFY_AREA: Final = 30.0
"""Twice the pairs that a match needs, and half of enrolment's area: a poor probe only brings rejections."""

# --- surroundings of a minutia (millimetres, radians) ------------------------------------------------------
# Chosen one at a time on the hardened tuning sets: the sum of the shares of genuine pairs, in percent, below
# the scores that stand for FMR 1e-3, 1e-4 and (half) 1e-5 by an exponential fit to the impostor tail. The
# figure for the first setting was 35.5; neighbouring values tried are in brackets with theirs. They are of an
# earlier run of the measure, with other random draws; what is set here gives 22.9 with those of the file.
CYLINDER_RADIUS: Final = 3.6
"""70 pixels, as in the paper (3.0: 39.3; 4.4: 39.3)."""

CYLINDER_CELLS: Final = 8
"""Across the disc, as in the paper's smaller variant."""

CYLINDER_SECTIONS: Final = 6
"""The paper's six (8: 36.3, and slower)."""

CYLINDER_PLACE_SPREAD: Final = 0.40
"""Standard deviation of a neighbour's contribution (0.30: 35.2; 0.55: 39.5)."""

CYLINDER_TURN_SPREAD: Final = 0.45
"""Likewise of its direction (0.40: 34.2; 0.55: 35.5; 0.70: 37.0)."""

CYLINDER_STEEPNESS: Final = 12.0
CYLINDER_MIDDLE: Final = 0.1
"""The sigmoid that limits a cell (steepness 10: 34.6; 20: 35.5; 40: 44.7; middle 0.2: 41.3)."""

HULL_MARGIN: Final = 0.7
"""How far outside the hull a place still counts as seen (0.3: 42.6; 1.2: 37.4)."""

SHARED_CELLS: Final = 0.3
"""Least share of cells valid in both (0.15: 36.1; 0.45: 41.9)."""

KIND_DISCOUNT: Final = 0.2
"""Taken off a similarity where an ending meets a bifurcation (0: 32.6 becomes 30.1 with all else chosen)."""

# --- proposals ---------------------------------------------------------------------------------------------
HYPOTHESES: Final = 64
KEPT_HYPOTHESES: Final = 5
"""(32 and 3: 36.5; 128 and 6: no better than 64 and 5 by 0.1, at nearly twice the time.)"""

PROPOSAL_DISTANCE: Final = 0.8
PROPOSAL_GROWTH: Final = 0.12
"""Tolerance at the proposing minutia, and its growth with distance: an error of 0.12 radians in direction."""

PROPOSAL_ANGLE: Final = 0.6
"""Twice the last round's tolerance."""

# --- elastic consensus -------------------------------------------------------------------------------------
ROUND_DISTANCES: Final = (0.8, 0.55, 0.45)
ROUND_ANGLES: Final = (0.5, 0.4, 0.3)
"""Standard deviations, round by round (0.9, 0.7, 0.55: 34.7; angles to 0.4: 43.8)."""

CUTOFF: Final = 3.0
"""Standard deviations beyond which nothing is paired."""

SIMILARITY_SHARE: Final = 0.8
"""How much of a pair's weight hangs on its surroundings (0.3: 36.0; 0.6: 35.5; 0.85: 33.2)."""

ELASTIC_REACH: Final = 2.0
ELASTIC_STIFFNESS: Final = 0.7
"""How far, in mm, a pair draws its neighbours along, and how many full pairs the skin's resistance is worth
(reach 2.5 and stiffness 1: 29.6 becomes 28.7; 3.5 and 1: 35.5)."""

# --- score -------------------------------------------------------------------------------------------------
MIN_PAIRS: Final = 5
"""Fewer pairs are no match: the score is 0. The least overlap among the tuning sets' genuine pairs (FVC2002
DB1, 103/4 and 103/8) shares five minutiae (6: 23.3 against 22.9)."""

RANK_DISCOUNT: Final = 0.4
"""The worst minutia of a template counts 0.6 of the best (0: 35.5; 0.4: 33.6)."""

OVERLAP_PRIOR: Final = 6.0
"""Minutiae added to each print's shared content, so that little overlap cannot make a high score (10: 25.8
against 22.9). On FVC2002 DB1 as it is, the lowest genuine score then lies above the highest impostor's (0.058
and 0.055)."""
