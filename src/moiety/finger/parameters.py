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

RIDGE_PERIOD_LEAST: Final = 3.0
RIDGE_PERIOD_MOST: Final = 25.0
"""Pixels. Below three the ridges cannot be told from noise; 25 is an adult finger at 1,390 ppi."""

RIDGE_CLARITY: Final = 0.28
RIDGE_CONTRAST: Final = 12.0

GATE_PERIOD_LEAST: Final = 6.0
GATE_PERIOD_MOST: Final = 13.0
ADULT_PERIOD_LEAST: Final = 7.0
ADULT_PERIOD_MOST: Final = 12.0
CROP_MARGIN: Final = 32
QUALITY_LEAST: Final = 0.3
QUALITY_FLOOR: Final = 0.1
FILL_MINUTIAE: Final = 30
ENDING_LEAST: Final = 0.5
NETWORK_THREADS: Final = 1
PRINTS_AT_ONCE: Final = 2
ENROL_MINUTIAE: Final = 16
ENROL_CERTAINTY: Final = 0.5
ENROL_AREA: Final = 60.0
VERIFY_MINUTIAE: Final = 10
VERIFY_CERTAINTY: Final = 0.3
VERIFY_AREA: Final = 30.0
MIN_PAIRS: Final = 6
HULL_MARGIN: Final = 0.7
RANK_DISCOUNT: Final = 0.4
ELASTIC_REACH: Final = 2.0
ELASTIC_STIFFNESS: Final = 0.7
SHARED_CELLS: Final = 0.3
KIND_DISCOUNT: Final = 0.2
CYLINDER_RADIUS: Final = 3.6
CYLINDER_CELLS: Final = 8
CYLINDER_SECTIONS: Final = 6
CYLINDER_PLACE_SPREAD: Final = 0.40
CYLINDER_TURN_SPREAD: Final = 0.45
CYLINDER_STEEPNESS: Final = 12.0
CYLINDER_MIDDLE: Final = 0.1
HYPOTHESES: Final = 64
KEPT_HYPOTHESES: Final = 5
PROPOSAL_DISTANCE: Final = 0.8
PROPOSAL_GROWTH: Final = 0.12
PROPOSAL_ANGLE: Final = 0.6
ROUND_DISTANCES: Final = (0.8, 0.55, 0.45)
ROUND_ANGLES: Final = (0.5, 0.4, 0.3)
SIMILARITY_SHARE: Final = 0.8
CUTOFF: Final = 3.0
OVERLAP_PRIOR: Final = 10.0
