"""The demonstration's one page: pictures, code, quality, the score on its calibration curve, the reasons."""

from __future__ import annotations

import base64
import html
import math
from importlib.resources import files
from io import BytesIO

import numpy as np
from PIL import Image as pillow

from moiety.decision.calibration import CalibrationTable, Tables
from moiety.decision.decision import CaptureEvidence, Comparison, Decision
from moiety.decision.policy import told as rate_told
from moiety.demo.story import Scene, Story
from moiety.image import Image

_THUMB_PX = 360
_CHART_WIDTH, _CHART_HEIGHT, _LEFT, _BOTTOM = 380, 170, 86, 30
_LOWEST_LOG10 = -7.0


def render(story: Story, code_png: bytes, facts: dict[str, str]) -> str:
    """The page as one HTML document that needs nothing else."""
    template = files("moiety.demo").joinpath("page.html").read_text("utf-8")
    parts = {
        "enrolled": _img(_jpeg(story.enrolled), "The person who enrolled, face to the camera"),
        "code": _img(_data("image/png", code_png), "The QR code that the person carries"),
        "facts": "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in facts.items()),
        "scenes": "\n".join(_scene(number, scene) for number, scene in enumerate(story.scenes, 1)),
    }
    for name, text in parts.items():
        template = template.replace(f"<!-- {name} -->", text)
    return template


def _scene(number: int, scene: Scene) -> str:
    return f"""<article class="scene" aria-labelledby="s{number}">
<div class="shot">{_img(_jpeg(scene.picture), f"The picture that was taken: {scene.told}")}</div>
<div class="tell"><h3 id="s{number}">{number}. {html.escape(scene.title)}</h3>
<p>{html.escape(scene.told)}</p>
<p class="verdict {scene.outcome}">{scene.outcome}</p>
{_why(scene)}</div></article>"""


def _why(scene: Scene) -> str:
    if scene.refusal is not None:
        reasons = [str(scene.refusal), scene.refusal.remedy]
        return _list(reasons)
    if scene.decision is None:
        return ""
    reasons = [one.text for one in scene.decision.reasons]
    return _list(reasons) + _paired(scene) + _evidence(scene.decision)


def _paired(scene: Scene) -> str:
    if not scene.drawing:
        return ""
    caption = "What the matcher paired: rings are ends of ridges, squares are forks, a line joins each pair."
    return f"<figure class='paired'>{scene.drawing}<figcaption>{caption}</figcaption></figure>"


def _list(reasons: list[str]) -> str:
    return "<ol>" + "".join(f"<li>{html.escape(one)}</li>" for one in reasons if one) + "</ol>"


def _evidence(decision: Decision) -> str:
    captures = [] if decision.face is None else [decision.face]
    captures += [one.capture for one in decision.fingers]
    return "".join(_capture(one, decision.target_fmr) for one in captures)


def _capture(capture: CaptureEvidence, target: float) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(name.replace('_', ' '))}</th><td>{value:.2f}</td></tr>"
        for name, value in capture.quality.items()
    )
    quality = f"<details><summary>Quality of the picture</summary><table>{rows}</table></details>"
    done = capture.comparison
    return quality if done is None else _chart(done, target) + quality


def _chart(done: Comparison, target: float) -> str:
    """The calibration curve, falling from left to right, with the score and the asked rate on it."""
    table = next(one for one in Tables.shipped() if one.name == done.calibration)
    drawn = "".join(_curve(table))
    _, line = _place(0.0, math.log10(target))
    grid = "".join(
        f"<text x='{_LEFT - 6}' y='{y + 4:.1f}' text-anchor='end'>1 in {10**power:,}</text>"
        for power in (0, 2, 4, 6)
        for _, y in [_place(0, -power)]
    )
    x, y = _place(done.score, math.log10(max(done.rate.value, 10**_LOWEST_LOG10)))
    told = f"Score {done.score:.3f} stands for a false match rate of {rate_told(done.rate)}"
    return f"""<figure><svg viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}" role="img" aria-label="{told}">
{grid}<line class="target" x1="{_LEFT}" x2="{_CHART_WIDTH}" y1="{line:.1f}" y2="{line:.1f}"/>
<polyline class="curve" points="{drawn}"/><circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="6"/>
<text x="{_CHART_WIDTH}" y="{_CHART_HEIGHT - 8}" text-anchor="end">comparison score</text></svg>
<figcaption>{told}. The dashed line is the rate that was asked for; the score must lie below it.</figcaption>
</figure>"""


def _curve(table: CalibrationTable) -> list[str]:
    scores, log10_fmr = table.curve()
    scores, log10_fmr = np.append(scores[::8], 1.0), np.append(log10_fmr[::8], log10_fmr[-1])
    return [
        f"{x:.1f},{y:.1f} "
        for score, rate in zip(scores, log10_fmr, strict=True)
        if 0 <= score <= 1
        for x, y in [_place(float(score), max(float(rate), _LOWEST_LOG10))]
    ]


def _place(score: float, log10_fmr: float) -> tuple[float, float]:
    across = _LEFT + (_CHART_WIDTH - _LEFT - 8) * min(max(score, 0.0), 1.0)
    return across, 10 + (_CHART_HEIGHT - 10 - _BOTTOM) * log10_fmr / _LOWEST_LOG10


def _jpeg(image: Image) -> str:
    picture = pillow.fromarray(image.rgb)
    picture.thumbnail((_THUMB_PX, _THUMB_PX))
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return _data("image/jpeg", stream.getvalue())


def _data(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _img(source: str, alternative: str) -> str:
    return f'<img src="{source}" alt="{html.escape(alternative)}">'
