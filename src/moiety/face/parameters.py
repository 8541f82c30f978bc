"""Every tuned number of the face part, with where it came from."""

from __future__ import annotations

from typing import Final

import numpy as np

# --- detection ---------------------------------------------------------------------------------------------
DETECT_SIDE_MIN: Final = 320
"""Smaller pictures are enlarged to this. Measured: LFW folds 1 to 5 at 320 instead of its own 250 px lowers
FNMR at FMR 1e-4 from 2.93 to 2.78 % (better landmarks)."""

DETECT_SIDE_MAX: Final = 640
"""Larger pictures are shrunk to this: 11 ms instead of 45 at 1280, and a face whose eyes are 40 px apart in a
1280-px picture still has 20 px, which YuNet finds."""

DETECT_SHORT_SIDE: Final = 32
"""A picture whose shorter side is below this after scaling holds no face: 32 px is YuNet's coarsest stride,
and on strips a few pixels high it answers with nonsense of score 1.0 (seen at 3000 x 16)."""

DETECT_SCORE_FLOOR: Final = 0.6
"""Below this YuNet reports mostly background; the gates ask for more."""

DETECT_OVERLAP: Final = 0.3
"""Non-maximum suppression, OpenCV Zoo's default."""

DETECT_MOST: Final = 50
"""More faces than anyone needs to hear that there is more than one."""

# --- alignment ---------------------------------------------------------------------------------------------
CROP_SIDE: Final = 112

CROP_LANDMARKS: Final = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the embedder expects the landmarks: the ArcFace positions (Deng et al. 2019), as in OpenCV's
FaceRecognizerSF."""
CROP_LANDMARKS.setflags(write=False)

CROP_EYE_DISTANCE: Final = 35.24
"""Distance of the eyes in the crop, in pixels: from the positions above."""

# --- quality -----------------------------------------------------------------------------------------------
INNER_FACE: Final = (slice(32, 104), slice(24, 88))
"""The part of the crop, rows and columns, that holds brows to chin and no background."""

BLACK: Final = 4
WHITE: Final = 251
"""Grey levels at which a JPEG pixel is taken as clipped."""

NOISE_IN_FINE: Final = 0.02
"""Share of the noise's variance that reaches the gradient of the finest octave (measured on added noise)."""

# --- cover -------------------------------------------------------------------------------------------------
COVER_EYE: Final = (slice(32, 72), slice(14, 62))
"""The part of the crop, rows and columns, round the person's right eye; the left is looked at mirrored."""

COVER_MOUTH: Final = (slice(64, 112), slice(24, 88))
"""The part of the crop that holds the tip of the nose, the mouth and the chin."""

DIM: Final = 50.0
"""Grey level of the brightest hundredth of a face below which lost detail comes from darkness.
Measured by group in docs/reference/face-gate.md; a picture at 15 % of its values has 38 at most."""

GLARING: Final = 0.05
"""Share of the face that is white above which lost detail comes from glare, not compression."""

# --- landmarks over several frames ------------------------------------------------------------------------
REFINE_SIDE: Final = 224
REFINE_SPAN: Final = 3.5
REFINE_SHIFTS: Final = ((-6, -3), (6, 3), (-3, 6), (3, -6))
"""A crop of 3.5 face sizes at 224 px, shifted by less than the detector's finest stride of 8 either way.
Measured on rendered turns of 8 London people at 320x240 (eyes 45 px apart), means over frames: a turn of 30
degrees moves the rectified nose by 0.36 and 0.39 eye distances to either side, instead of 0.21 and 0.41."""
