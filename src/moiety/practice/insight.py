"""What the engine saw in one step, for the debrief: landmarks, crop, ridges, pairings, the curve.

Through the engine's explain sinks, in this process, on people who agreed to be shown and on drawn fingers,
or on the operator's own face while they look at it. Nothing of it is stored, sent elsewhere or logged.
"""

from __future__ import annotations

import base64
import html
import math
import re
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import CalibrationTable, Tables
from moiety.decision.parameters import DEFAULT_FMR
from moiety.face import compare, gate, pipeline
from moiety.face.template import FaceTemplate
from moiety.finger import drawing, matcher
from moiety.finger.pipeline import FingerTrace, extract
from moiety.finger.positions import FingerPosition
from moiety.finger.quality import VERIFY
from moiety.finger.template import FingerTemplate
from moiety.image import Image

_WIDTH: Final = 320
_CHART: Final = (360, 160, 60, 24)  # width, height, left, bottom
_LOWEST: Final = -7.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing of the debrief: a key of the catalogue (`practice.insight.KEY`), and its markup."""

    key: str
    markup: str

    def source(self) -> str:
        """The drawing as a data URI, for a page that makes no markup from text."""
        found = re.search(r"src='(data:image/jpeg;base64,[^']+)'", self.markup)
        if found is not None and self.markup.startswith("<img"):
            return found[1]
        return f"data:image/svg+xml;base64,{base64.b64encode(self.markup.encode()).decode()}"


def of_face(image: Image, credential: Credential, trust: TrustBundle, now: int) -> tuple[Picture, ...]:
    """What the engine saw in one frame of a face, compared with the code of this realm.

    Raises:
        CredentialRefused: the code is of another realm, or must not be relied on.
    """
    seen: dict[str, Any] = {}
    sample = pipeline.probe(image, gate.VERIFY, explain=seen.__setitem__)
    drawn = [Picture("landmarks", _landmarks(image, seen))]
    if "crop" in seen:
        drawn.append(Picture("crop", _img(np.asarray(seen["crop"]), 112)))
    if sample.embedding is not None:
        reference = _reference(credential, trust, now)
        value = compare.score(reference, pipeline.template([sample]))
        table = Tables.shipped().find("face", reference.model, reference.samples)
        drawn.append(Picture("curve", curve(table, value)))
    return tuple(drawn)


def of_finger(scan: Image, credential: Credential, trust: TrustBundle, now: int) -> tuple[Picture, ...]:
    """What the engine saw in a print, compared with the code of this realm.

    Raises:
        CredentialRefused: the code is of another realm, or must not be relied on.
    """
    seen: dict[str, Any] = {}
    position = int(FingerPosition.RIGHT_INDEX)
    found = extract(scan, gate=VERIFY, position=position, explain=seen.__setitem__)
    trace = seen.get("finger")
    drawn = []
    if isinstance(trace, FingerTrace):
        drawn.append(Picture("ridges", drawing.draw_print(trace)))
    enrolled = _enrolled_finger(credential, trust, now, position)
    if found.template is not None and enrolled is not None:
        pairings: list[matcher.Pairing] = []
        value = matcher.compare(enrolled, found.template, explain=pairings.append)
        if pairings and isinstance(trace, FingerTrace):
            drawn.append(Picture("pairings", drawing.draw_pairing(pairings[0], probe=trace)))
        drawn.append(Picture("curve", curve(Tables.shipped().find("finger", enrolled.model, 1), value)))
    return tuple(drawn)


def curve(table: CalibrationTable, value: float, target: float = DEFAULT_FMR) -> str:
    """The calibration curve as SVG: false match rate over score, with a score and the asked rate on it."""
    width, height, left, bottom = _CHART
    scores = np.linspace(0.0, 0.9 if table.modality == "face" else 0.2, 91)
    top = float(scores[-1])

    def place(at: float, log: float) -> tuple[float, float]:
        x = left + min(1.0, max(0.0, at / top)) * (width - left - 6)
        return x, 6 + (0 - max(_LOWEST, log)) / -_LOWEST * (height - bottom - 12)

    points = [place(float(one), math.log10(table.fmr(float(one)).value)) for one in scores]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    _, asked = place(0.0, math.log10(target))
    x, y = place(value, math.log10(table.fmr(value).value))
    marks = "".join(f"<text x='4' y='{place(0.0, -one)[1] + 4:.0f}'>1e-{one}</text>" for one in (0, 2, 4, 6))
    return (
        f"<svg class='curve' viewBox='0 0 {width} {height}' role='img' xmlns='http://www.w3.org/2000/svg'>"
        f"<g font-size='11' fill='currentColor' font-family='sans-serif'>{marks}"
        f"<text x='{left}' y='{height - 4}'>0</text>"
        f"<text x='{width - 28}' y='{height - 4}'>{top:.1f}</text></g>"
        f"<polyline points='{line}' fill='none' stroke='currentColor' stroke-width='2'/>"
        f"<line x1='{left}' x2='{width - 6}' y1='{asked:.1f}' y2='{asked:.1f}' stroke='#b84700' "
        f"stroke-dasharray='5 4'/><circle cx='{x:.1f}' cy='{y:.1f}' r='6' fill='#0057b8'/></svg>"
    )


def _reference(credential: Credential, trust: TrustBundle, now: int) -> FaceTemplate:
    contents = open_contents(check(credential, trust, now=now), trust)
    one = next(each for each in contents.templates if each.modality == "face")
    return FaceTemplate.from_bytes(one.data, model=one.model, samples=one.samples)


def _enrolled_finger(
    credential: Credential, trust: TrustBundle, now: int, position: int
) -> FingerTemplate | None:
    contents = open_contents(check(credential, trust, now=now), trust)
    for one in contents.templates:
        if one.modality == "finger" and one.position == position:
            return FingerTemplate.from_bytes(
                one.data, model=one.model, position=position, kind="contact", mirrored=one.mirrored
            )
    return None


def _landmarks(image: Image, seen: dict[str, Any]) -> str:
    scale = _WIDTH / image.width
    drawn = np.asarray(
        cv2.resize(image.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    ).copy()
    for face in seen.get("faces", ()):
        points = np.rint(np.asarray(face.landmarks) * scale).astype(int)
        for x, y in points:
            cv2.circle(drawn, (int(x), int(y)), 4, (0, 87, 184), -1, cv2.LINE_AA)
            cv2.circle(drawn, (int(x), int(y)), 5, (255, 255, 255), 1, cv2.LINE_AA)
    return _img(drawn, _WIDTH)


def _img(rgb: np.ndarray[Any, np.dtype[np.uint8]], width: int) -> str:
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
    data = base64.b64encode(coded.tobytes()).decode()
    return f"<img alt='' width='{width}' src='{html.escape(f'data:image/jpeg;base64,{data}')}'>"
