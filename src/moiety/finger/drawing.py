"""What the matcher paired and why, as an SVG drawing: for demonstration and practice, in process only.

It draws what the explain sinks of `pipeline` and `matcher` receive. Such a drawing shows a finger's minutiae:
it is for prints that are one's own or synthetic, and is never stored, sent or logged.
"""

from __future__ import annotations

import base64
import html
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.finger import parameters as p
from moiety.finger.matcher import Pairing
from moiety.finger.pipeline import FingerTrace
from moiety.finger.template import packed_origin

_SCALE: Final = 20.0  # drawing units a millimetre: about the pixels of a print
_MARGIN: Final = 1.0
_GAP: Final = 2.0
_FOOT: Final = 2.6
_TICK: Final = 0.9
_STYLE: Final = (
    ".minutiae text{font:14px sans-serif;fill:#222}.minutiae .ground{fill:#fff}"
    ".minutiae .lone{fill:none;stroke:#767676;stroke-width:1.5}"
    ".minutiae .mate{fill:none;stroke:#0057b8;stroke-width:2.5}"
    ".minutiae .link{stroke:#b84700;stroke-width:1.6}"
)

Floats = NDArray[np.float64]


def draw_print(trace: FingerTrace, *, label: str = "") -> str:
    """One print with the minutiae that its template keeps: a ring for an ending, a square for a bifurcation.

    Args:
        trace: what `pipeline.extract` told its explain sink under "finger".
        label: a line below, such as "Synthetic print".

    Returns:
        An SVG document that needs nothing else.
    """
    kept = trace.kept
    height, width = (length * p.MM_PER_PIXEL for length in trace.grey.shape)
    marks = _marks(kept.x, kept.y, kept.angle, kept.ending, np.ones(len(kept), bool))
    told = f"{len(kept)} minutiae"
    return _document(width, height, [_picture(trace.grey, 0.0, 0.0), *marks], _line(label, told))


def draw_pairing(
    pairing: Pairing,
    *,
    reference: FingerTrace | None = None,
    probe: FingerTrace | None = None,
    label: str = "",
) -> str:
    """Reference at the left, probe at the right, a line for each pair, the stronger the more it counts.

    Without a trace a side shows its minutiae alone, as a code does, which holds no picture.

    Args:
        pairing: what `matcher.compare` told its explain sink.
        reference, probe: what `pipeline.extract` told its sink of either print, if that has the handedness
            of a contact print.
        label: a line below, such as "Synthetic print".

    Returns:
        An SVG document that needs nothing else.
    """
    left = _Side(pairing.reference, pairing.reference_angle, pairing.reference_ending, reference)
    right = _Side(pairing.probe_places, pairing.probe_angle, pairing.probe_ending, probe)
    aside = left.width + _GAP
    parts = [*left.drawn(0.0, pairing.pairs[:, 0]), *right.drawn(aside, pairing.pairs[:, 1])]
    for (i, j), weight in zip(pairing.pairs, pairing.weights, strict=True):
        start = f"x1='{_at(left.x[i])}' y1='{_at(left.y[i])}'"
        end = f"x2='{_at(right.x[j] + aside)}' y2='{_at(right.y[j])}'"
        strength = 0.25 + 0.75 * float(weight)
        parts.append(f"<line class='link' stroke-opacity='{strength:.2f}' {start} {end}/>")
    told = (
        f"{len(pairing.pairs)} pairs, of {pairing.shared[0]} and {pairing.shared[1]} minutiae in the shared "
        f"area; turned by {np.degrees(pairing.rotation):.0f} degrees; score {pairing.score:.3f}"
    )
    if len(pairing.pairs) < p.MIN_PAIRS:
        told += f" (no match under {p.MIN_PAIRS} pairs)"
    width, height = aside + right.width, max(left.height, right.height)
    return _document(width, height, parts, _line(label, told))


class _Side:
    """One print of a pairing, in millimetres from its upper left corner, y downward."""

    def __init__(
        self,
        places: NDArray[np.float32],
        angle: NDArray[np.float32],
        ending: NDArray[np.bool_],
        trace: FingerTrace | None,
    ) -> None:
        self.grey = None if trace is None else trace.grey
        self.angle, self.ending = angle, ending
        x, y = places[:, 0].astype(np.float64), -places[:, 1].astype(np.float64)
        if trace is None:
            shift = (-float(x.min(initial=0)), -float(y.min(initial=0)))
            self.x, self.y = x + shift[0], y + shift[1]
            self.width, self.height = float(self.x.max(initial=1)), float(self.y.max(initial=1))
        else:
            origin = packed_origin(trace.kept)
            self.x, self.y = x + origin[0], y + origin[1]
            self.height, self.width = (length * p.MM_PER_PIXEL for length in trace.grey.shape)

    def drawn(self, aside: float, paired: NDArray[np.intp]) -> list[str]:
        mated = np.isin(np.arange(len(self.x)), paired)
        picture = [] if self.grey is None else [_picture(self.grey, aside, 0.0)]
        return [*picture, *_marks(self.x + aside, self.y, self.angle, self.ending, mated)]


def _marks(
    x: Floats, y: Floats, angle: NDArray[np.floating], ending: NDArray[np.bool_], mated: NDArray[np.bool_]
) -> list[str]:
    """A ring or a square at each minutia, and a tick in its direction."""
    marks = []
    radius = 0.28 * _SCALE
    for at_x, at_y, turned, is_ending, is_mated in zip(x, y, angle, ending, mated, strict=True):
        kind = "mate" if is_mated else "lone"
        to_x, to_y = at_x + _TICK * np.cos(turned), at_y - _TICK * np.sin(turned)
        where = f"x1='{_at(at_x)}' y1='{_at(at_y)}' x2='{_at(to_x)}' y2='{_at(to_y)}'"
        marks.append(f"<line class='{kind}' {where}/>")
        cx, cy = (at_x + _MARGIN) * _SCALE, (at_y + _MARGIN) * _SCALE
        if is_ending:
            marks.append(f"<circle class='{kind}' cx='{cx:.1f}' cy='{cy:.1f}' r='{radius:.1f}'/>")
        else:
            side, corner_x, corner_y = 2 * radius, cx - radius, cy - radius
            marks.append(
                f"<rect class='{kind}' x='{corner_x:.1f}' y='{corner_y:.1f}' "
                f"width='{side:.1f}' height='{side:.1f}'/>"
            )
    return marks


def _picture(grey: NDArray[np.uint8], x: float, y: float) -> str:
    done, png = cv2.imencode(".png", grey)
    if not done:  # pragma: no cover - the encoder takes every uint8 picture
        raise RuntimeError("the PNG encoder refused a picture")
    height, width = (length * p.MM_PER_PIXEL * _SCALE for length in grey.shape)
    data = base64.b64encode(png.tobytes()).decode("ascii")
    return (
        f"<image x='{_at(x)}' y='{_at(y)}' width='{width:.1f}' height='{height:.1f}' opacity='0.55' "
        f"preserveAspectRatio='none' href='data:image/png;base64,{data}'/>"
    )


def _document(width: float, height: float, parts: list[str], told: str) -> str:
    wide, high = ((length + 2 * _MARGIN) * _SCALE for length in (width, height))
    whole = high + _FOOT * _SCALE / 2
    text = html.escape(told)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' class='minutiae' viewBox='0 0 {wide:.0f} {whole:.0f}' "
        f"role='img' aria-label='{text}'><style>{_STYLE}</style>"
        f"<rect class='ground' width='{wide:.0f}' height='{whole:.0f}'/>{''.join(parts)}"
        f"<text x='{_MARGIN * _SCALE:.0f}' y='{high + 0.3 * _SCALE:.0f}'>{text}</text></svg>"
    )


def _line(label: str, told: str) -> str:
    return f"{label}: {told}" if label else told


def _at(millimetres: float) -> str:
    return f"{(millimetres + _MARGIN) * _SCALE:.1f}"
