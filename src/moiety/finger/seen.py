"""A photographed hand whose fingers were found already; apart, so that signatures stay light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moiety.finger.positions import HandShown

if TYPE_CHECKING:
    from moiety.finger.contactless import HandReading


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SeenHand:
    """A photographed hand in which the fingers were found already, as `capture.see_hand` gives it.

    Attributes:
        shown: whose hand it is, and which fingers.
        reading: the fingers that were found, each flattened; the photograph itself is let go of.
    """

    shown: HandShown
    reading: HandReading
