"""JPEG pictures in printing inks (CMYK) without Adobe's marker: whether full ink is written as 255 or 0."""

from __future__ import annotations

from typing import Final

from PIL import Image as pillow
from PIL import ImageStat

_ADOBE: Final = "adobe"
_MOSTLY: Final = 0.75 * 255
"""Mean of the black ink from which a picture would be nearly black all over: it is written inverted."""


def is_unmarked(picture: pillow.Image) -> bool:
    """Whether a JPEG holds inks and does not say how."""
    return picture.mode == "CMYK" and _ADOBE not in picture.info


def stands_inverted(picture: pillow.Image) -> bool:
    """Whether the inks of an unmarked picture have to be inverted, to be as its file has them.

    Adobe's programs write inks inverted and mark that. Pillow turns the inks of every JPEG, marked or not.
    ITU-T T.872 (6.4) has them inverted only with the marker; but some programs only drop the marker, and then
    the black ink, of which photographs have little, stands near full all over.
    """
    return 255 - ImageStat.Stat(picture.getchannel("K")).mean[0] <= _MOSTLY
