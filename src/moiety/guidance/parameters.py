"""Every tuned number of the guidance, with where it came from.

Measured with `pytest tests/guidance` on the sixteen packaged faces, framed as a page frames them (320x240),
and on London portraits where the evaluation data is at hand.
"""

from __future__ import annotations

from typing import Final

# --- distance: eyes' distance in parts of the frame's shorter side -----------------------------------------
FAR: Final = 0.125
"""The enrolment gate asks for 60 px between the eyes, and the least camera that pages ask for gives a
shorter side of 480: 60 / 480. A face that fills the outline as drawn has 0.16 to 0.22."""

NEAR: Final = 0.29
"""Beyond this a face of ordinary proportions is over 0.85 of the frame's shorter side and about to be cut
off; wide-angle cameras also distort a face at arm's length and less."""

# --- place -------------------------------------------------------------------------------------------------
OFF_CENTRE: Final = 0.16
"""In parts of the shorter side: half of the free space beside a face that fills the outline."""

TURNED_ROOM: Final = 1.6
"""The box of a turned face lies beside that of a straight one, by up to half an eye distance."""

# --- pose --------------------------------------------------------------------------------------------------
AWAY: Final = 0.30
"""Nose offset in eye distances: the enrolment gate's limit, about 25 degrees."""

# --- light: shares of the face, by clipping and never by mean brightness -----------------------------------
NEARLY_BLACK: Final = 12
NEARLY_WHITE: Final = 250
"""Grey levels that are as good as clipped in a frame that was shrunk (averaging lifts black off 0) and
compressed. At most 5 % of any packaged face is below 12, however dark the skin; see the tests."""

DARK: Final = 0.35
BRIGHT: Final = 0.30
"""Share of the face from which the hint is given: between the two gates' limits on clipping (0.25, 0.40)."""

DARK_FRAME: Final = 0.45
BRIGHT_FRAME: Final = 0.60
"""The same where no face is found, for the middle of the frame: a room at night, a lamp behind the camera."""

GRAINY: Final = 8.0
"""Noise in grey levels of the 112-pixel crop: the verification gate refuses at 10. Asks for more light."""

# --- stillness and focus -----------------------------------------------------------------------------------
MOVING: Final = 0.20
"""Mean step of the landmarks between two frames, in eye distances. At 5 frames a second this is one eye
distance a second; a short exposure in a room then blurs by about a tenth of it."""

SOFT: Final = -8.0
"""Sharpness in decibels: the verification gate's limit. Small frames hide blur rather than add it."""

COVERED: Final = 0.80
"""Detector's score: the verification gate's limit."""

COVERED_EYES: Final = 3.0
COVERED_BOTH: Final = 0.75
COVERED_MOUTH: Final = 1.5
"""Log odds that an eye, both eyes, or nose and mouth are covered: the verification gate's limits."""

# --- hysteresis --------------------------------------------------------------------------------------------
EASE: Final = 0.08
"""A hint that is shown is taken back only when its measure is better than its limit by this share, so that a
face on the limit does not make the hint flicker."""

APPEAR_MS: Final = 250
"""A hint appears when it held this long: two frames at 5 a second, one slip of the detector passes unseen."""

STAY_MS: Final = 900
"""A hint stays at least this long, to be read: 15 characters a second (BBC subtitle guidelines, 160 to 180
words a minute) for hints of about 15 characters. "Good" is not held: the capture goes on at once."""

# --- choosing frames ---------------------------------------------------------------------------------------
BEST_OF: Final = 5
"""Frames looked at before the best are taken: one second at 5 a second."""

# --- hands -------------------------------------------------------------------------------------------------
FINGER_FAR: Final = 0.085
FINGER_NEAR: Final = 0.24
"""Breadth of a fingertip in parts of the frame's shorter side. A tip is about 16 mm broad and its ridges half
a millimetre apart, so 32 periods: 6 px each (finger parameters, MIN_PERIOD) are 192 px, 0.085 of a phone's
2,250-px frame. At 0.24 four fingers do not fit. The gate judges the picture itself."""


# --- a code too near the lens ------------------------------------------------------------------------------
# Measured on frames as `tests/guidance/test_codes.py` renders them: a code on paper, 300 to 560 px wide
# in 1280x720, blurred by a Gaussian of 0 to 24 px, with sensor noise of 3 grey levels.
CODE_LOOK_PX: Final = 96
"""Shorter side at which a frame is searched: a module is under a pixel there, so that a code is a grey
square, however sharp it is."""

CODE_UPRIGHT_PX: Final = 320
"""Side to which what was found is brought: a module has three pixels."""

CODE_MODULES: Final = 110
"""Modules along a side of a code of ours: 105 to 117 (versions 22 to 25)."""

CODE_LARGE: Final = 0.55
"""In parts of the shorter side. A code that is smaller is better held nearer than farther away."""

CODE_FILLED: Final = 0.85
CODE_SQUARE: Final = 1.35
"""Share of its rectangle that a code fills (0.97 and more, measured), and how oblong it is when tilted by 40
degrees."""

CODE_PAPER: Final = 0.8
"""What is darker than this part of the frame's brightest is not paper. A code is at 0.45 to 0.65."""

CODE_BLURRED: Final = 0.10
"""Detail below which a code counts as blurred. What is read has 0.15 and more, what is sharp 0.3 to 0.6;
a Gaussian of one module gives 0.06 to 0.08."""

CODE_BLOCKS: Final = 0.02
"""The corner marks: 0.027 under a blur of 24 px, 0.16 when sharp; an even surface has 0.004."""

CODE_BLURRED_MS: Final = 1_200
"""How long it lasts before the hint comes: a camera's focus takes up to a second to find its place."""
