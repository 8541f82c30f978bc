"""Synthetic fingers, always labelled so: master prints, impressions, photographs of fingertips and hands."""

from __future__ import annotations

from moiety.finger.synthesis.anatomy import FingerTruth
from moiety.finger.synthesis.hand import Hand, hand_of
from moiety.finger.synthesis.impression import Touch, draw_touch, impression
from moiety.finger.synthesis.master import MasterPrint, master_print
from moiety.finger.synthesis.photograph import SyntheticPhotograph, master_of, photograph
from moiety.finger.synthesis.scene import Cover, Scene, draw_scene

__all__ = [
    "Cover",
    "FingerTruth",
    "Hand",
    "MasterPrint",
    "Scene",
    "SyntheticPhotograph",
    "Touch",
    "draw_scene",
    "draw_touch",
    "hand_of",
    "impression",
    "master_of",
    "master_print",
    "photograph",
]
