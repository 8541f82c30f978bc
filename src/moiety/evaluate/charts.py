"""Plots as inline SVG: drawn by hand, coloured by the page's style, described in words for who cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 36, 16, 56


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its range, whether it is logarithmic, its ticks with their labels, and what it shows."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies between the ends, 0 to 1."""
        if self.log:
            value = max(value, self.low)
            return (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its name, its points, and its style (`a`, `b`, `c` or `d` of the page's style)."""

    name: str
    points: Sequence[tuple[float, float]]
    style: str
    stepped: bool = False


def decades(low: int, high: int, text: Sequence[str] | None = None) -> list[tuple[float, str]]:
    """Ticks at powers of ten."""
    names = [f"1e{power}" if power < 0 else f"{10**power:,}" for power in range(low, high + 1)]
    return list(zip((10.0**power for power in range(low, high + 1)), text or names, strict=True))


def percents(low: int, high: int) -> list[tuple[float, str]]:
    """Ticks at powers of ten, labelled as percentages."""
    names = [f"{10.0 ** (power + 2):.{max(0, -power - 2)}f} %" for power in range(low, high + 1)]
    return decades(low, high, names)


def plot(title: str, description: str, across: Axis, up: Axis, lines: Sequence[Line]) -> str:
    """An SVG element with axes, a grid, the lines and their legend."""
    above = 0 if len(lines) < 2 else 8 + 20 * len(lines)
    parts = [
        (
            f'<svg viewBox="0 {-above} {WIDTH} {HEIGHT + above}" role="img" aria-label="{escape(title)}.'
            f' {escape(description)}">'
        ),
        f"<title>{escape(title)}</title>",
        *_grid(across, up),
    ]
    for line in lines:
        points = [(x, y) for x, y in line.points if y >= up.low or up.log]
        if points:
            parts.append(f'<path class="line {line.style}" d="{_path(across, up, points, line.stepped)}"/>')
    parts.extend(_legend(lines))
    parts.append("</svg>")
    return "".join(parts)


def _x(axis: Axis, value: float) -> float:
    return LEFT + min(max(axis.share(value), 0.0), 1.0) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - min(max(axis.share(value), 0.0), 1.0) * (HEIGHT - TOP - BOTTOM)


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value, text in across.ticks:
        x = _x(across, value)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{escape(text)}</text>')
    for value, text in up.ticks:
        y = _y(up, value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{escape(text)}</text>')
    middle_x, middle_y = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(f'<text x="{middle_x}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across.title)}</text>')
    parts.append(
        f'<text x="16" y="{middle_y}" text-anchor="middle" transform="rotate(-90 16 {middle_y})">'
        f"{escape(up.title)}</text>"
    )
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    return parts


def _path(across: Axis, up: Axis, points: Sequence[tuple[float, float]], stepped: bool) -> str:
    x, y = points[0]
    parts = [f"M{_x(across, x):.1f} {_y(up, y):.1f}"]
    for x, y in points[1:]:
        step = f"H{_x(across, x):.1f}V{_y(up, y):.1f}" if stepped else f"L{_x(across, x):.1f} {_y(up, y):.1f}"
        parts.append(step)
    return "".join(parts)


def _legend(lines: Sequence[Line]) -> list[str]:
    """Above the plot, where nothing is drawn, and at its left, where a narrow screen begins."""
    if len(lines) < 2:
        return []
    parts = []
    for row, line in enumerate(reversed(lines)):
        y = 4 - 20 * row
        parts.append(f'<path class="line {line.style}" d="M{LEFT} {y - 5}h30"/>')
        parts.append(f'<text x="{LEFT + 38}" y="{y}">{escape(line.name)}</text>')
    return parts
