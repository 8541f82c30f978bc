"""Every number of the practice range. None of them is a measurement; each says what it is chosen for."""

from __future__ import annotations

from typing import Final

FRAME_RATE: Final = 5.0
"""Frames a second that the synthetic camera gives: the lower end of what pages send (design, section 9)."""

WIDE: Final = (640, 480)
"""Frames while the person looks at the camera, from which the face is compared."""

SMALL: Final = (320, 240)
"""Frames while the head turns: landmarks alone are read from them."""

NEAR_EYES: Final = 0.14
"""Eye distance as a share of the picture's width, well placed."""

FAR_EYES: Final = 0.045
"""The same for someone four paces away: 29 px of the 640, where 40 are needed to verify."""

DARK_GAIN: Final = 0.05
"""What a dark corridor leaves of the light: over 40 % of a face is then black to the camera."""

DARK_NOISE: Final = 7.0
BRIGHT_GAIN: Final = 4.0
BLUR_SIGMA: Final = 0.016
"""Motion and defocus, as a share of the picture's width: 10 px of 640."""

STIFF_DEGREES: Final = 4.0
"""How far someone turns who cannot: below what shows depth."""

LOW_DEGREES: Final = (22.0, 17.0)
"""How far the camera goes round the head instead, in yaw and roll."""

TILT: Final = 0.42
"""A code held at a steep angle: its far edge shrinks by this share, beyond what the reader reads."""

ASKING_COSTS: Final = 4
"""Points lost for asking for what was no hindrance. Small: asking hurts nobody."""

NOT_ASKING_COSTS: Final = 40
"""Points lost for ending it undecided without asking for the better capture that would have decided."""

EARLY_COSTS: Final = 20
"""Points lost for the other way before trying: safe, and longer for the person."""

TURNED_AWAY_COSTS: Final = 70
"""Points lost for turning away the rightful holder, or anyone without the other way where it was theirs."""

GUESSED_COSTS: Final = 100
"""Points lost for accepting where the system did not: all of them."""

SKIPPED_COSTS: Final = 30
"""Points lost for ending it without having looked at the code."""
