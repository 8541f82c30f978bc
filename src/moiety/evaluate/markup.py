"""Small pieces of HTML: tables, facts, numbers as words. Everything that is not ours is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table with a caption; the first cell of each row is its header. Cells are escaped."""
    label = escape(caption, quote=True)
    out = [f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>']
    out.append(f"<caption>{escape(caption)}</caption><thead><tr>")
    out.extend(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    out.append("</tr></thead><tbody>")
    for row in rows:
        first, *rest = row
        out.append(f'<tr><th scope="row">{escape(str(first))}</th>')
        out.extend(f"<td{_class(cell)}>{escape(str(cell))}</td>" for cell in rest)
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out)


def _class(cell: object) -> str:
    return ' class="long"' if len(str(cell)) > 40 else ""


def section(identity: str, title: str, *parts: str) -> str:
    """A section under a heading of the second level."""
    return (
        f'<section id="{identity}" aria-labelledby="{identity}-h"><h2 id="{identity}-h">{escape(title)}</h2>'
        + "".join(parts)
        + "</section>"
    )


def figure(svg: str, caption: str) -> str:
    """A plot with its caption."""
    label = escape(caption, quote=True)
    return (
        f'<figure><div class="scroll" role="region" tabindex="0" aria-label="{label}">{svg}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def facts(rows: Sequence[tuple[str, str, str]]) -> str:
    """Few numbers, large: what each is, the number, and what goes with it."""
    cells = (f"<li>{escape(name)}<b>{escape(value)}</b>{escape(more)}</li>" for name, value, more in rows)
    return f'<ul class="facts">{"".join(cells)}</ul>'


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def percent(value: float) -> str:
    """A rate as a percentage with three significant digits."""
    if value == 0:
        return "0 %"
    shown = f"{value * 100:.3g}"
    return f"{float(shown):f}".rstrip("0").rstrip(".") + " %"


def with_interval(rate: dict[str, Any]) -> str:
    """A rate with its interval, or why it is not stated."""
    if rate.get("value") is None:
        return f"not stated: {rate['reason']}"
    return f"{percent(rate['value'])} ({percent(rate['low'])} to {percent(rate['high'])})"


def one_in(value: float) -> str:
    """A small rate as '1 in N'."""
    return "never" if value <= 0 else f"1 in {round(1 / value):,}"


def nearly(value: float) -> str:
    """A chance as a percentage that is never rounded up to certainty."""
    return "over 99.9 %" if 0.999 < value < 1 or value == 1 else percent(value)


def of_a_thousand(value: float) -> str:
    """A rate as so many of a thousand."""
    many = value * 1000
    if many == 0:
        return "0 of 1,000"
    if many >= 1:
        return f"{many:.0f} of 1,000"
    return f"{many:.2g} of 1,000 ({one_in(value)})"
