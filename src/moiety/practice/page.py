"""A debrief as one page that needs nothing else, in a frame that says on every side that nothing is real."""

from __future__ import annotations

import html
from collections.abc import Iterator

from moiety import catalogue
from moiety.practice.debrief import Debrief, pictures
from moiety.practice.run import Run

_STYLE = """
:root{color-scheme:light dark;--mark:#b84700}
body{font:17px/1.5 system-ui,sans-serif;margin:0;border:10px solid var(--mark)}
.mark{background:var(--mark);color:#fff;font-weight:700;text-align:center;padding:.4rem}
main{max-width:46rem;margin:0 auto;padding:1rem}
h1{line-height:1.2}ol.steps>li{margin:0 0 1rem}
figure{display:inline-block;margin:.4rem .8rem .4rem 0;vertical-align:top;max-width:100%}
figure img,figure svg{max-width:100%;height:auto}svg{direction:ltr}
svg.curve{width:22rem}svg.minutiae{width:26rem}
figcaption{font-size:.85em;max-width:22rem}
.score{font-size:1.6rem;font-weight:700}
.cost{border-inline-start:6px solid var(--mark);padding-inline-start:.8rem}
"""


def render(run: Run, told: Debrief) -> str:
    """The page of one run's debrief, in the debrief's language."""
    language = told.language
    mark = html.escape(catalogue.text("practice.mark", language))
    body = "\n".join(_body(run, told))
    return (
        f"<!doctype html>\n<html lang='{language}' dir='{catalogue.direction(language)}'><head>"
        f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(told.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><p class='mark' role='note'>{mark}</p><main>\n{body}\n</main>"
        f"<p class='mark' aria-hidden='true'>{mark}</p></body></html>\n"
    )


def _body(run: Run, told: Debrief) -> Iterator[str]:
    def heading(key: str) -> str:
        return f"<h2>{html.escape(catalogue.text(f'practice.heading.{key}', told.language))}</h2>"

    yield f"<h1>{html.escape(told.title)}</h1><p>{html.escape(told.story)}</p>"
    points = catalogue.text("practice.points", told.language, points=told.score.points)
    yield f"<p class='score'>{html.escape(points)}</p><ul>"
    for note in told.score.notes:
        yield f"<li>{html.escape(catalogue.text(f'practice.note.{note.code}', told.language))}</li>"
    yield f"</ul>{heading('truth')}"
    truth = catalogue.text(f"practice.truth.{'holder' if told.truth else 'not'}", told.language)
    yield f"<p>{html.escape(truth)} {html.escape(told.lesson)}</p>"
    yield f"{heading('cost')}<p class='cost'>{html.escape(told.cost)}</p>"
    yield f"{heading('steps')}<ol class='steps'>"
    for step, one in zip(run.steps, told.steps, strict=True):
        yield f"<li><strong>{html.escape(one['text'])}</strong>: {html.escape(one['outcome_text'])}"
        if one["reasons_text"]:
            yield "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in one["reasons_text"]) + "</ul>"
        for picture in pictures(run, step):
            caption = html.escape(catalogue.text(f"practice.insight.{picture.key}", told.language))
            yield f"<figure>{picture.markup}<figcaption>{caption}</figcaption></figure>"
        yield "</li>"
    yield f"</ol>{heading('good')}<ol>"
    yield from (f"<li>{html.escape(one)}</li>" for one in told.good)
    yield "</ol>"
