"""Contactless prints: from a phone's photograph to named, flattened fingers with findings."""

from __future__ import annotations

from moiety.finger.contactless.flatten import FlatPrint, PadMeasures
from moiety.finger.contactless.reading import (
    FingerReading,
    HandReading,
    read_finger,
    read_hand,
)

__all__ = [
    "FingerReading",
    "FlatPrint",
    "HandReading",
    "PadMeasures",
    "read_finger",
    "read_hand",
]
