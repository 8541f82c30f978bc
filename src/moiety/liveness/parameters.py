"""Every tuned number of the liveness part, with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NONCE_LEAST: Final = 16
NONCE_MOST: Final = 64
"""128 bits cannot be guessed; sessions draw 256."""

MOST_ATTEMPTS: Final = 3
"""Failed challenges after which a session ends and the way without biometrics is offered. Each attempt gives
whoever replays a recording another chance, so error rates are stated with attempts included."""

MOVE_COUNT: Final = 3
"""Turns and tilts in a challenge. Of four, none twice in a row and at least one a turn: one of 34 orders, 5.1
bits, before onsets and holds are counted."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What a way of moving is given time for, in milliseconds.

    Attributes:
        first: choices for how long the first "centre" lasts.
        hold: choices for how long each turn's prompt lasts.
        last: how long the last "centre" lasts.
        latest: the turn must be reached this long after its prompt.
        compared: the last face that is compared is taken this long after the last prompt.
    """

    first: tuple[int, ...]
    hold: tuple[int, ...]
    last: int
    latest: int
    compared: int


TIMING: Final[Mapping[str, Timing]] = {
    "turn": Timing((1000, 1300, 1600, 1900), (1800, 2200, 2600, 3000), 1600, 1500, 1250),
    "low": Timing((1400, 1800, 2200, 2600), (3200, 3800, 4400, 5000), 2400, 2800, 2000),
}
"""Simple reaction to a visual prompt takes 0.2 to 0.5 s, a head turn of 30 degrees 0.5 to 1 s; what is left
of the shortest hold gives 5 frames at 5 a second. The low-motion way gives twice the time."""

EARLIEST_MS: Final = 120
"""Nobody reacts sooner than this to a prompt that could not be foreseen: World Athletics takes 100 ms as the
limit of human reaction; a frame's time may be off by 20."""


@dataclass(frozen=True, slots=True)
class Turning:
    """How far a turn must go, as the nose's displacement after the face's plane is rectified (`motion`).

    Attributes:
        across: least displacement for left and right, mean of the best frames, in eye distances.
        tilt: least tilt, mean of the best frames, in degrees.
        begun: share of these at which a frame counts as turned.
        frames: how many of the best frames are averaged.
        standing: least that the nose stands out (`depth`), in eye distances.
        misfit: share of a level face that may stay unexplained (`relief`); above it, its height is nought.
    """

    across: float
    tilt: float
    begun: float
    frames: int
    standing: float
    misfit: float


NOSE_DEPTH: Final = 0.5
"""How far the tip of the nose stands before the plane of eyes and mouth, in eye distances: about 31 mm on a
pupillary distance of 63 mm (NASA-STD-3000 head dimensions give 19 to 24 mm from the subnasale alone)."""


TURNING: Final[Mapping[str, Turning]] = {
    "turn": Turning(across=0.27, tilt=10.0, begun=0.65, frames=5, standing=0.178, misfit=1.0),
    "low": Turning(across=0.12, tilt=7.0, begun=0.65, frames=8, standing=0.13, misfit=0.22),
}
"""Chosen on the development half of London's people, rendered: 108 bona fide captures of the `turn` way, 162
of the `low` one. A turn of 20 degrees moves the nose by 0.25 as the detector sees it, in some people by half
of that. `standing`, of those that made the moves asked for: 107 bona fide captures of the `turn` way have
0.204 and more, 42 prints at most 0.148; 190 of the `low` one have 0.139 and more, 412 prints at most 0.100.
`misfit`: of those of the `low` way none has more than 0.19, while sheets that are bent to 75 mm and turned
until half is hidden have 0.24 and more; far turns of a head have up to 0.37. See
docs/reference/liveness-accuracy.md."""

# --- the stream --------------------------------------------------------------------------------------------
RATE_LEAST: Final = 4.5
"""Frames a second; design section 8 asks for 5 to 10, and clocks jitter."""

GAP_MOST_MS: Final = 700
"""Longer without a frame that shows the face, and what happened in between is not known."""

FRAMES_MOST: Final = 1000
"""30 frames a second for the longest challenge; more is refused unread."""

FRAME_PIXELS_MOST: Final = 1_300_000
"""1280x960 and a little: pages send 640 px across, and the embedder looks at 112 px of a face."""

CANDIDATES_MOST: Final = 24
"""Frontal frames whose pictures are kept at once, the sharpest ones: 24 of 1.3 megapixels are 94 MB."""

LOST_MOST: Final = 0.10
"""Share of frames without a face that the detector may miss in a turn."""

SPEED_MOST: Final = 520.0
"""Degrees a second between two frames: quick voluntary turns of the head peak at 200 to 350, and the detector
makes rendered ones of 36 degrees in half a second look like up to 484."""

SHIFT_MOST: Final = 12.0
"""Eye distances a second that the face may shift in the picture between two frames."""

ZOOM_MOST: Final = 2.5
"""Natural logarithm of size a second that the face may grow or shrink by between two frames."""

# --- colours of the screen ---------------------------------------------------------------------------------
FLASH_MS: Final = 600
"""At most 1.7 changes a second: WCAG 2.2 success criterion 2.3.1 allows three flashes."""

FLASH_COLOURS: Final = ((255, 176, 110), (110, 176, 255), (130, 240, 140), (240, 140, 230))
"""Orange, blue, green, pink, of about one luminance; none is a saturated red as WCAG 2.2 defines it."""

# --- more of the turns -------------------------------------------------------------------------------------
FRONTAL_LEAST: Final = 3
"""Frames before the first turn that the frontal pose is averaged over; at 5 a second the shortest gives 5."""

RELEASE_MS: Final = 300
"""A turn may end this long before the next prompt: one frame at 5 a second, and an impatient person."""

SETTLED_MS: Final = 700
"""After the last prompt the head is on its way back for this long; later frames may be compared."""

# --- one face, from the first frame that is compared to the last ------------------------------------------
COMPARED_FIRST: Final = 0.5
"""The first face that is compared is taken after this share of the time before the first move."""

COMPARED_WITHIN_MS: Final = 500
"""A frame that is unfit, as with closed eyes, gives way to the next nearest; none farther away than this."""

FRONT: Final = 0.15
"""A face between two moves counts where it is turned by no more than this (displacement of the nose, in eye
distances: some 13 degrees). Who goes from one side to the other at once shows none in slow streams."""

TURNED_FRAMES: Final = 2
HALF_TURNED: Final = 0.6
"""Frames of each turn that are embedded, of those whose depth was judged (an embedding takes as long as three
detections); and the share of the turn that is asked for at which one more is taken, on the way out."""

ONE_FACE: Final[Mapping[str, Mapping[str, float]]] = {
    "turn": {"compared": 0.78, "fronts": 0.66, "half": 0.5, "turned": 0.46},
    "low": {"compared": 0.78, "fronts": 0.72, "half": 0.72, "turned": 0.7},
}
"""Least cosine of the compared faces; of one between the moves with their mean; of a half turned one, with
that and with the mean of its turn; and of the mean of the turned ones with it. Chosen on development people:
the lowest of 40 rendered live captures (turn) and of 30 (low): compared 0.84 and 0.90, fronts 0.63 and 0.83,
turned 0.51 and 0.75; half, of 21 and 17, 0.63 and 0.76. Of splices by somebody who looks alike, with a
morph that is 30 % the holder, compared reached 0.79. Fronts and half of the `turn` way were 0.6 and
0.55 at first. Of 54 more live captures the lowest two had fronts 0.76 and 0.84, and three had half 0.51 to
0.53; of 25 splices with a morph that is cut out, two were shown with fronts 0.63 and 0.64."""

HIDDEN_MOST_MS: Final = 250
HIDDEN_MOST: Final = 1.5
"""Before the last compared frame the face may be out of view for so long, or for so many of the stream's
usual intervals: nobody brings a sheet up in less and leaves no trace."""

RETURN_MS: Final = 500
"""After the last prompt the head is turned for so long still, and the detector may miss it."""

# --- what is around the face -------------------------------------------------------------------------------
AROUND_WIDTH: Final = 80
AROUND_MS: Final = 400.0
"""Frames are brought to so many pixels across, and compared with the one that is at least so much older: a
sheet comes up in about that time."""

AROUND_ACROSS: Final = (1.35, 2.1)
AROUND_DOWN: Final = (-2.0, -1.75, 0.7)
AROUND_ABOVE: Final = 0.3
AROUND_DOWN_TO_MOUTH: Final = 1.1
"""What is looked at, in eye distances from the middle of the face: both sides, between these and from the
first height down to the last; and above the head, over the second height and `AROUND_ABOVE` beyond the
first. Hair seldom reaches beyond 1.35, and shoulders begin at 0.7. Eyes to mouth is 1.1 eye distances."""

AROUND_PIXELS: Final = 12
AROUND_LEAST: Final = 10
"""Fewest pixels of a side, and fewest frames, that tell anything."""

AROUND_GAIN: Final = (0.7, 1.4)
"""A camera changes its exposure by no more than this within `AROUND_MS`."""

AROUND_USUAL: Final = 3.0
AROUND_MOST: Final = 2.0
"""No moment's change may exceed three times the usual one by more than this, in grey levels. Chosen
on development people, rendered: the highest of 107 live captures, 53 of them of the `low` way, was -0.4, and
the lowest of 65 splices with a morph by somebody who looks alike 2.8. Of 54 splices with a screen 4 had less
than 2.0; their compared faces differed, with cosines up to 0.22. With a camera that shakes by 2 px of 320, 2
of the 107 had more than 2.0, and with one that shakes by 4 px, 3."""

# --- cues in the pixels ------------------------------------------------------------------------------------
PATTERN_SIDE: Final = 128
PATTERN_LEAST: Final = 5
PATTERN_LOWEST: Final = 0.06
PATTERN_OFF_AXIS: Final = 0.025
"""Square of the frame that is looked at, fewest frames, and cycles a pixel below which, or nearer
the axes than which, a face and JPEG have peaks of their own."""

BEZEL_LENGTH: Final = 1.6
BEZEL_LEAN: Final = 0.25
BEZEL_AWAY: Final = ((1.3, 3.2), (1.0, 2.6))
"""An edge counts when it is this long, leans no more than this, and lies this far above or below, and this
far left or right of the face's middle; lengths in eye distances."""

MOIRE_MOST: Final = 9.5
"""The highest of 210 rendered bona fide captures was 8.5; screens whose stripes show reach up to 17."""

BEZEL_MOST: Final = 3.2
"""Of 4 sides, mean over frames. Flat prints have 2 to 4, rendered people before doors and shelves up to
2.9."""

PASSIVE_LEAST: Final = 0.5
"""An operator's network answers with a share; where it is calibrated otherwise, map its answer before."""

FLASH_LEAST: Final = 0.3
FLASH_CHANCE: Final = 0.01
"""Rendered people reach a correlation of 0.84 to 0.93, recordings of another moment 0.08 at most."""

FLASH_OTHERS: Final = 199
"""Other orders that the asked one is compared with: with none as good, the chance is under 1 in 200."""

FLASH_LATE_MS: Final = (0.0, 60.0, 120.0)
"""A screen, a camera and its exposure are late by up to so much; the colours are blurred over it."""

FLASH_FACE: Final = (slice(40, 104), slice(24, 88))
"""Rows and columns of the aligned face: below the eyes, without hair and background."""

MEANT: Final = 0.85
"""Share of what is asked that a move must reach to be one at all, and not the head's sway."""

LASTING_MS: Final[Mapping[str, float]] = {"turn": 350.0, "low": 700.0}
"""A move lasts at least this long: a turned face looks tilted to the detector for a frame or two."""

INTERRUPTED_MS: Final[Mapping[str, float]] = {"turn": 600.0, "low": 1200.0}
"""A move may be interrupted for this long, by the detector or by a wavering head."""

# --- relief ------------------------------------------------------------------------------------------------
RELIEF_SIDE: Final = 40
RELIEF_EYES: Final = 20.0
RELIEF_CORNER: Final = (-1.0, -0.45)
RELIEF_PLANE: Final = ((-0.5, 0.0), (0.5, 0.0), (-0.38, 1.1), (0.38, 1.1))
"""The level face: pixels a side and an eye distance, its upper left corner, and where eyes and corners of the
mouth lie, in eye distances from the eyes' middle: a usual face's proportions."""

RELIEF_NOSE: Final = ((0.0, 0.55), (0.2, 0.26))
RELIEF_WINDOW: Final = (0.55, 0.65, 0.15)
"""Middle and standard deviations of the bump: a nose with its sides. What is looked at: half of its breadth,
half of its height about 0.5 below the eyes, and how softly it ends. All in eye distances."""

RELIEF_BLURS: Final = (3.0, 1.5, 0.8)
RELIEF_ROUNDS: Final = (5, 5, 8)
RELIEF_HELD: Final = 4
RELIEF_BEGINS: Final = (0.05, 0.25)
"""Blurs in pixels and steps at each, from coarse to fine; for the first steps the bump stays as it begins, so
that the smooth warp settles beside it. Freed at once, 3 of 69 bona fide turns end at nought. With fewer steps
at the finest blur (4, 4, 3) the highest of 275 prints is deeper by a fifth, and live people are not."""

RELIEF_LOCAL: Final = 4.0
RELIEF_FLOOR: Final = 9.0
RELIEF_SOFT: Final = 0.7
RELIEF_STIFF: Final = 0.02
RELIEF_PULL: Final = 0.3
"""Pixels over which contrast is evened out, and a variance that is noise; the misfit at which a pixel counts
half; and how much the smooth warp is held back."""

RELIEF_AT: Final = 0.35
RELIEF_FRAMES: Final = 5
RELIEF_COUNTED: Final = 3
"""So many frames of a turn are looked at: those whose nose is displaced by nearest to `RELIEF_AT`. In farther
turns too much is hidden, in nearer ones there is too little to see. The highest of their heights count."""

ALIKE: Final = 0.75
"""How much alike two frames are turned: the least share of one nose's displacement in the other's."""

TANGENT_LEAST: Final = 0.5
TANGENT_POWER: Final = 1.5
"""Of small turns. The least tangent that a height is divided by, of 27 degrees: nearer turns tell their angle
badly; and its power. Of 1 to 2 the one that parts live people and prints best: with 1, sheets that are turned
by 45 degrees and more come near."""

NOSE_SHARE: Final = 0.05
"""Of small turns. Share of the landmark's movement that counts beside the pixels'. More of it helps bent
prints, on which the detector sees a nose where it expects one."""

RELIEF_CAP: Final = 0.2
SOLID_SHARE: Final = 0.25
SOLID_CAP: Final = 0.45
SOLID_FRAMES: Final = 5
SOLID_TANGENT: Final = 0.142
"""Of far turns. A turn's height counts up to a cap, so that one wrong registration cannot carry the others.
The landmark's movement for the angle counts beside it by a share, up to a cap, since it is no measure where
the face hardly narrows: 0.142 is the tangent of a cosine of 0.99."""
